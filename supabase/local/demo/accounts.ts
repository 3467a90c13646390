/**
 * The demo provider's accounts: every user name has one.
 *
 * @module
 */

/** An account in the form that `oidc-provider` expects. */
export interface Account {
  accountId: string;
  claims(): Record<string, string | number | boolean>;
}

/** The account of a user name. */
export function findAccount(_context: unknown, userName: string): Account {
  const [name = userName] = userName.split("@");
  return {
    accountId: userName,
    claims: () => ({
      sub: userName,
      email: userName.includes("@") ? userName : `${userName}@example.com`,
      email_verified: true,
      name: name.charAt(0).toUpperCase() + name.slice(1),
      preferred_username: name,
      picture: `https://example.com/${encodeURIComponent(name)}.png`,
      updated_at: 1_750_000_000,
    }),
  };
}
