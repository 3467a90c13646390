/**
 * Which server and which path below the function a request is for.
 *
 * The platform hands a function the path `/<function>/…`; the public prefix,
 * where a proxy leaves it in place, is cut off, and so is one slash at the end:
 * people type it, and it names nothing else.
 *
 * @module
 */

import { OAuthError } from "../errors.ts";

const SLUG = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The path below the function, split at slashes: `/oauth/demo/x` is `["demo", "x"]` for `oauth`.
 *
 * A `.well-known` path at the root of an origin belongs to `oauth`: a proxy may pass it on without a change.
 */
export function readPath(request: Request, functionName: string): string[] {
  const segments = new URL(request.url).pathname.replace(/\/$/, "").split("/").slice(1);
  if (functionName === "oauth" && segments[0] === ".well-known") {
    return segments;
  }
  const start = segments[0] === "functions" && segments[1] === "v1" ? 2 : 0;
  if (segments[start] !== functionName) {
    throw notFound();
  }
  return segments.slice(start + 1);
}

/** Reads the slug of a path that has nothing else. */
export function readSlug(path: string[]): string {
  const [slug, ...rest] = path;
  if (slug === undefined || !isSlug(slug) || rest.length > 0) {
    throw notFound();
  }
  return slug;
}

/** Whether a text is a slug: a lower-case DNS label. */
export function isSlug(text: string): boolean {
  return SLUG.test(text);
}

/** The answer for every path that nothing is served at. */
export function notFound(): OAuthError {
  return new OAuthError("not_found", "Cannot find this page: nothing is served at this address");
}

/** The answer for a slug that no enabled server has. */
export function unknownServer(): OAuthError {
  return new OAuthError("not_found", "Cannot find server: no MCP server is served at this address", {
    reason: "unknown_server",
  });
}
