/**
 * Reading who stands behind an upstream grant: the id_token, then userinfo, then nobody where the config says so.
 *
 * @module
 */

import { OAuthError } from "../errors.ts";
import { decideIdentity, type UpstreamIdentity } from "./identity.ts";
import type { FetchDependencies, Upstream, UpstreamGrant } from "./upstream.ts";
import { fetchEmails, fetchUserinfo } from "./claims.ts";

/**
 * Reads the identity behind a grant.
 *
 * @throws {OAuthError} `server_error` when the config has identities and the upstream names none.
 */
export async function readIdentity(
  upstream: Upstream,
  grant: UpstreamGrant,
  dependencies: FetchDependencies,
): Promise<UpstreamIdentity> {
  const { config, server } = upstream;
  const namesUser = config.identity_source !== "none";
  const subject = grant.idTokenClaims?.["sub"];
  const identity = decideIdentity({
    issuer: config.identity_source === "openid" ? server.issuer : config.issuer,
    subjectClaim: config.subject_claim,
    idTokenClaims: grant.idTokenClaims,
    userinfo: namesUser
      ? await fetchUserinfo(upstream, grant.accessToken, subject as string | undefined, dependencies)
      : undefined,
    emails: namesUser && config.emails_endpoint
      ? await fetchEmails(upstream, grant.accessToken, dependencies)
      : undefined,
  });
  if (namesUser && identity.subject === null) {
    throw new OAuthError("server_error", "Cannot log in: the provider does not say who logged in", {
      reason: "subject_missing",
    });
  }
  return identity;
}
