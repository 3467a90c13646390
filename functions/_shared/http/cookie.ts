/**
 * Cookies for the pages of this origin.
 *
 * The prefix `__Host-` prevents other hosts of the same site from setting the
 * cookie. Plain http, which only loopback uses, cannot have it. `Lax`, because the
 * browser comes back from a provider's site; whoever acts on a cookie checks the
 * method and `isOwnPage`.
 *
 * @module
 */

/** The `Set-Cookie` of a cookie that lives for `seconds`. Zero deletes it. */
export function buildCookie(publicUrl: string, name: string, value: string, seconds: number): string {
  const secure = isSecure(publicUrl) ? "; Secure" : "";
  return `${
    cookieName(publicUrl, name)
  }=${value}; Path=/; HttpOnly; SameSite=Lax${secure}; Max-Age=${seconds}`;
}

/** The value of a cookie, if the browser sent it. */
export function findCookie(request: Request, publicUrl: string, name: string): string | undefined {
  const prefix = `${cookieName(publicUrl, name)}=`;
  return (request.headers.get("Cookie") ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(prefix))
    ?.slice(prefix.length);
}

function cookieName(publicUrl: string, name: string): string {
  return `${isSecure(publicUrl) ? "__Host-" : ""}gatepost-${name}`;
}

function isSecure(publicUrl: string): boolean {
  return publicUrl.startsWith("https:");
}
