/**
 * What a call is made with: a valid token of the provider, and a signed identity.
 *
 * The worker keeps both for half a minute, so that most calls need no database.
 * Within that time it refuses a revoked family, a blocked user or an ended
 * login, and at once if this worker itself saw the end.
 *
 * @module
 */

import * as z from "zod/mini";
import { type Database, defineCall } from "../_shared/database/database.ts";
import { type McpServer, nullableText, nullableTime } from "../_shared/database/rows.ts";
import { isEndedHere } from "../_shared/tokens/ended_families.ts";
import { buildExpiringCache } from "../_shared/expiring_cache.ts";
import type { VerifiedAccessToken } from "../_shared/tokens/signing.ts";
import { type IdentityDependencies, issueIdentityToken } from "./identity_token.ts";
import { endedLogin } from "./vault/ended_login.ts";
import { hashSessionId } from "./forward/session_id.ts";
import type { Vault } from "./vault/vault.ts";
import type { VaultEntry } from "./vault/entry.ts";

const CACHE_MILLISECONDS = 30_000;
/** Most calls take 4 kB. One with the largest token that Gatepost takes takes 75 kB. */
const LIMITS = { maxEntries: 10_000, maxBytes: 8_000_000 };

export const openMcpCall = defineCall(
  "open_mcp_call",
  z.discriminatedUnion("outcome", [
    z.object({
      outcome: z.literal("open"),
      organization_id: z.string(),
      mcp_server_user_id: z.string(),
      client_id: z.string(),
      email: nullableText,
      email_verified: z.boolean(),
      upstream_token_id: z.string(),
      access_token_ciphertext: z.string(),
      upstream_expires_at: nullableTime,
      upstream_refreshed_at: nullableTime,
    }),
    z.object({ outcome: z.enum(["ended", "upstream_ended"]) }),
  ]),
  ["p_session_hash"],
);

/** What a call is forwarded with. */
export interface PreparedCall {
  /** Who calls; null for a caller whom nobody knows. */
  userId: string | null;
  /** The JWT of the header `Gatepost-User`; undefined for an unknown caller. */
  identityToken: string | undefined;
  /** The vault's entry, whose token is passed on; undefined if the server gets none, or there was no login. */
  entry: VaultEntry | undefined;
  /** Lets the calls that follow begin with another entry. */
  renew: (entry: VaultEntry) => void;
}

/** What the worker keeps, for one token family and one MCP session. */
interface KeptCall {
  userId: string;
  identityToken: string;
  entry: VaultEntry;
}

/** Prepares a call, or throws `invalid_token` when its login has ended. */
export type PrepareCall = (
  server: McpServer,
  token: VerifiedAccessToken,
  mcpSessionId: string | null,
) => Promise<PreparedCall>;

/** What the preparation needs from outside. */
export interface CallDependencies extends IdentityDependencies {
  database: Database;
  now: () => number;
}

/** Builds the preparation. Each MCP session is opened on its own, so that the database has a row for each. */
export function buildPrepareCall(
  vault: Pick<Vault, "open" | "keepAlive">,
  dependencies: CallDependencies,
): PrepareCall {
  const cache = buildExpiringCache<KeptCall>(
    { ...LIMITS, milliseconds: CACHE_MILLISECONDS, sizeOf: sizeOfCall },
    dependencies.now,
  );
  return async (server, { familyId }, mcpSessionId) => {
    if (isEndedHere(familyId)) {
      throw endedLogin("access_token_revoked");
    }
    const sessionHash = hashSessionId(mcpSessionId);
    const key = JSON.stringify([server.slug, familyId, sessionHash]);
    const call = await cache.get(key, server.organization_id, async () => {
      const opening = await openMcpCall(dependencies.database, {
        p_slug: server.slug,
        p_family_id: familyId,
        p_session_hash: sessionHash,
      });
      if (opening.outcome !== "open") {
        throw endedLogin(opening.outcome === "ended" ? "access_token_revoked" : "upstream_ended");
      }
      const entry = await vault.open({
        id: opening.upstream_token_id,
        organizationId: opening.organization_id,
        familyId,
        ciphertext: opening.access_token_ciphertext,
        expiresAt: opening.upstream_expires_at,
        refreshedAt: opening.upstream_refreshed_at,
      });
      return {
        entry,
        userId: opening.mcp_server_user_id,
        identityToken: await issueIdentityToken(server, opening, dependencies),
      };
    });
    const { userId, identityToken } = call;
    // A provider of the platform issues tokens that servers of other organizations accept, too.
    if (server.upstream_authorization === "none" || server.auth_type === "platform_oauth") {
      return { userId, identityToken, entry: undefined, renew: () => undefined };
    }
    // A provider can send a small token first, and a large one at a refresh.
    const renew = (entry: VaultEntry): void => {
      call.entry = entry;
      cache.measure(key);
    };
    const entry = await vault.keepAlive(call.entry);
    if (entry !== call.entry) {
      renew(entry);
    }
    return { userId, identityToken, entry, renew };
  };
}

function sizeOfCall({ identityToken, entry }: KeptCall): number {
  return identityToken.length + entry.accessToken.length + entry.ciphertext.length;
}
