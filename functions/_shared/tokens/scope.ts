/**
 * Scopes (RFC 6749 §3.3).
 *
 * @module
 */

/** The scopes of a space-separated list, each once. */
export function parseScope(scope: string | undefined): string[] {
  return [...new Set((scope ?? "").split(" ").filter((token) => token !== ""))];
}

/**
 * What is granted: the asked-for scopes that are supported, or all of them when none was asked for.
 *
 * Unsupported scopes are left out and not refused: clients ask for more than a
 * server supports, and then read which scopes they got.
 */
export function grantScope(asked: string | undefined, supported: readonly string[]): string {
  const wanted = parseScope(asked);
  return (wanted.length === 0 ? supported : wanted.filter((token) => supported.includes(token))).join(" ");
}
