/**
 * Where a request comes from, for the bounds on rows and for nothing else.
 *
 * Only a proxy in front knows the caller's address, and only the deployment
 * knows which header that proxy overwrites. The source is the address's group, a
 * /24 of IPv4 or a /56 of IPv6: a household or an office has that. It leaves this
 * module as a keyed hash, so that no address is stored and none can be found by
 * trying all. No decision about a person's safety depends on it.
 *
 * @module
 */

import ipaddr from "ipaddr.js";
import * as base64url from "jose/base64url";
import type { EncryptionKeys } from "../secrets/encryption.ts";

/** The source of a request; null where it is not known. */
export type FindSource = (request: Request) => Promise<string | null>;

/** Builds the finder. Without a header every caller's source is unknown. */
export function buildFindSource(header: string | undefined, { sealing, keys }: EncryptionKeys): FindSource {
  if (header === undefined) {
    return () => Promise.resolve(null);
  }
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = crypto.subtle.importKey("raw", new Uint8Array(keys.get(sealing)!), algorithm, false, [
    "sign",
  ]);
  return async (request) => {
    const group = findAddressGroup(request.headers.get(header) ?? "");
    if (group === undefined) {
      return null;
    }
    const text = new TextEncoder().encode(`address group ${group}`);
    return base64url.encode(new Uint8Array(await crypto.subtle.sign("HMAC", await imported, text)));
  };
}

/** The group of an address. In a list the last counts: the nearest proxy wrote it, and anybody the ones before. */
export function findAddressGroup(value: string): string | undefined {
  const address = value.split(",").at(-1)!.trim();
  if (!ipaddr.isValid(address) || (!address.includes(":") && !ipaddr.IPv4.isValidFourPartDecimal(address))) {
    return undefined;
  }
  const parsed = ipaddr.process(address);
  const bits = parsed instanceof ipaddr.IPv4 ? 24 : 56;
  const bytes = parsed.toByteArray().slice(0, bits / 8);
  return `${bytes.join(".")}/${bits}`;
}
