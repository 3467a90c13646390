/**
 * The `Origin` of a call (Streamable HTTP: servers must validate it).
 *
 * A call has its token in a header, and a page can send that only if it knows
 * the token. So every real origin may call. Refused is what is not a real
 * origin: `null`, a URL with a path, another scheme, http not from loopback.
 *
 * @module
 */

import { OAuthError } from "../../_shared/errors.ts";
import { isLoopbackHost } from "../../_shared/urls.ts";

/** Checks the `Origin` header, where there is one. */
export function checkOrigin(request: Request): void {
  const origin = request.headers.get("Origin");
  if (origin === null) {
    return;
  }
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  const honest = url?.origin === origin &&
    (url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname)));
  if (!honest) {
    throw new OAuthError("forbidden", "Cannot call this server: the origin is not allowed", {
      reason: "origin_refused",
    });
  }
}
