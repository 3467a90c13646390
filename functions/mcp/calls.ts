/**
 * What a caller may call with: a living upstream token, and a signed identity.
 *
 * Kept in the worker for half a minute, so that most calls need no database;
 * a revoked family, a blocked user or an ended upstream token is refused within
 * that time, and at once where this worker ended it.
 *
 * @module
 */

import * as z from "zod/mini";
import { defineCall } from "../_shared/database/database.ts";
import { type McpServer, text, time } from "../_shared/database/rows.ts";
import { isEndedHere, noteEndedFamily } from "../_shared/tokens/ended_families.ts";
import { OAuthError } from "../_shared/errors.ts";
import { buildExpiringCache } from "../_shared/expiring_cache.ts";
import type { VerifiedAccessToken } from "../_shared/tokens/signing.ts";
import { type IdentityDependencies, issueIdentityToken } from "./identity_token.ts";
import { endedLogin } from "./vault/renewal.ts";
import { hashSessionId, keepSessionId } from "./forward/session_id.ts";
import { buildVault, type VaultDependencies } from "./vault/vault.ts";
import type { VaultEntry } from "./vault/entry.ts";

const CACHE_MILLISECONDS = 30_000;
const MAX_ENTRIES = 10_000;

export const openMcpCall = defineCall(
  "open_mcp_call",
  z.discriminatedUnion("outcome", [
    z.object({
      outcome: z.literal("open"),
      organization_id: z.string(),
      mcp_server_user_id: z.string(),
      client_id: z.string(),
      email: text,
      email_verified: z.boolean(),
      upstream_token_id: z.string(),
      access_token_ciphertext: z.string(),
      upstream_expires_at: time,
      upstream_refreshed_at: time,
    }),
    z.object({ outcome: z.enum(["ended", "upstream_ended"]) }),
  ]),
  ["p_session_hash"],
);

/** What a call is forwarded with. */
export interface PreparedCall {
  /** The JWT of the header `Gatepost-User`; none for a caller nobody knows. */
  identityToken: string | undefined;
  /** The upstream's token; none where the server's row hands none on, or there was no login. */
  upstream: UpstreamAccess | undefined;
}

/** An upstream token, and what becomes of it when the MCP server refuses it. */
export interface UpstreamAccess {
  accessToken: string;
  /**
   * Another token for the same call.
   *
   * @throws {OAuthError} `invalid_token` when there is no other: then the login has ended.
   */
  renew: () => Promise<UpstreamAccess>;
  /** Ends the login, and returns the refusal that tells the client. */
  end: () => Promise<OAuthError>;
}

/** Prepares a call, or throws `invalid_token` when its login has ended. */
export type PrepareCall = (
  server: McpServer,
  token: VerifiedAccessToken,
  mcpSessionId: string | null,
) => Promise<PreparedCall>;

interface OpenedCall {
  identityToken: string;
  entry: VaultEntry;
  /** The entry as it is handed on; none before the first call. */
  upstream?: UpstreamAccess;
}

/** What the preparation needs from outside. */
export type CallDependencies = VaultDependencies & IdentityDependencies;

/** Builds the preparation. An entry is for one family and one MCP session, so that each session is recorded. */
export function buildPrepareCall(dependencies: CallDependencies): PrepareCall {
  const vault = buildVault(dependencies);
  const cache = buildExpiringCache<OpenedCall>(CACHE_MILLISECONDS, MAX_ENTRIES, dependencies.now);

  const open = async (
    server: McpServer,
    familyId: string,
    mcpSessionId: string | null,
  ): Promise<OpenedCall> => {
    const opening = await openMcpCall(dependencies.database, {
      p_slug: server.slug,
      p_family_id: familyId,
      p_session_hash: await hashSessionId(mcpSessionId),
    });
    if (opening.outcome !== "open") {
      throw endedLogin(opening.outcome === "ended" ? "access_token_revoked" : "upstream_ended");
    }
    return {
      entry: await vault.open({
        id: opening.upstream_token_id,
        ciphertext: opening.access_token_ciphertext,
        expiresAt: opening.upstream_expires_at,
        refreshedAt: opening.upstream_refreshed_at,
      }),
      identityToken: await issueIdentityToken(server, opening, dependencies),
    };
  };

  return async (server, token, mcpSessionId) => {
    if (isEndedHere(token.familyId)) {
      throw endedLogin("access_token_revoked");
    }
    const key = JSON.stringify([server.slug, token.familyId, await keepSessionId(mcpSessionId)]);
    const call = await cache.get(key, () => open(server, token.familyId, mcpSessionId));
    if (server.upstream_authorization === "none") {
      return { identityToken: call.identityToken, upstream: undefined };
    }

    const access = async (obtain: (entry: VaultEntry) => Promise<VaultEntry>): Promise<UpstreamAccess> => {
      try {
        call.entry = await obtain(call.entry);
      } catch (thrown) {
        if (thrown instanceof OAuthError && thrown.code === "invalid_token") {
          noteEndedFamily(token.familyId);
        }
        throw thrown;
      }
      const { entry } = call;
      call.upstream = {
        accessToken: entry.accessToken,
        renew: () => access(() => vault.replace(entry)),
        end: async () => {
          const refusal = await vault.end(entry, "mcp_server_refused_token");
          noteEndedFamily(token.familyId);
          return refusal;
        },
      };
      return call.upstream;
    };
    const upstream = call.upstream && vault.isFresh(call.entry)
      ? call.upstream
      : await access(vault.keepAlive);
    return { identityToken: call.identityToken, upstream };
  };
}
