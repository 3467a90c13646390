/**
 * Renewing one vault entry: the worker that has the lease of its row refreshes, and the others wait for it.
 *
 * `refresh_failure.ts` decides what a failed refresh means, and this module acts
 * on it. Every action gives the lease back. If a worker dies between refresh and
 * store, its lease expires. The next worker tries the old refresh token, and the
 * provider decides.
 *
 * @module
 */

import {
  type OpenedSecret,
  openSecret,
  sealSecret,
  UnreadableSecret,
  upstreamTokenOf,
} from "../../_shared/secrets/encryption.ts";
import { type OAuthError, toOAuthError, unavailable } from "../../_shared/errors.ts";
import { hashSecret, randomSecret } from "../../_shared/secrets/secrets.ts";
import {
  findUpstream,
  type Upstream,
  type UpstreamDependencies,
  type UpstreamGrant,
} from "../../_shared/upstream/upstream.ts";
import { judgeRefreshFailure } from "../../_shared/upstream/refresh_failure.ts";
import { refreshUpstreamToken } from "../../_shared/upstream/tokens.ts";
import { type ProfileDependencies, refreshProfile } from "./profile.ts";
import { endedLogin, Unrenewable } from "./ended_login.ts";
import { buildEntry, openEntry, type VaultEntry } from "./entry.ts";
import {
  countUpstreamRefusal,
  endUpstreamToken,
  type Lease,
  leaseUpstreamRefresh,
  releaseUpstreamRefresh,
  reportClientRefusal,
  storeUpstreamRefresh,
} from "./lease.ts";

/** What a renewal needs from outside. */
export type RenewalDependencies = UpstreamDependencies & ProfileDependencies;

/** Longer than a provider may take to answer. */
const WAIT_MILLISECONDS = 12_000;
const POLL_MILLISECONDS = 200;
/** When to look again whether another worker has refreshed, while the token is still valid. */
const GLANCE_MILLISECONDS = 1_000;
/** With the pauses between them, they last as long as a restart of a database. */
const STORE_ATTEMPTS = 5;

/**
 * Takes the lease and refreshes, or waits for whoever holds it.
 *
 * @param isPressing whether the token is not valid any more; otherwise this does not wait for another worker
 * @throws {Unrenewable} when nothing can renew the entry
 * @throws {OAuthError} `invalid_token` when the login is over, `temporarily_unavailable` when the moment is bad
 */
export async function renewEntry(
  entry: VaultEntry,
  isPressing: boolean,
  dependencies: RenewalDependencies,
): Promise<VaultEntry> {
  const { database, now } = dependencies;
  const leaseHash = hashSecret(randomSecret());
  const deadline = now() + WAIT_MILLISECONDS;
  let known = entry;
  while (true) {
    const lease = await leaseUpstreamRefresh(database, {
      p_upstream_token_id: known.id,
      p_lease_hash: leaseHash,
      p_known_access_token: known.ciphertext,
    });
    switch (lease.outcome) {
      case "fresh":
        known = await openEntry(
          {
            id: entry.id,
            organizationId: entry.organizationId,
            familyId: entry.familyId,
            ciphertext: lease.access_token_ciphertext,
            expiresAt: lease.expires_at,
            refreshedAt: lease.refreshed_at,
          },
          dependencies,
        );
        // The ciphertext can have changed although the token has not: it was sealed again.
        if (known.accessToken !== entry.accessToken && known.expiresAt > now()) {
          return known;
        }
        break;
      case "leased":
        return await refreshLeased(known, lease, leaseHash, dependencies);
      case "busy":
        if (!isPressing) {
          return { ...known, renewAt: now() + GLANCE_MILLISECONDS };
        }
        if (now() >= deadline) {
          throw unavailable(
            "Cannot call the MCP server now: its login is being renewed, try again",
            "refresh_busy",
          );
        }
        await pause(POLL_MILLISECONDS);
        break;
      case "config_disabled":
        throw unavailable(
          "Cannot call the MCP server now: its sign-in is switched off",
          "upstream_config_disabled",
        );
      case "no_refresh_token":
      case "credentials_changed":
        throw new Unrenewable(`upstream_${lease.outcome}`);
      case "ended":
        throw endedLogin("upstream_ended");
    }
  }
}

