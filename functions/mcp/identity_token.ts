/**
 * The header `Gatepost-User`: a signed statement of who calls, for the MCP server alone.
 *
 * The MCP server verifies it with the keys of `oauth-jwks`. The audience is the
 * MCP server's own URL.
 *
 * @module
 */

import type { McpServer } from "../_shared/database/rows.ts";
import { issueToken } from "../_shared/tokens/signing.ts";
import type { SigningKeys } from "../_shared/tokens/signing_keys.ts";
import { buildServerUrls } from "../_shared/urls.ts";

/** Longer than the worker keeps a call, so that a kept identity has never expired. */
const LIFETIME_SECONDS = 300;

/** Who calls. */
export interface Caller {
  organization_id: string;
  mcp_server_user_id: string;
  client_id?: string;
  email?: string | null;
  email_verified?: boolean;
}

/** What the statement is made with. */
export interface IdentityDependencies {
  publicUrl: string;
  signingKeys: SigningKeys;
}

/** Issues the statement for one caller of one server. */
export async function issueIdentityToken(
  server: McpServer,
  caller: Caller,
  { publicUrl, signingKeys }: IdentityDependencies,
): Promise<string> {
  const claims = {
    iss: buildServerUrls(publicUrl, server.slug).issuer,
    aud: server.upstream_url!,
    sub: caller.mcp_server_user_id,
    organization_id: caller.organization_id,
    ...(caller.client_id === undefined ? {} : { client_id: caller.client_id }),
    ...(caller.email ? { email: caller.email, email_verified: caller.email_verified ?? false } : {}),
  };
  return await issueToken(claims, "gatepost-user+jwt", LIFETIME_SECONDS, signingKeys);
}
