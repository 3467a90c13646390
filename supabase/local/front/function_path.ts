/**
 * Which function a path of the stack's address leads to, and under which path.
 *
 * Only paths are rewritten, as the proxies of `supabase/origin` do it for a
 * project: what stands at a path is the function's to say.
 *
 * @module
 */

/** What the stack's address is. */
export interface Origin {
  /** Whether the functions stand at its root as well. */
  atRoot: boolean;
  /** The slug of the server that clients reach by paths which name none. */
  defaultServer: string | undefined;
}

const FUNCTIONS_PREFIX = "/functions/v1";

/** Where clients of the MCP revision 2025-03-26 look when they know an origin only. */
const DEFAULT_PATHS = new Map<string, (slug: string) => string>([
  ["/authorize", (slug) => `/oauth-authorize/${slug}`],
  ["/token", (slug) => `/oauth-token/${slug}`],
  ["/register", (slug) => `/oauth-register/${slug}`],
  ...["oauth-authorization-server", "oauth-protected-resource"].map((name) =>
    [`/.well-known/${name}`, (slug: string) => `/oauth/${slug}/.well-known/${name}`] as const
  ),
]);

/** The path as a function sees it; `undefined` where no function is. */
export function findFunctionPath(pathname: string, { atRoot, defaultServer }: Origin): string | undefined {
  if (pathname.startsWith(`${FUNCTIONS_PREFIX}/`)) {
    return pathname.slice(FUNCTIONS_PREFIX.length);
  }
  const toDefault = DEFAULT_PATHS.get(pathname.replace(/\/$/, ""));
  if (toDefault !== undefined && defaultServer !== undefined) {
    return toDefault(defaultServer);
  }
  if (pathname.startsWith("/.well-known/")) {
    return `/oauth${pathname}`;
  }
  return atRoot ? pathname : undefined;
}
