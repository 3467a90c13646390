/**
 * Random secrets and their hashes.
 *
 * What stands in the database is SHA-256 in base64url (43 characters). A hash
 * without salt is enough: every secret has at least 128 random bits.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import { nanoid } from "nanoid";

/** A secret of so many characters of `[A-Za-z0-9_-]`, 6 random bits each: 43 are 258 bits, 22 are 132. */
export function randomSecret(characters = 43): string {
  return nanoid(characters);
}

/** The id of a row that is sealed before it is written, of the form that SQL's `new_id` makes. */
export function newRowId(prefix: "coac_" | "uoat_"): string {
  return prefix + randomSecret(12);
}

/**
 * SHA-256 of a text in base64url. Also the S256 code challenge of a verifier (RFC 7636 §4.2).
 *
 * Not by WebCrypto, which hands each digest to another thread: that costs twenty
 * times as much as the hash of so short a text.
 */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

/** Whether two secrets are the same, in a time that tells nothing of where they differ. */
export function isSameSecret(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(secret: string): Uint8Array {
  return createHash("sha256").update(secret).digest();
}
