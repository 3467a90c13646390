/**
 * POST /oauth-token/{slug}: the token endpoint (RFC 6749 §3.2).
 *
 * Reads the request, authenticates the client, picks the grant, writes the answer.
 * The module of a grant decides what the grant requires. SQL decides under a
 * lock whether it is still valid.
 *
 * @module
 */

import { readForm } from "../_shared/http/body.ts";
import { type AuthenticationDependencies, buildAuthenticateClient } from "../_shared/client/authenticate.ts";
import { buildEndpoint, type EndpointDependencies } from "../_shared/http/endpoint.ts";
import { OAuthError } from "../_shared/errors.ts";
import { readSlug } from "../_shared/http/route.ts";
import { countOutcome } from "../_shared/telemetry/telemetry.ts";
import { redeemCode } from "./authorization_code.ts";
import { rotateToken } from "./refresh_token.ts";
import type { TokenRequest } from "./token_request.ts";
import type { GrantDependencies, TokenResponse } from "./tokens.ts";

/** What the endpoint needs from outside. */
export type TokenDependencies = EndpointDependencies & AuthenticationDependencies & GrantDependencies;

/** Builds the endpoint. `index.ts` passes real dependencies, tests pass fakes. */
export function buildTokenEndpoint(dependencies: TokenDependencies): (request: Request) => Promise<Response> {
  const authenticateClient = buildAuthenticateClient("token", dependencies);
  const options = { name: "oauth-token", methods: ["POST"], crossOrigin: true };
  return buildEndpoint(options, dependencies, async ({ request, path }) => {
    const slug = readSlug(path);
    const form = await readForm(request);
    const client = await authenticateClient(request, form.parameters, slug);
    const tokens = await grantTokens({ slug, form, client }, dependencies);
    return Response.json(tokens, { headers: { "Cache-Control": "no-store", Pragma: "no-cache" } });
  });
}

async function grantTokens(request: TokenRequest, dependencies: TokenDependencies): Promise<TokenResponse> {
  switch (request.form.parameters.get("grant_type")) {
    case "authorization_code":
      return await redeemCode(request, dependencies);
    case "refresh_token":
      return await countOutcome("gatepost.token.refreshes", () => rotateToken(request, dependencies));
    case undefined:
      throw new OAuthError("invalid_request", "Cannot issue tokens: grant_type is missing", {
        reason: "grant_type_missing",
      });
    default:
      throw new OAuthError(
        "unsupported_grant_type",
        "Cannot issue tokens: the grant types are authorization_code and refresh_token",
      );
  }
}
