/**
 * Who logged in: a decision about what the upstream said.
 *
 * Claims of the validated id_token come first, the userinfo document fills in.
 * An address and whether it is verified always come from the same place.
 *
 * @module
 */

import { isStorable } from "./profile.ts";

/** The person of a login, in the form that `complete_authorization` takes. */
export interface UpstreamIdentity {
  /** Null for an upstream without an issuer. */
  issuer: string | null;
  /** Null only if the config says that it has no identities. */
  subject: string | null;
  email: string | null;
  emailVerified: boolean;
  /** Everything the upstream said of the person; null when it said nothing. */
  profile: Record<string, unknown> | null;
  /** When the person last authenticated at the upstream, if it says so. */
  authTime: Date | null;
}

/** What the upstream said. */
export interface UpstreamStatements {
  issuer: string | null;
  /** The name of the claim in userinfo, or the path to it with dots between its names. */
  subjectClaim: string;
  idTokenClaims: Record<string, unknown> | null;
  userinfo: Record<string, unknown> | undefined;
  /** The answer of an endpoint that lists addresses, where the config names one. */
  emails: unknown;
}

/** Claims that speak of the token, not of the person. */
const TOKEN_CLAIMS = new Set([
  "iss",
  "aud",
  "exp",
  "iat",
  "nbf",
  "jti",
  "nonce",
  "azp",
  "at_hash",
  "c_hash",
  "s_hash",
  "sid",
  "auth_time",
  "acr",
  "amr",
]);

/** Decides who logged in. */
export function decideIdentity(statements: UpstreamStatements): UpstreamIdentity {
  const { idTokenClaims, userinfo, subjectClaim } = statements;
  const claims = { ...userinfo, ...idTokenClaims };
  const profile = Object.fromEntries(Object.entries(claims).filter(([name]) => !TOKEN_CLAIMS.has(name)));
  const address = findListedAddress(statements.emails) ?? findAddress(idTokenClaims) ?? findAddress(userinfo);
  return {
    issuer: statements.issuer,
    subject: toSubject(idTokenClaims?.["sub"] ?? findMember(claims, subjectClaim)),
    email: address?.email ?? null,
    emailVerified: address?.verified ?? false,
    profile: Object.keys(profile).length > 0 ? profile : null,
    authTime: toDate(idTokenClaims?.["auth_time"]),
  };
}

/** The member of that name, even if the name has a dot, or the one at the end of a path. */
function findMember(claims: Record<string, unknown>, path: string): unknown {
  if (Object.hasOwn(claims, path)) {
    return claims[path];
  }
  return path.split(".").reduce<unknown>(
    (value, name) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, name)
        ? (value as Record<string, unknown>)[name]
        : undefined,
    claims,
  );
}

/** A time of this age; undefined seconds, or so many that no date holds them, are none. */
function toDate(seconds: unknown): Date | null {
  return typeof seconds === "number" && seconds >= 0 && seconds < MAX_SECONDS
    ? new Date(seconds * 1000)
    : null;
}

/** The year 3000. */
const MAX_SECONDS = 32_503_680_000;

/** Some providers number their users; a number stands for its decimal text. */
function toSubject(claim: unknown): string | null {
  if (typeof claim === "number" && Number.isSafeInteger(claim)) {
    return String(claim);
  }
  return typeof claim === "string" && claim !== "" ? claim : null;
}

interface Address {
  email: string;
  verified: boolean;
}

function findAddress(claims: Record<string, unknown> | null | undefined): Address | undefined {
  const email = claims?.["email"];
  if (!isAddress(email)) {
    return undefined;
  }
  // Cognito sends the text. Every other value means: not verified.
  const verified = claims?.["email_verified"];
  return { email, verified: verified === true || verified === "true" };
}

/** The primary entry of a list such as GitHub's `/user/emails`. */
function findListedAddress(emails: unknown): Address | undefined {
  if (!Array.isArray(emails)) {
    return undefined;
  }
  const primary: unknown = emails.find((entry) => (entry as { primary?: unknown } | null)?.primary === true);
  const { email, verified } = (primary ?? {}) as { email?: unknown; verified?: unknown };
  return isAddress(email) ? { email, verified: verified === true } : undefined;
}

/** Long enough to hold an address, short enough to be one (RFC 5321 §4.5.3.1). */
function isAddress(value: unknown): value is string {
  return typeof value === "string" && value.length <= 320 && isStorable(value) &&
    /^[^\s@]+@[^\s@]+$/.test(value);
}
