/**
 * What a caller may call with: a living upstream token, and a signed identity.
 *
 * Kept in the worker for half a minute, so that most calls need no database;
 * a revoked family, a blocked user or an ended upstream token is refused within
 * that time.
 *
 * @module
 */

import type { McpServer } from "../_shared/database.ts";
import type { Dependencies } from "../_shared/dependencies.ts";
import { buildExpiringCache } from "../_shared/expiring_cache.ts";
import { hashSecret } from "../_shared/secrets.ts";
import type { VerifiedAccessToken } from "../_shared/signing.ts";
import { issueIdentityToken } from "./identity_token.ts";
import { buildVault, endedLogin, type VaultEntry } from "./vault.ts";

const CACHE_MILLISECONDS = 30_000;
const MAX_ENTRIES = 10_000;

/** What a call is forwarded with. */
export interface PreparedCall {
  /** The upstream's access token; none for a caller without a login. */
  accessToken: string | undefined;
  /** The JWT of the header `Gatepost-User`; none for a caller nobody knows. */
  identityToken: string | undefined;
  /**
   * Prepares the call once more with another upstream token, after the MCP server refused this one.
   *
   * @throws {OAuthError} `invalid_token` when there is no other: then the login has ended.
   */
  renew: () => Promise<PreparedCall>;
}

/** Prepares a call, or throws `invalid_token` when its login has ended. */
export type PrepareCall = (
  server: McpServer,
  token: VerifiedAccessToken,
  mcpSessionId: string | null,
) => Promise<PreparedCall>;

interface OpenedCall {
  entry: VaultEntry;
  identityToken: string;
}

/** Builds the preparation. An entry is for one family and one MCP session, so that each session is recorded. */
export function prepareCalls(dependencies: Dependencies): PrepareCall {
  const vault = buildVault(dependencies);
  const cache = buildExpiringCache<OpenedCall>(CACHE_MILLISECONDS, MAX_ENTRIES, dependencies.now);

  const open = async (
    server: McpServer,
    familyId: string,
    sessionHash: string | null,
  ): Promise<OpenedCall> => {
    const opening = await dependencies.database.openMcpCall({
      p_slug: server.slug,
      p_family_id: familyId,
      p_session_hash: sessionHash,
    });
    if (opening.outcome !== "open") {
      throw endedLogin(opening.outcome === "ended" ? "access_token_revoked" : "upstream_ended");
    }
    return {
      entry: await vault.open(opening),
      identityToken: await issueIdentityToken(server, opening, dependencies),
    };
  };

  return async (server, token, mcpSessionId) => {
    const sessionHash = mcpSessionId === null ? null : await hashSecret(mcpSessionId);
    const key = JSON.stringify([server.slug, token.familyId, sessionHash]);
    const call = await cache.get(key, () => open(server, token.familyId, sessionHash));

    const prepare = async (renew: (entry: VaultEntry) => Promise<VaultEntry>): Promise<PreparedCall> => {
      try {
        call.entry = await renew(call.entry);
      } catch (thrown) {
        cache.delete(key);
        throw thrown;
      }
      return {
        accessToken: server.upstream_authorization === "upstream_token" ? call.entry.accessToken : undefined,
        identityToken: call.identityToken,
        renew: () => prepare(vault.replace),
      };
    };
    return await prepare(vault.keepAlive);
  };
}
