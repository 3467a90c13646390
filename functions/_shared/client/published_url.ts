/**
 * The URLs at which a client publishes something: which are well-formed, and which can be public.
 *
 * A decision about the text of a URL. The addresses of its host are checked when it is fetched.
 *
 * @module
 */

import { isPublicAddress } from "../http/safe_fetch.ts";

/** Plain characters only, because people see these URLs in consoles and paste them into shells. */
const WEB_URL = /^https?:\/\/[A-Za-z0-9.-]+(:\d+)?([/?][A-Za-z0-9._~/%?&=+,:@-]*)?$/;
const MAX_LENGTH = 2000;

/** Whether a value is the URL of a page or picture, of http or https, in plain characters and without user info. */
export function isWebUrl(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_LENGTH && WEB_URL.test(value);
}

/** Whether a client id is the URL of a metadata document: https, with a path, without user info, fragment or dot segments. */
export function isMetadataDocumentUrl(clientId: string, allowPrivate: boolean): boolean {
  if (clientId.length > MAX_LENGTH || !URL.canParse(clientId)) {
    return false;
  }
  const url = new URL(clientId);
  return (
    hasFetchedScheme(url, allowPrivate) &&
    url.pathname !== "/" &&
    url.href === clientId &&
    !url.username &&
    !url.password &&
    !clientId.includes("#")
  );
}

/** Whether a value is the URL of a key set that may be fetched: https, at a host that may be public. */
export function isKeySetUrl(value: unknown, allowPrivate: boolean): value is string {
  return isWebUrl(value) && hasFetchedScheme(new URL(value), allowPrivate) &&
    (allowPrivate || namesPublicHost(value));
}

/** Whether a URL's host, as it is written, can be public: it is not this computer and not a private address. */
export function namesPublicHost(url: string): boolean {
  const host = new URL(url).hostname;
  const address = host.replace(/^\[|\]$/g, "");
  return !/(^|\.)localhost\.?$/.test(host) && (!isAddress(address) || isPublicAddress(address));
}

function hasFetchedScheme({ protocol }: URL, allowPrivate: boolean): boolean {
  return protocol === "https:" || (allowPrivate && protocol === "http:");
}

/** Whether a host is an IP address. The URL parser has brought every spelling of one into this form. */
function isAddress(host: string): boolean {
  return host.includes(":") || /^[0-9.]+$/.test(host);
}

/** The last two names of a host, on whose account its pages are kept; whoever has a domain can name any number of hosts. */
export function readSite(hostname: string): string {
  return isAddress(hostname) ? hostname : hostname.split(".").slice(-2).join(".");
}
