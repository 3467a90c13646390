/**
 * The vault: upstream tokens that stay alive.
 *
 * A token is refreshed ahead of its expiry. Across all workers one refreshes
 * while the others wait, by a lease in the row; within a worker one promise
 * serves all. What the provider refuses for good ends the login, what fails for
 * the moment leaves everything as it was.
 *
 * @module
 */

import type { OpenMcpCall, UpstreamRefreshLease } from "../_shared/database.ts";
import type { Dependencies } from "../_shared/dependencies.ts";
import { openSecret, sealSecret } from "../_shared/encryption.ts";
import { OAuthError, toOAuthError, unavailable } from "../_shared/errors.ts";
import { hashSecret, randomSecret } from "../_shared/secrets.ts";
import { findUpstream, type Upstream, type UpstreamGrant } from "../_shared/upstream.ts";
import { refreshUpstreamToken } from "../_shared/upstream_tokens.ts";
import { refreshProfile } from "./profile.ts";

/** An upstream token in the open. */
export interface VaultEntry {
  /** The `uoat_` id. */
  id: string;
  /** What stands in the row: tells a refreshed token from this one. */
  ciphertext: string;
  accessToken: string;
  /** Milliseconds since the epoch; infinite where the provider does not say, until it says no. */
  expiresAt: number;
}

/** The vault of one worker. */
export interface Vault {
  /** Opens the entry of a call. */
  open: (opening: OpenMcpCall) => Promise<VaultEntry>;
  /** The entry itself while it is good, a refreshed one when it is about to expire. */
  keepAlive: (entry: VaultEntry) => Promise<VaultEntry>;
  /** A refreshed entry for one that the MCP server refused; ends the login where there is none to be had. */
  replace: (entry: VaultEntry) => Promise<VaultEntry>;
}

type Lease = Extract<UpstreamRefreshLease, { outcome: "leased" }>;

const AHEAD_MILLISECONDS = 30_000;
/** Longer than a provider may take to answer. */
const WAIT_MILLISECONDS = 12_000;
const POLL_MILLISECONDS = 200;
const STORE_ATTEMPTS = 3;

/** Builds the vault over the database. */
export function buildVault(dependencies: Dependencies): Vault {
  const { now } = dependencies;
  const renewals = new Map<string, Promise<VaultEntry>>();

  const renew = (entry: VaultEntry): Promise<VaultEntry> => {
    const running = renewals.get(entry.id);
    if (running) {
      return running;
    }
    const renewal = renewEntry(entry, dependencies).finally(() => renewals.delete(entry.id));
    renewals.set(entry.id, renewal);
    return renewal;
  };

  return {
    open: (opening) =>
      openEntry(
        opening.upstream_token_id,
        opening.access_token_ciphertext,
        opening.upstream_expires_at,
        dependencies,
      ),
    keepAlive: async (entry) => {
      if (entry.expiresAt - now() > AHEAD_MILLISECONDS) {
        return entry;
      }
      try {
        return await renew(entry);
      } catch (thrown) {
        const error = toOAuthError(thrown);
        if (entry.expiresAt > now() && error.reason !== "upstream_grant_refused") {
          return entry;
        }
        throw await endIfOver(entry, error, dependencies);
      }
    },
    replace: async (entry) => {
      try {
        return await renew(entry);
      } catch (thrown) {
        throw await endIfOver(entry, toOAuthError(thrown), dependencies);
      }
    },
  };
}

/** Takes the lease and refreshes, or waits for whoever holds it. */
async function renewEntry(entry: VaultEntry, dependencies: Dependencies): Promise<VaultEntry> {
  const { database, now } = dependencies;
  const leaseHash = await hashSecret(randomSecret());
  const deadline = now() + WAIT_MILLISECONDS;
  while (true) {
    const lease = await database.leaseUpstreamRefresh({
      p_upstream_token_id: entry.id,
      p_lease_hash: leaseHash,
      p_known_access_token: entry.ciphertext,
    });
    switch (lease.outcome) {
      case "fresh":
        return await openEntry(entry.id, lease.access_token_ciphertext, lease.expires_at, dependencies);
      case "leased":
        return await refreshLeased(entry, lease, leaseHash, dependencies);
      case "busy":
        if (now() >= deadline) {
          throw unavailable(
            "Cannot call the MCP server now: its login is being renewed, try again",
            "refresh_busy",
          );
        }
        await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
        break;
      case "ended":
      case "no_refresh_token":
      case "credentials_changed":
      case "config_disabled":
        throw endedLogin(`upstream_${lease.outcome}`);
    }
  }
}

