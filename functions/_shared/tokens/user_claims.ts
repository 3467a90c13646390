/**
 * What a client learns of an end user (OpenID Connect Core §5.4).
 *
 * The subject is always ours, never the upstream's. Of the profile only the
 * standard claims go out: what else an upstream says stays in the dashboard.
 *
 * @module
 */

/** An end user, as SQL returns it. */
export interface EndUser {
  /** The `mcpu_` id. */
  subject: string;
  email: string | null;
  emailVerified: boolean;
  profile: Record<string, unknown>;
}

/** The claims that the scope `profile` opens, where the upstream tells them. */
export const PROFILE_CLAIMS = [
  "name",
  "given_name",
  "family_name",
  "middle_name",
  "nickname",
  "preferred_username",
  "picture",
  "website",
  "locale",
  "zoneinfo",
];

/** Builds the claims that the scopes open. */
export function describeUser(user: EndUser, scopes: readonly string[]): Record<string, unknown> {
  const profile = scopes.includes("profile")
    ? PROFILE_CLAIMS.filter((claim) => typeof user.profile[claim] === "string").map((claim) => [
      claim,
      user.profile[claim],
    ])
    : [];
  const address = scopes.includes("email") && user.email !== null
    ? { email: user.email, email_verified: user.emailVerified }
    : {};
  return { sub: user.subject, ...address, ...Object.fromEntries(profile) };
}
