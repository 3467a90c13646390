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
 * Unsupported ones are left out, not refused: clients ask for more than a
 * server has, and read what they were granted.
 */
export function grantScope(asked: string | undefined, supported: readonly string[]): string {
  const wanted = parseScope(asked);
  return (wanted.length === 0 ? supported : wanted.filter((token) => supported.includes(token))).join(" ");
}