async function refreshLeased(
  entry: VaultEntry,
  lease: Lease,
  leaseHash: string,
  dependencies: RenewalDependencies,
): Promise<VaultEntry> {
  let upstream: Upstream;
  let refreshToken: OpenedSecret;
  let grant: UpstreamGrant;
  try {
    upstream = await findUpstream(lease.config, dependencies);
    refreshToken = await openSecret(
      lease.refresh_token_ciphertext,
      upstreamTokenOf(entry.organizationId, lease.refresh_token_id),
      dependencies.encryptionKeys,
    );
    grant = await refreshUpstreamToken(upstream, refreshToken.text, dependencies);
  } catch (thrown) {
    throw await settleFailure(entry, thrown, leaseHash, dependencies);
  }
  const renewed = await storeRefresh(
    entry,
    grant,
    { ...refreshToken, id: lease.refresh_token_id },
    leaseHash,
    dependencies,
  );
  await refreshProfile(upstream, lease, grant, entry.id, dependencies);
  return renewed;
}

/** Acts on a failure, which gives the lease back, and returns the error for the caller. */
async function settleFailure(
  entry: VaultEntry,
  thrown: unknown,
  leaseHash: string,
  { database }: RenewalDependencies,
): Promise<OAuthError> {
  const error = toOAuthError(thrown);
  const held = { p_upstream_token_id: entry.id, p_lease_hash: leaseHash };
  const end = async (reason: string): Promise<OAuthError> => {
    await endUpstreamToken(database, { ...held, p_known_access_token: entry.ciphertext, p_reason: reason });
    return endedLogin(reason, error);
  };
  if (thrown instanceof UnreadableSecret) {
    return await end(`upstream_token_${thrown.reason}`);
  }
  switch (judgeRefreshFailure(error)) {
    case "ended":
      return await end("upstream_grant_refused");
    case "counted": {
      const count = await countUpstreamRefusal(database, { ...held, p_reason: "upstream_refused" });
      return count === "ended"
        ? endedLogin("upstream_refused", error)
        : cannotRenew("its login cannot be renewed, try again", "upstream_refused", error);
    }
    case "owner": {
      const reason = error.reason === "client_secret_unreadable" ? error.reason : "upstream_client_refused";
      await reportClientRefusal(database, { ...held, p_reason: reason });
      return cannotRenew("its sign-in has to be mended by its owner", reason, error);
    }
    case "passing":
      await releaseUpstreamRefresh(database, held);
      return cannotRenew("its login cannot be renewed, try again", error.reason, error);
  }
}

function cannotRenew(state: string, reason: string, cause: OAuthError): OAuthError {
  return unavailable(`Cannot call the MCP server now: ${state}`, reason, cause, cause.detail);
}

/** Stores what the provider sent. No copy exists elsewhere, so the store is repeated while the database is out of reach. */
async function storeRefresh(
  { id, organizationId, familyId }: VaultEntry,
  grant: UpstreamGrant,
  refreshToken: OpenedSecret & { id: string },
  leaseHash: string,
  { database, encryptionKeys, now }: RenewalDependencies,
): Promise<VaultEntry> {
  const refreshedAt = now();
  const expiresAt = grant.expiresIn === null ? Infinity : refreshedAt + grant.expiresIn * 1000;
  const ciphertext = await sealSecret(grant.accessToken, upstreamTokenOf(organizationId, id), encryptionKeys);
  // If the provider sends none, the old one stays. It is sealed again if that was under an old key.
  const kept = grant.refreshToken ?? (refreshToken.stale ? refreshToken.text : null);
  const refresh = {
    p_upstream_token_id: id,
    p_lease_hash: leaseHash,
    p_access_token: ciphertext,
    p_refresh_token: kept === null
      ? null
      : await sealSecret(kept, upstreamTokenOf(organizationId, refreshToken.id), encryptionKeys),
    p_scope: grant.scope,
    p_expires_at: Number.isFinite(expiresAt) ? new Date(expiresAt).toISOString() : null,
  };
  for (let attempt = 1;; attempt++) {
    try {
      const storing = await storeUpstreamRefresh(database, refresh);
      if (storing === "ended") {
        throw endedLogin("upstream_ended");
      }
      // If the lease was lost, another worker stores. The token is valid for this call all the same.
      return buildEntry(
        { id, organizationId, familyId, ciphertext, accessToken: grant.accessToken },
        expiresAt,
        refreshedAt,
      );
    } catch (thrown) {
      if (attempt === STORE_ATTEMPTS || toOAuthError(thrown).code !== "temporarily_unavailable") {
        throw thrown;
      }
      await pause(POLL_MILLISECONDS * 2 ** attempt);
    }
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
