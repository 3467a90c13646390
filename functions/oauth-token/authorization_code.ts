/**
 * The authorization code grant (RFC 6749 §4.1.3, PKCE after RFC 7636 §4.6).
 *
 * @module
 */

import * as z from "zod/mini";
import { refuseClient, toProofArguments } from "../_shared/client/authenticate.ts";
import { defineCall } from "../_shared/database/database.ts";
import { CODE_REFUSALS } from "../_shared/database/rows.ts";
import { OAuthError } from "../_shared/errors.ts";
import { makeRefreshToken } from "../_shared/tokens/refresh_token.ts";
import { hashSecret } from "../_shared/secrets/secrets.ts";
import { GRANT_MEMBERS } from "./grant.ts";
import type { TokenRequest } from "./token_request.ts";
import {
  checkRequestedResources,
  type GrantDependencies,
  issueTokens,
  type TokenResponse,
} from "./tokens.ts";

export const redeemAuthorizationCode = defineCall(
  "redeem_authorization_code",
  z.discriminatedUnion("outcome", [
    z.object({ outcome: z.literal("redeemed"), ...GRANT_MEMBERS }),
    z.object({ outcome: z.enum(CODE_REFUSALS) }),
  ]),
  ["p_client_secret_hash", "p_redirect_uri", "p_resource"],
);

/** Redeems a code. It is good once, and bound to client, redirect URI, resource and verifier. */
export async function redeemCode(
  { slug, form, client }: TokenRequest,
  dependencies: GrantDependencies,
): Promise<TokenResponse> {
  const code = form.parameters.get("code");
  if (code === undefined) {
    throw new OAuthError("invalid_request", "Cannot redeem code: it is missing", { reason: "code_missing" });
  }
  const refreshToken = makeRefreshToken();
  const redemption = await redeemAuthorizationCode(dependencies.database, {
    p_slug: slug,
    ...toProofArguments(client),
    p_code_hash: hashSecret(code),
    p_redirect_uri: form.parameters.get("redirect_uri") ?? null,
    p_code_challenge: toCodeChallenge(form.parameters.get("code_verifier")),
    p_resource: checkRequestedResources(form.resources),
    p_handle_hash: refreshToken.handleHash,
    p_refresh_hash: refreshToken.secretHash,
  });
  switch (redemption.outcome) {
    case "redeemed":
      return await issueTokens(redemption, slug, refreshToken.token, undefined, dependencies);
    case "unknown_server":
    case "unknown_client":
    case "wrong_secret":
    case "assertion_required":
    case "assertion_replayed":
    case "assertion_expired":
    case "too_many_assertions":
      throw refuseClient(redemption.outcome);
    case "wrong_resource":
      throw new OAuthError("invalid_target", "Cannot redeem code: it was issued for another resource", {
        reason: "code_wrong_resource",
      });
    case "unknown":
    case "expired":
    case "replayed":
    case "wrong_client":
    case "wrong_redirect_uri":
    case "wrong_verifier":
    case "user_blocked":
      throw new OAuthError(
        "invalid_grant",
        "Cannot redeem code: it is expired, used or was not issued for this request",
        { reason: `code_${redemption.outcome}` },
      );
  }
}

/** The challenge of a verifier. Without a valid verifier it is one that no code has: SQL refuses, and the code is spent. */
function toCodeChallenge(verifier: string | undefined): string {
  return /^[A-Za-z0-9._~-]{43,128}$/.test(verifier ?? "") ? hashSecret(verifier!) : "";
}
