/**
 * The `Origin` of a call (Streamable HTTP: servers must validate it).
 *
 * Calls carry their token in a header, which no page can add without holding
 * the token, so any honest origin may call. What is refused is an origin that
 * is none: `null`, a path, another scheme, http from anywhere but loopback.
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
