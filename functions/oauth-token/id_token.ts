/**
 * The id_token (OpenID Connect Core §2), for clients that were granted `openid`.
 *
 * @module
 */

import * as base64url from "jose/base64url";
import { hashSecret } from "../_shared/secrets/secrets.ts";
import { parseScope } from "../_shared/tokens/scope.ts";
import { issueToken } from "../_shared/tokens/signing.ts";
import type { SigningKeys } from "../_shared/tokens/signing_keys.ts";
import { describeUser } from "../_shared/tokens/user_claims.ts";
import type { TokenGrant } from "./grant.ts";

const LIFETIME_SECONDS = 3600;

/** Issues the id_token of a grant. */
export async function issueIdToken(
  grant: TokenGrant,
  issuer: string,
  accessToken: string,
  keys: SigningKeys,
): Promise<string> {
  const claims = {
    iss: issuer,
    aud: grant.client_id,
    at_hash: hashHalf(accessToken),
    ...(grant.nonce === null ? {} : { nonce: grant.nonce }),
    ...(grant.auth_time === null ? {} : { auth_time: Math.floor(Date.parse(grant.auth_time) / 1000) }),
    ...describeUser(
      {
        subject: grant.mcp_server_user_id,
        email: grant.email,
        emailVerified: grant.email_verified,
        profile: grant.profile,
      },
      parseScope(grant.scope),
    ),
  };
  return await issueToken(claims, "JWT", LIFETIME_SECONDS, keys);
}

/** The left half of the SHA-256 (OpenID Connect Core §3.1.3.6). */
function hashHalf(token: string): string {
  return base64url.encode(base64url.decode(hashSecret(token)).slice(0, 16));
}
