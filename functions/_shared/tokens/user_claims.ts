/**
 * The claims of an end user that a client gets (OpenID Connect Core §5.4).
 *
 * The subject is always Gatepost's, never the provider's. Of the profile the
 * client gets the standard claims only. The dashboard shows the others.
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

/** The claims that the scope `profile` grants, if the provider sent them. */
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

/** Builds the claims that the scopes grant. */
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