async function refreshLeased(
  entry: VaultEntry,
  lease: Lease,
  leaseHash: string,
  dependencies: Dependencies,
): Promise<VaultEntry> {
  const { database, encryptionKeys } = dependencies;
  let upstream: Upstream;
  let grant: UpstreamGrant;
  try {
    upstream = await findUpstream(lease.config, dependencies);
    const { text } = await openSecret(lease.refresh_token_ciphertext, "upstream-token", encryptionKeys);
    grant = await refreshUpstreamToken(upstream, text, dependencies);
  } catch (thrown) {
    const error = toOAuthError(thrown);
    if (error.reason === "upstream_grant_refused") {
      await end(entry, leaseHash, error.reason, dependencies);
      throw endedLogin(error.reason, error);
    }
    // A request without an answer may have spent the refresh token: its lease is left to run out.
    if (error.reason !== "upstream_unreachable") {
      await database.releaseUpstreamRefresh({ p_upstream_token_id: entry.id, p_lease_hash: leaseHash });
    }
    throw unavailable(
      "Cannot call the MCP server now: its login cannot be renewed, try again",
      error.reason,
      error,
    );
  }
  const renewed = await storeRefresh(entry, leaseHash, grant, dependencies);
  await refreshProfile(upstream, lease, grant, entry.id, dependencies);
  return renewed;
}

/** Stores what the provider sent. It exists only here now, so a database that stumbles is asked again. */
async function storeRefresh(
  { id }: VaultEntry,
  leaseHash: string,
  grant: UpstreamGrant,
  { database, encryptionKeys, now }: Dependencies,
): Promise<VaultEntry> {
  const ciphertext = await sealSecret(grant.accessToken, "upstream-token", encryptionKeys);
  const expiresAt = grant.expiresIn === null ? Infinity : now() + grant.expiresIn * 1000;
  const refresh = {
    p_upstream_token_id: id,
    p_lease_hash: leaseHash,
    p_access_token: ciphertext,
    p_refresh_token: grant.refreshToken === null
      ? null
      : await sealSecret(grant.refreshToken, "upstream-token", encryptionKeys),
    p_scope: grant.scope,
    p_expires_at: Number.isFinite(expiresAt) ? new Date(expiresAt).toISOString() : null,
  };
  for (let attempt = 1;; attempt++) {
    try {
      const storing = await database.storeUpstreamRefresh(refresh);
      if (storing.outcome === "ended") {
        throw endedLogin("upstream_ended");
      }
      // Where the lease was lost somebody else stores; this token is good for this call all the same.
      return { id, ciphertext, accessToken: grant.accessToken, expiresAt };
    } catch (thrown) {
      if (attempt === STORE_ATTEMPTS || toOAuthError(thrown).code !== "temporarily_unavailable") {
        throw thrown;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
    }
  }
}

/** Opens a ciphertext of the vault, and seals it again where that was under an old key. */
async function openEntry(
  id: string,
  ciphertext: string,
  expiresAt: string | null,
  { database, encryptionKeys }: Dependencies,
): Promise<VaultEntry> {
  const { text, stale } = await openSecret(ciphertext, "upstream-token", encryptionKeys);
  const entry = {
    id,
    ciphertext,
    accessToken: text,
    expiresAt: expiresAt === null ? Infinity : Date.parse(expiresAt),
  };
  if (!stale) {
    return entry;
  }
  const resealed = await sealSecret(text, "upstream-token", encryptionKeys);
  const resealing = await database.resealUpstreamToken({
    p_upstream_token_id: id,
    p_known_ciphertext: ciphertext,
    p_new_ciphertext: resealed,
  });
  return resealing.outcome === "resealed" ? { ...entry, ciphertext: resealed } : entry;
}

/** Ends a login whose token is dead and cannot be renewed; a failure of the moment ends nothing. */
async function endIfOver(
  entry: VaultEntry,
  error: OAuthError,
  dependencies: Dependencies,
): Promise<OAuthError> {
  if (error.code === "invalid_token") {
    await end(entry, null, error.reason, dependencies);
  }
  return error;
}

async function end(
  entry: VaultEntry,
  leaseHash: string | null,
  reason: string,
  { database }: Dependencies,
): Promise<void> {
  await database.endUpstreamToken({
    p_upstream_token_id: entry.id,
    p_lease_hash: leaseHash,
    p_known_access_token: entry.ciphertext,
    p_reason: reason,
  });
}

/** The refusal of a login that is over: the client logs in again. */
export function endedLogin(reason: string, cause?: unknown): OAuthError {
  return new OAuthError("invalid_token", "Cannot accept access token: its login has ended, log in again", {
    reason,
    cause,
  });
}
