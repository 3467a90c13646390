/**
 * Resource indicators (RFC 8707), compared as clients write them.
 *
 * People paste the URL of a server with a query, a slash at its end or a
 * default port, and clients send what was pasted. Such a spelling names the
 * same server; the path, any other port and a fragment are exact. Tokens
 * carry the server's own spelling, whichever was asked for.
 *
 * @module
 */

import { OAuthError } from "../errors.ts";

/** Checks that every resource that was asked for is the server's, or throws `invalid_target`. */
export function checkResources(asked: readonly string[], resource: string): void {
  if (asked.some((candidate) => normalizeResource(candidate) !== normalizeResource(resource))) {
    throw new OAuthError(
      "invalid_target",
      "Cannot grant access: the resource is not the one this server protects",
      { reason: "wrong_resource" },
    );
  }
}

/**
 * A resource in the one spelling it is compared in, or the text itself where that can name no server.
 *
 * The table `mcp_servers` holds resources in this spelling only.
 */
export function normalizeResource(resource: string): string {
  if (!URL.canParse(resource)) {
    return resource;
  }
  const url = new URL(resource);
  if (url.hash || url.username || url.password) {
    return resource;
  }
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/$/, "")}`;
}
