/**
 * Resource indicators (RFC 8707), compared as clients write them.
 *
 * Scheme and host count without their case, one trailing slash is ignored;
 * everything else is exact.
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

/** A resource in the one spelling it is compared in, or the text itself where it is no URL. */
export function normalizeResource(resource: string): string {
  if (!URL.canParse(resource)) {
    return resource;
  }
  const url = new URL(resource);
  if (url.hash) {
    return resource;
  }
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/$/, "")}${url.search}`;
}
