/**
 * The vault: tokens of the provider that are kept valid.
 *
 * A token is refreshed ahead of its expiry, once for all calls: the lease in the
 * row selects one worker, and one promise serves all calls of that worker. What
 * speaks to the provider is loaded at the first refresh: most workers end before.
 *
 * @module
 */

import { OAuthError } from "../../_shared/errors.ts";
import { noteEndedFamily } from "../../_shared/tokens/ended_families.ts";
import { endedLogin, Unrenewable } from "./ended_login.ts";
import type { RenewalDependencies } from "./renewal.ts";
import { openEntry, type SealedEntry, type VaultEntry } from "./entry.ts";
import { endUpstreamToken } from "./lease.ts";

/** The vault of one worker. */
export interface Vault {
  /** Opens the entry of a row. Ends the login if its token cannot be opened. */
  open: (row: SealedEntry) => Promise<VaultEntry>;
  /** The entry itself while it is fresh, a refreshed one when it is about to expire. */
  keepAlive: (entry: VaultEntry) => Promise<VaultEntry>;
  /** A refreshed entry for one that the MCP server refused. Ends the login if no other token can be got. */
  replace: (entry: VaultEntry) => Promise<VaultEntry>;
  /** Ends the login, and returns the refusal that tells the client. */
  end: (entry: VaultEntry, reason: string) => Promise<OAuthError>;
}

/** How long after a failed refresh the next one is tried, while the token is still valid. */
const RETRY_MILLISECONDS = 5_000;

/** Two logins in a row brought a token that the MCP server refuses: a third would not help. */
const REFUSED_AGAIN = "Cannot call the MCP server: it refuses the provider's token, also after a new login";

/** What the vault needs from outside. */
export type VaultDependencies = RenewalDependencies;

/** Builds the vault over the database. */
export function buildVault(dependencies: VaultDependencies): Vault {
  const { database, now } = dependencies;
  /** By the ciphertext that is renewed: two tokens of one entry are two renewals. */
  const renewals = new Map<string, Promise<VaultEntry>>();

  const renew = (entry: VaultEntry, isPressing: boolean): Promise<VaultEntry> => {
    const key = `${isPressing} ${entry.ciphertext}`;
    const running = renewals.get(key);
    if (running) {
      return running;
    }
    const renewal = import("./renewal.ts")
      .then(({ renewEntry }) => renewEntry(entry, isPressing, dependencies))
      .catch((thrown: unknown) => {
        if (isEnd(thrown)) {
          noteEndedFamily(entry.familyId);
        }
        throw thrown;
      })
      .finally(() => renewals.delete(key));
    renewals.set(key, renewal);
    return renewal;
  };

  /** A worker with an outdated token does not end the login: SQL compares the token first. */
  const end = async (entry: VaultEntry, reason: string): Promise<OAuthError> => {
    const ending = await endUpstreamToken(database, {
      p_upstream_token_id: entry.id,
      p_lease_hash: null,
      p_known_access_token: entry.ciphertext,
      p_reason: reason,
    });
    if (ending === "refused_again") {
      return new OAuthError("bad_gateway", REFUSED_AGAIN, { reason: "mcp_server_refused_token_again" });
    }
    noteEndedFamily(entry.familyId);
    return endedLogin(reason);
  };

  const replace = async (entry: VaultEntry): Promise<VaultEntry> => {
    try {
      return await renew(entry, true);
    } catch (thrown) {
      if (!(thrown instanceof Unrenewable)) {
        throw thrown;
      }
      // A token that has not expired is replaced because the MCP server refused it.
      throw await end(entry, entry.expiresAt > now() ? "mcp_server_refused_token" : thrown.message);
    }
  };

  const renewAhead = async (entry: VaultEntry): Promise<VaultEntry> => {
    try {
      return await renew(entry, false);
    } catch (thrown) {
      if (isEnd(thrown)) {
        throw thrown;
      }
      return { ...entry, renewAt: Math.min(entry.expiresAt, now() + RETRY_MILLISECONDS) };
    }
  };

  return {
    open: (row) => openEntry(row, dependencies),
    keepAlive: async (entry) => {
      if (now() < entry.renewAt) {
        return entry;
      }
      return now() < entry.expiresAt ? await renewAhead(entry) : await replace(entry);
    },
    replace,
    end,
  };
}

/** Whether a renewal failed because the login has ended. */
function isEnd(thrown: unknown): boolean {
  return thrown instanceof OAuthError && thrown.code === "invalid_token";
}
