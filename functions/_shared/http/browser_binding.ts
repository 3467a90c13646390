/**
 * The cookie that binds one login to the browser that approved it.
 *
 * Each login has a cookie of its own, so that two tabs do not disturb each
 * other.
 *
 * @module
 */

import { buildCookie, findCookie } from "./cookie.ts";

/** As long as an authorization session lives. */
const MAX_AGE_SECONDS = 600;

/** The `Set-Cookie` that binds a login to this browser. */
export function bindBrowser(publicUrl: string, stateHash: string, secret: string): string {
  return buildCookie(publicUrl, nameOf(stateHash), secret, MAX_AGE_SECONDS);
}

/** The `Set-Cookie` that ends the binding. */
export function releaseBrowser(publicUrl: string, stateHash: string): string {
  return buildCookie(publicUrl, nameOf(stateHash), "", 0);
}

/** The secret that this browser holds for a login, if it holds one. */
export function findBrowserSecret(
  request: Request,
  publicUrl: string,
  stateHash: string,
): string | undefined {
  return findCookie(request, publicUrl, nameOf(stateHash));
}

function nameOf(stateHash: string): string {
  return stateHash.slice(0, 16);
}
