/**
 * Reading who logged in: from the id_token, then from userinfo. It is nobody if the config says so.
 *
 * If a validated id_token names the user, userinfo only adds to it. Then it may
 * fail in any way except one: it must not have another subject.
 *
 * @module
 */

import { OAuthError } from "../errors.ts";
import { fetchEmails, fetchUserinfo } from "./claims.ts";
import { refused } from "./failure.ts";
import type { UpstreamFailureDetail, UpstreamProblem } from "./failure_detail.ts";
import type { Claims } from "./id_token.ts";
import { decideIdentity, type UpstreamIdentity } from "./identity.ts";
import { isStorable, toProfile } from "./profile.ts";
import { isTemplate } from "./tenant.ts";
import type { FetchDependencies, Upstream, UpstreamGrant } from "./upstream.ts";

/** An identity, and which part of it could not be read. */
export interface IdentityReading {
  identity: UpstreamIdentity;
  /** Why a source that only adds was left out. */
  omitted: UpstreamFailureDetail | null;
}

/** As many as the identity's key takes. */
const MAX_SUBJECT_CHARACTERS = 255;

/**
 * Reads the identity behind a grant.
 *
 * @throws {OAuthError} `server_error` when the config has identities and the upstream names none that can be kept.
 */
export async function readIdentity(
  upstream: Upstream,
  grant: UpstreamGrant,
  dependencies: FetchDependencies,
): Promise<IdentityReading> {
  const { config } = upstream;
  const namesUser = config.identity_source !== "none";
  const userinfo = namesUser ? await readUserinfo(upstream, grant, dependencies) : NOTHING;
  const emails = namesUser ? await readEmails(upstream, grant, dependencies) : NOTHING;
  const identity = decideIdentity({
    issuer: findIdentityIssuer(upstream, grant),
    subjectClaim: config.identity_source === "openid" ? "sub" : config.subject_claim,
    idTokenClaims: grant.idTokenClaims,
    userinfo: userinfo.said,
    emails: emails.said,
  });
  if (namesUser) {
    checkSubject(identity.subject);
  }
  const profile = identity.profile && toProfile(identity.profile);
  return {
    identity: { ...identity, profile: profile?.members ?? null },
    omitted: userinfo.omitted ?? emails.omitted ??
      (profile?.isTrimmed ? describe("userinfo", "profile", "too_large") : null),
  };
}

interface Reading<Said> {
  said: Said | undefined;
  omitted: UpstreamFailureDetail | null;
}

const NOTHING: Reading<never> = { said: undefined, omitted: null };

async function readUserinfo(
  upstream: Upstream,
  { accessToken, idTokenClaims }: UpstreamGrant,
  dependencies: FetchDependencies,
): Promise<Reading<Claims>> {
  if (idTokenClaims === null) {
    return { said: await fetchUserinfo(upstream, accessToken, dependencies), omitted: null };
  }
  const { said, omitted } = await leaveOutFailure(() => fetchUserinfo(upstream, accessToken, dependencies));
  if (said === undefined) {
    return { said, omitted };
  }
  const { sub } = said;
  if (typeof sub !== "string" && typeof sub !== "number") {
    const problem = sub === undefined || sub === null ? "missing" : "malformed";
    return { said: undefined, omitted: describe("userinfo", "sub", problem) };
  }
  if (String(sub) !== idTokenClaims["sub"]) {
    throw refused("upstream_untrusted", undefined, describe("userinfo", "sub", "mismatch"));
  }
  return { said, omitted: null };
}

/** Addresses add to a user who is named already. Only trouble of the moment is an error: an address may link a new user. */
async function readEmails(
  { config }: Upstream,
  { accessToken }: UpstreamGrant,
  dependencies: FetchDependencies,
): Promise<Reading<unknown>> {
  const { emails_endpoint: url } = config;
  return url === null
    ? NOTHING
    : await leaveOutFailure(() => fetchEmails(url, accessToken, dependencies), isRefusal);
}

function isRefusal({ code }: OAuthError): boolean {
  return code !== "temporarily_unavailable";
}

async function leaveOutFailure<Said>(
  read: () => Promise<Said | undefined>,
  mayLeaveOut: (error: OAuthError) => boolean = () => true,
): Promise<Reading<Said>> {
  try {
    return { said: await read(), omitted: null };
  } catch (error) {
    if (error instanceof OAuthError && error.detail !== undefined && mayLeaveOut(error)) {
      return { said: undefined, omitted: error.detail as UpstreamFailureDetail };
    }
    throw error;
  }
}

/** The issuer of an identity. If many tenants share a document, it is the one that the id_token names. */
function findIdentityIssuer({ config, server }: Upstream, { idTokenClaims }: UpstreamGrant): string | null {
  if (config.identity_source !== "openid") {
    return config.issuer;
  }
  const issuer = idTokenClaims?.["iss"] ?? server.issuer;
  return typeof issuer === "string" && !isTemplate(issuer) ? issuer : null;
}

/** A subject is never cleaned: two subjects that differ only in the removed part would be one person. */
function checkSubject(subject: string | null): void {
  if (subject === null) {
    throw refusedSubject("subject_missing", "missing");
  }
  if (!isStorable(subject)) {
    throw refusedSubject("subject_malformed", "malformed");
  }
  if ([...subject].length > MAX_SUBJECT_CHARACTERS) {
    throw refusedSubject("subject_too_long", "too_large");
  }
}

function refusedSubject(reason: string, problem: UpstreamProblem): OAuthError {
  return new OAuthError("server_error", "Cannot log in: the provider does not say who logged in", {
    reason,
    detail: describe("userinfo", "subject_claim", problem),
  });
}

function describe(
  step: UpstreamFailureDetail["step"],
  member: UpstreamFailureDetail["member"],
  problem: UpstreamProblem,
): UpstreamFailureDetail {
  return { step, status: null, error_code: null, member, problem };
}
