/**
 * Whether a caller may call: the access token, its resource and its scopes.
 *
 * A token that was verified is not verified again for half a minute; that its
 * family lives is checked elsewhere.
 *
 * @module
 */

import { readBearerToken } from "../_shared/http/bearer.ts";
import type { McpServer } from "../_shared/database/rows.ts";
import { buildExpiringCache } from "../_shared/expiring_cache.ts";
import {
  refusedToken,
  type SigningKeys,
  type VerifiedAccessToken,
  verifyAccessToken,
} from "../_shared/tokens/signing.ts";
import { buildResource, buildServerUrls } from "../_shared/urls.ts";

const CACHE_MILLISECONDS = 30_000;
const MAX_ENTRIES = 10_000;
/** Longer than tokens are. A longer header is read anew each time, so that nobody fills the memory with spaces. */
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
  const cache = buildExpiringCache<VerifiedAccessToken>(CACHE_MILLISECONDS, MAX_ENTRIES, now);
  return async (request, server) => {
    const verify = (): Promise<VerifiedAccessToken> => {
      const expected = {
        issuer: buildServerUrls(publicUrl, server.slug).issuer,
        audience: buildResource(server, publicUrl),
      };
      return verifyAccessToken(readBearerToken(request), expected, signingKeys);
    };
    // By the header as it came: to take it apart for each call takes longer than to look it up.
    const header = request.headers.get("Authorization") ?? "";
    const key = `${server.slug} ${header}`;
    const verified = await (header.length > MAX_KEPT_CHARACTERS ? verify() : cache.get(key, verify));
    if (verified.expiresAt * 1000 <= now()) {
      cache.delete(key);
      throw refusedToken("access_token_expired");
    }
    return verified;
  };
}
