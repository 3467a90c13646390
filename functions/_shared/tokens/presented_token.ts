/**
 * A token that a client presents to revoke or introspect it: which kind it is.
 *
 * `token_type_hint` is not needed to tell them apart and may be wrong
 * (RFC 7009 §2.1), so it is not read.
 *
 * @module
 */

import { OAuthError } from "../errors.ts";
import type { Parameters } from "../http/body.ts";
import { parseRefreshToken, type RefreshToken } from "./refresh_token.ts";
import { type VerifiedAccessToken, verifyIssuedToken } from "./signing.ts";
import type { SigningKeys } from "./signing_keys.ts";

/** One of Gatepost's tokens, or something else. */
export type PresentedToken =
  | { kind: "access"; token: VerifiedAccessToken }
  | { kind: "refresh"; token: RefreshToken }
  | { kind: "unknown" };

/** Reads the parameter `token` and finds out its kind. An expired access token is unknown. */
export async function readPresentedToken(
  parameters: Parameters,
  issuer: string,
  keys: SigningKeys,
): Promise<PresentedToken> {
  const presented = parameters.get("token");
  if (presented === undefined) {
    throw new OAuthError("invalid_request", "Cannot tell which token is meant: it is missing", {
      reason: "token_parameter_missing",
    });
  }
  const refreshToken = parseRefreshToken(presented);
  if (refreshToken) {
    return { kind: "refresh", token: refreshToken };
  }
  const accessToken = await verifyIssuedToken(presented, issuer, keys).catch(() => undefined);
  return accessToken ? { kind: "access", token: accessToken } : { kind: "unknown" };
}

/** How SQL is told which family is meant. */
export interface NamedFamily {
  p_family_id: string | null;
  p_handle_hash: string | null;
}

/** Names a token's family. Of a foreign token it does not exist, so that SQL checks the caller all the same. */
export function nameFamily(presented: PresentedToken): NamedFamily {
  switch (presented.kind) {
    case "access":
      return { p_family_id: presented.token.familyId, p_handle_hash: null };
    case "refresh":
      return { p_family_id: null, p_handle_hash: presented.token.handleHash };
    case "unknown":
      return { p_family_id: "", p_handle_hash: null };
  }
}
