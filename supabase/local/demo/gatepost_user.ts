/**
 * How an MCP server behind Gatepost learns who calls: the `Gatepost-User`
 * header, a token that the gateway signs for this server alone.
 *
 * @module
 */

import { createRemoteJWKSet, jwtVerify } from "jose";
import { demoMcpUrl } from "./demo_service.ts";

/** The end user who calls, and by which client. */
export interface GatepostUser {
  mcp_server_user_id: string;
  organization_id: unknown;
  email: unknown;
  client_id: string;
}

/** Whose header a server takes: that of the gateway, for its own slug and URL. */
export interface GatepostUserOptions {
  /** `GATEPOST_PUBLIC_URL`. */
  publicUrl: string;
  slug: string;
  mcpPort: number;
}

/** Builds the check of the header. It rejects when the token is not valid. */
export function buildGatepostUserCheck({
  publicUrl,
  slug,
  mcpPort,
}: GatepostUserOptions): (token: string) => Promise<GatepostUser> {
  const keys = createRemoteJWKSet(new URL(`${publicUrl}/oauth-jwks`));
  return async (token) => {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ["ES256"],
      typ: "gatepost-user+jwt",
      issuer: `${publicUrl}/oauth/${slug}`,
      audience: demoMcpUrl(mcpPort),
      requiredClaims: ["sub", "exp"],
    });
    return {
      mcp_server_user_id: String(payload.sub),
      organization_id: payload["organization_id"],
      email: payload["email"],
      client_id: String(payload["client_id"]),
    };
  };
}
