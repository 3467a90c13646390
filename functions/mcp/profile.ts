/**
 * A profile that is kept up to date: read again at an upstream refresh when it is older than a day.
 *
 * The rules are those of a login. The call that happens to refresh must not
 * fail over it, so what goes wrong here waits for the next refresh.
 *
 * @module
 */

import type { UpstreamRefreshLease } from "../_shared/database.ts";
import type { Dependencies } from "../_shared/dependencies.ts";
import { readIdentity } from "../_shared/upstream_identity.ts";
import type { Upstream, UpstreamGrant } from "../_shared/upstream.ts";

const PROFILE_MILLISECONDS = 24 * 60 * 60 * 1000;

/** Reads and stores the profile, if it is old and the config has identities. */
export async function refreshProfile(
  upstream: Upstream,
  lease: Extract<UpstreamRefreshLease, { outcome: "leased" }>,
  grant: UpstreamGrant,
  upstreamTokenId: string,
  dependencies: Dependencies,
): Promise<void> {
  const age = dependencies.now() - Date.parse(lease.profile_refreshed_at ?? "1970-01-01T00:00:00Z");
  if (upstream.config.identity_source === "none" || age < PROFILE_MILLISECONDS) {
    return;
  }
  try {
    const identity = await readIdentity(upstream, grant, dependencies);
    if (identity.subject === null || identity.profile === null) {
      return;
    }
    await dependencies.database.refreshUserProfile({
      p_upstream_token_id: upstreamTokenId,
      p_upstream_issuer: identity.issuer,
      p_upstream_sub: identity.subject,
      p_email: identity.email,
      p_email_verified: identity.emailVerified,
      p_profile: identity.profile,
    });
  } catch {
    // Said above: the call goes on with the profile that is there.
  }
}
