/**
 * What a token family may call with: its upstream token, opened, and its user's identity, signed.
 *
 * Kept in the worker for half a minute, so that most calls need no database;
 * a revoked family, a blocked user or an ended upstream token is refused within
 * that time.
 *
 * @module
 */

import type { McpServer, OpenMcpCall } from "../_shared/database.ts";
import type { Dependencies } from "../_shared/dependencies.ts";
import { openSecret } from "../_shared/encryption.ts";
import { OAuthError } from "../_shared/errors.ts";
import { hashSecret } from "../_shared/secrets.ts";
import { issueToken, type VerifiedAccessToken } from "../_shared/signing.ts";
import { buildServerUrls } from "../_shared/urls.ts";

const CACHE_MILLISECONDS = 30_000;
const MAX_ENTRIES = 10_000;
/** Longer than an entry is kept, so that a cached identity is never an expired one. */
const IDENTITY_SECONDS = 300;

/** What a call is forwarded with. */
export interface ForwardedCall {
  /** The upstream's access token. */
  accessToken: string;
  /** The JWT of the header `Gatepost-User`. */
  identityToken: string;
}

/** Finds what a token's family may call with, or throws `invalid_token`. */
export type FindCall = (
  server: McpServer,
  token: VerifiedAccessToken,
  mcpSessionId: string | null,
) => Promise<ForwardedCall>;

/** Builds the look-up. An entry is for one family and one MCP session, so that each session is recorded once. */
export function cacheCalls(dependencies: Dependencies): FindCall {
  const { database, now } = dependencies;
  const cache = new Map<string, { call: ForwardedCall; until: number }>();
  return async (server, token, mcpSessionId) => {
    const sessionHash = mcpSessionId === null ? null : await hashSecret(mcpSessionId);
    const key = JSON.stringify([server.slug, token.familyId, sessionHash]);
    const known = cache.get(key);
    if (known && known.until > now()) {
      return known.call;
    }
    const opening = await database.openMcpCall({
      p_slug: server.slug,
      p_family_id: token.familyId,
      p_session_hash: sessionHash,
    });
    if (opening.outcome !== "open") {
      cache.delete(key);
      throw endedLogin(
        opening.outcome === "ended" ? "access_token_revoked" : "upstream_token_ended",
      );
    }
    const upstreamExpiry = opening.upstream_expires_at === null
      ? Infinity
      : Date.parse(opening.upstream_expires_at);
    if (upstreamExpiry <= now()) {
      throw endedLogin("upstream_token_expired");
    }
    const call = await prepareCall(server, opening, dependencies);
    if (cache.size >= MAX_ENTRIES) {
      cache.clear();
    }
    cache.set(key, {
      call,
      until: Math.min(now() + CACHE_MILLISECONDS, upstreamExpiry),
    });
    return call;
  };
}

async function prepareCall(
  server: McpServer,
  opening: OpenMcpCall,
  { config, encryptionKeys, signingKeys }: Dependencies,
): Promise<ForwardedCall> {
  const { text } = await openSecret(
    opening.access_token_ciphertext,
    "upstream-token",
    encryptionKeys,
  );
  const identityToken = await issueToken(
    {
      iss: buildServerUrls(config.publicUrl, server.slug).issuer,
      aud: server.upstream_url!,
      sub: opening.mcp_server_user_id,
      organization_id: opening.organization_id,
      client_id: opening.client_id,
      ...(opening.email === null ? {} : { email: opening.email, email_verified: opening.email_verified }),
    },
    "gatepost-user+jwt",
    IDENTITY_SECONDS,
    signingKeys,
  );
  return { accessToken: text, identityToken };
}

function endedLogin(reason: string): OAuthError {
  return new OAuthError(
    "invalid_token",
    "Cannot accept access token: its login has ended, log in again",
    { reason },
  );
}
