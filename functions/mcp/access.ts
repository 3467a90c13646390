/**
 * Whether a caller may call: the access token, its resource and its scopes.
 *
 * A verified token is not verified again for half a minute. Whether its family
 * has ended is checked in `calls.ts`.
 *
 * @module
 */

import { readBearerToken } from "../_shared/http/bearer.ts";
import type { McpServer } from "../_shared/database/rows.ts";
import { buildExpiringCache } from "../_shared/expiring_cache.ts";
import { refusedToken, type VerifiedAccessToken, verifyAccessToken } from "../_shared/tokens/signing.ts";
import type { SigningKeys } from "../_shared/tokens/signing_keys.ts";
import { buildResource, buildServerUrls } from "../_shared/urls.ts";

const CACHE_MILLISECONDS = 30_000;
const LIMITS = { maxEntries: 10_000, maxBytes: 8_000_000 };
/** What the claims of a token take; the key is the token itself and is counted with it. */
const CLAIMS_BYTES = 1000;
/** No token is that long. A longer header is verified each time and not kept, so that spaces do not fill the memory. */
const MAX_KEPT_CHARACTERS = 2048;

/** Verifies the token of a request, or throws the challenge that asks for one. */
export type VerifyCaller = (request: Request, server: McpServer) => Promise<VerifiedAccessToken>;

/** What the check needs from outside. */
export interface AccessDependencies {
  publicUrl: string;
  signingKeys: SigningKeys;
  now: () => number;
}

/** Builds the check. */
export function buildVerifyCaller({ publicUrl, signingKeys, now }: AccessDependencies): VerifyCaller {
  const cache = buildExpiringCache<VerifiedAccessToken>(
    { ...LIMITS, milliseconds: CACHE_MILLISECONDS, sizeOf: () => CLAIMS_BYTES },
    now,
  );
  return async (request, server) => {
    const verify = (): Promise<VerifiedAccessToken> => {
      const expected = {
        issuer: buildServerUrls(publicUrl, server.slug).issuer,
        audience: buildResource(server, publicUrl),
      };
      return verifyAccessToken(readBearerToken(request), expected, signingKeys);
    };
    // The key is the whole header: to parse it for each call would take longer than the look-up.
    const header = request.headers.get("Authorization") ?? "";
    const key = `${server.slug} ${header}`;
    const verified =
      await (header.length > MAX_KEPT_CHARACTERS ? verify() : cache.get(key, server.organization_id, verify));
    if (verified.expiresAt * 1000 <= now()) {
      cache.delete(key);
      throw refusedToken("access_token_expired");
    }
    return verified;
  };
}
