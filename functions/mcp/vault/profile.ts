/**
 * Keeping a profile up to date: it is read again at a refresh when it is older than a day.
 *
 * The rules are those of a login. The call that refreshes must not fail because
 * of the profile, and must not wait long for it. So a failure of the provider is
 * ignored, a fault of ours is logged, and the next refresh tries again.
 *
 * @module
 */

import * as z from "zod/mini";
import { type Log, logFault } from "../../_shared/log.ts";
import { findRequestId } from "../../_shared/http/request_id.ts";
import { type Database, defineCall } from "../../_shared/database/database.ts";
import { readIdentity } from "../../_shared/upstream/read_identity.ts";
import { isTemplate } from "../../_shared/upstream/tenant.ts";
import type { FetchDependencies, Upstream, UpstreamGrant } from "../../_shared/upstream/upstream.ts";

const FRESH_MILLISECONDS = 24 * 60 * 60 * 1000;
const ANSWER_MILLISECONDS = 3_000;

const refreshUserProfile = defineCall(
  "refresh_user_profile",
  z.enum(["refreshed", "ended", "wrong_subject", "user_blocked"]),
  ["p_upstream_issuer", "p_email"],
);

/** What the profile is read and stored with. */
export interface ProfileDependencies extends FetchDependencies {
  database: Database;
  log: Log;
}

/**
 * Reads and stores the profile, if it is old and the config has identities.
 *
 * If tenants share an issuer, userinfo does not name the tenant. Then the profile stays as the login read it.
 */
export async function refreshProfile(
  upstream: Upstream,
  lease: { profile_refreshed_at: string | null },
  grant: UpstreamGrant,
  upstreamTokenId: string,
  dependencies: ProfileDependencies,
): Promise<void> {
  const readAt = lease.profile_refreshed_at === null ? 0 : Date.parse(lease.profile_refreshed_at);
  const namesUser = upstream.config.identity_source !== "none" && !isTemplate(upstream.server.issuer);
  if (!namesUser || dependencies.now() - readAt < FRESH_MILLISECONDS) {
    return;
  }
  try {
    const { identity } = await readIdentity(upstream, grant, answerSoon(dependencies));
    if (identity.subject === null || identity.profile === null) {
      return;
    }
    await refreshUserProfile(dependencies.database, {
      p_upstream_token_id: upstreamTokenId,
      p_upstream_issuer: identity.issuer,
      p_upstream_sub: identity.subject,
      p_email: identity.email,
      p_email_verified: identity.emailVerified,
      p_profile: identity.profile,
    });
  } catch (thrown) {
    logFault(
      dependencies.log,
      { requestId: findRequestId() ?? "", endpoint: "mcp", step: "profile_refresh" },
      thrown,
    );
  }
}

/** The same dependencies, with a shorter time limit for the provider. */
function answerSoon(dependencies: ProfileDependencies): ProfileDependencies {
  const signal = AbortSignal.timeout(ANSWER_MILLISECONDS);
  return { ...dependencies, safeFetch: (url, init) => dependencies.safeFetch(url, { ...init, signal }) };
}
