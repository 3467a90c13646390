/**
 * The refresh token grant (RFC 6749 §6), with rotation.
 *
 * @module
 */

import * as z from "zod/mini";
import { refuseClient, toProofArguments } from "../_shared/client/authenticate.ts";
import { defineCall } from "../_shared/database/database.ts";
import { CLIENT_REFUSALS } from "../_shared/database/rows.ts";
import { openUnderToken, sealUnderToken } from "../_shared/secrets/encryption.ts";
import { OAuthError } from "../_shared/errors.ts";
import { makeRefreshToken, parseRefreshToken } from "../_shared/tokens/refresh_token.ts";
import { GRANT_MEMBERS } from "./grant.ts";
import type { TokenRequest } from "./token_request.ts";
import {
  checkRequestedResources,
  type GrantDependencies,
  issueTokens,
  type TokenResponse,
} from "./tokens.ts";

export const rotateRefreshToken = defineCall(
  "rotate_refresh_token",
  z.discriminatedUnion("outcome", [
    z.object({ outcome: z.literal("rotated"), ...GRANT_MEMBERS }),
    z.object({
      outcome: z.literal("converged"),
      ...GRANT_MEMBERS,
      successor_ciphertexts: z.array(z.string()),
    }),
    z.object({
      outcome: z.enum([
        "unknown",
        "wrong_client",
        "revoked",
        "expired",
        "reused",
        "wrong_resource",
        "user_blocked",
        ...CLIENT_REFUSALS,
      ]),
    }),
  ]),
  ["p_client_secret_hash", "p_resource"],
);

/**
 * Replaces a refresh token.
 *
 * The successor goes to the database sealed under the presented token, so that
 * whoever presents it again within the grace is led to the same one, and nobody
 * else can read it. Where that was replaced as well, its own successor is sealed
 * under it, and so on to the family's present token: a client that keeps what it
 * was given last never keeps one that is old already.
 */
export async function rotateToken(
  { slug, form, client }: TokenRequest,
  dependencies: GrantDependencies,
): Promise<TokenResponse> {
  const presented = form.parameters.get("refresh_token");
  if (presented === undefined) {
    throw new OAuthError("invalid_request", "Cannot refresh: refresh_token is missing", {
      reason: "refresh_token_missing",
    });
  }
  const current = parseRefreshToken(presented);
  if (!current) {
    throw refusedRefreshToken("malformed");
  }
  const successor = makeRefreshToken(current.handle);
  const rotation = await rotateRefreshToken(dependencies.database, {
    p_slug: slug,
    ...toProofArguments(client),
    p_handle_hash: current.handleHash,
    p_refresh_hash: current.secretHash,
    p_next_refresh_hash: successor.secretHash,
    p_successor_ciphertext: await sealUnderToken(successor.token, current.token),
    p_resource: checkRequestedResources(form.resources),
  });
  const scope = form.parameters.get("scope");
  switch (rotation.outcome) {
    case "rotated":
      return await issueTokens(rotation, slug, successor.token, scope, dependencies);
    case "converged": {
      const present = await openSuccessors(rotation.successor_ciphertexts, current.token);
      return await issueTokens(rotation, slug, present, scope, dependencies);
    }
    case "unknown_server":
    case "unknown_client":
    case "wrong_secret":
    case "assertion_required":
    case "assertion_replayed":
    case "assertion_expired":
    case "too_many_assertions":
      throw refuseClient(rotation.outcome);
    case "wrong_resource":
      throw new OAuthError("invalid_target", "Cannot refresh: the token was issued for another resource", {
        reason: "refresh_token_wrong_resource",
      });
    case "unknown":
    case "wrong_client":
    case "revoked":
    case "expired":
    case "reused":
    case "user_blocked":
      throw refusedRefreshToken(rotation.outcome);
  }
}

/** Opens one successor with the token before it, until the present one; that is the token itself where there is none. */
async function openSuccessors(ciphertexts: readonly string[], presented: string): Promise<string> {
  let token = presented;
  for (const ciphertext of ciphertexts) {
    token = await openUnderToken(ciphertext, token);
  }
  return token;
}

function refusedRefreshToken(reason: string): OAuthError {
  return new OAuthError(
    "invalid_grant",
    "Cannot refresh: the refresh token is expired, revoked or not valid here",
    { reason: `refresh_token_${reason}` },
  );
}
