/**
 * The cookie that binds one login to the browser that approved it.
 *
 * Each login has a cookie of its own, so that two tabs do not disturb each
 * other. The prefix `__Host-` prevents other hosts of the same site from
 * setting the cookie. Plain http, which only loopback uses, cannot have it.
 *
 * @module
 */

/** As long as an authorization session lives. */
const MAX_AGE_SECONDS = 600;

/** The `Set-Cookie` that binds a login to this browser. */
export function bindBrowser(publicUrl: string, stateHash: string, secret: string): string {
  return `${cookieName(publicUrl, stateHash)}=${secret}; ${
    attributes(
      publicUrl,
    )
  }; Max-Age=${MAX_AGE_SECONDS}`;
}

/** The `Set-Cookie` that ends the binding. */
export function releaseBrowser(publicUrl: string, stateHash: string): string {
  return `${cookieName(publicUrl, stateHash)}=; ${attributes(publicUrl)}; Max-Age=0`;
}

/** The secret that this browser holds for a login, if it holds one. */
export function findBrowserSecret(
  request: Request,
  publicUrl: string,
  stateHash: string,
): string | undefined {
  const prefix = `${cookieName(publicUrl, stateHash)}=`;
  return (request.headers.get("Cookie") ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(prefix))
    ?.slice(prefix.length);
}

function cookieName(publicUrl: string, stateHash: string): string {
  return `${isSecure(publicUrl) ? "__Host-" : ""}gatepost-${stateHash.slice(0, 16)}`;
}

function attributes(publicUrl: string): string {
  return `Path=/; HttpOnly; SameSite=Lax${isSecure(publicUrl) ? "; Secure" : ""}`;
}

function isSecure(publicUrl: string): boolean {
  return publicUrl.startsWith("https:");
}
