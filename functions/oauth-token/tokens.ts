/**
 * The tokens that a grant ends in (RFC 6749 §5.1).
 *
 * @module
 */

import type { Database } from "../_shared/database/database.ts";
import { OAuthError } from "../_shared/errors.ts";
import { normalizeResource } from "../_shared/tokens/resource.ts";
import { parseScope } from "../_shared/tokens/scope.ts";
import { issueAccessToken } from "../_shared/tokens/signing.ts";
import type { SigningKeys } from "../_shared/tokens/signing_keys.ts";
import { buildServerUrls } from "../_shared/urls.ts";
import type { TokenGrant } from "./grant.ts";
import { issueIdToken } from "./id_token.ts";

/** What a grant needs from outside. */
export interface GrantDependencies {
  publicUrl: string;
  database: Database;
  signingKeys: SigningKeys;
}

/** The answer of the token endpoint. */
export interface TokenResponse {
  access_token: string;
  token_type: "Bearer";
  /** Seconds. */
  expires_in: number;
  refresh_token: string;
  scope: string;
  id_token?: string;
}

/**
 * Issues the tokens of a grant.
 *
 * A refresh may ask for some of the granted scopes. If it asks for others, they
 * are ignored; if it asks for no granted scope, it gets all of them.
 */
export async function issueTokens(
  grant: TokenGrant,
  slug: string,
  refreshToken: string,
  askedScope: string | undefined,
  { publicUrl, signingKeys }: Pick<GrantDependencies, "publicUrl" | "signingKeys">,
): Promise<TokenResponse> {
  const { issuer } = buildServerUrls(publicUrl, slug);
  const granted = parseScope(grant.scope);
  const narrowed = parseScope(askedScope).filter((scope) => granted.includes(scope));
  const scope = (narrowed.length > 0 ? narrowed : granted).join(" ");
  const accessToken = await issueAccessToken(
    {
      issuer,
      audience: grant.resource,
      subject: grant.mcp_server_user_id,
      clientId: grant.client_id,
      scope,
      familyId: grant.family_id,
    },
    grant.access_token_seconds,
    signingKeys,
  );
  return {
    access_token: accessToken,
    token_type: "Bearer",
    expires_in: grant.access_token_seconds,
    refresh_token: refreshToken,
    scope,
    ...(granted.includes("openid")
      ? { id_token: await issueIdToken(grant, issuer, accessToken, signingKeys) }
      : {}),
  };
}

/** The resource of a token request, or null. If it names several, they must be the same (RFC 8707 §2.2). */
export function checkRequestedResources(resources: readonly string[]): string | null {
  const [first, ...others] = resources.map(normalizeResource);
  if (others.some((resource) => resource !== first)) {
    throw new OAuthError("invalid_target", "Cannot issue tokens: a token is for one resource", {
      reason: "several_resources",
    });
  }
  return first ?? null;
}
