/**
 * Secrets at rest: JWE compact (RFC 7516), `dir` with A256GCM.
 *
 * Every ciphertext says in its protected header which key sealed it (`kid`), what
 * for (`typ`), for which organization (`org`) and for which row (`row`). The header
 * is authenticated with the text, and whoever opens it says what it must be. So a
 * ciphertext that is copied into another column, row or organization does not open.
 * `supabase/README.md` describes the format for services that seal themselves.
 *
 * Several keys can be in use: the first seals, all open. A text sealed under an
 * older key is reported as stale; whoever stores it seals it again.
 *
 * @module
 */

import { hkdfSync } from "node:crypto";
import * as base64url from "jose/base64url";
import { decodeProtectedHeader } from "jose/decode/protected_header";
import { compactDecrypt } from "jose/jwe/compact/decrypt";
import { CompactEncrypt } from "jose/jwe/compact/encrypt";
import type { CompactJWEHeaderParameters } from "jose";
import * as z from "zod/mini";

/** What a ciphertext is for. */
export type Purpose = "config-secret" | "upstream-token" | "consent-form" | "authorization-request";

/** Where a ciphertext belongs. It opens there and nowhere else. */
export interface SealedPlace {
  purpose: Purpose;
  /** Null for the platform's own, and for a form that is opened before its organization is known. */
  organizationId: string | null;
  /** The row's id, or what names it before it has one. */
  row: string;
}

/** The place of a config's client secret. */
export function configSecretOf(config: { id: string; organization_id: string | null }): SealedPlace {
  return { purpose: "config-secret", organizationId: config.organization_id, row: config.id };
}

/** The place of the tokens of a vault entry, which a `uoat_` id names. A borrowed refresh token stands in the lender's entry. */
export function upstreamTokenOf(organizationId: string, upstreamTokenId: string): SealedPlace {
  return { purpose: "upstream-token", organizationId, row: upstreamTokenId };
}

/** The place of a login under way, whose row is found by the hash of its state. */
export function authorizationRequestOf(organizationId: string, stateHash: string): SealedPlace {
  return { purpose: "authorization-request", organizationId, row: stateHash };
}

/**
 * The place of a consent form, which stands in a page and not in a row: its server's slug.
 *
 * A slug belongs to one organization for good, which is not known before the form is opened.
 */
export function consentFormOf(slug: string): SealedPlace {
  return { purpose: "consent-form", organizationId: null, row: slug };
}

/** The keys by id, and the one that seals. */
export interface EncryptionKeys {
  sealing: string;
  keys: Map<string, Uint8Array>;
}

/** An opened text. */
export interface OpenedSecret {
  text: string;
  /** Whether it was sealed under another key than the one that seals now. */
  stale: boolean;
}

const keySetSchema = z.object({
  keys: z.array(z.object({ kty: z.literal("oct"), kid: z.string(), k: z.string() })).check(z.minLength(1)),
});

/** Parses `GATEPOST_ENCRYPTION_KEYS`, a JWKS of `oct` keys of 256 bits, or throws a sentence that says what to do. */
export function parseEncryptionKeys(json: string): EncryptionKeys {
  const malformed = new Error(
    "Cannot start: GATEPOST_ENCRYPTION_KEYS is not a JWKS of 256-bit oct keys; run `deno task keys` for one",
  );
  let entries: [kid: string, key: Uint8Array][];
  try {
    entries = z.parse(keySetSchema, JSON.parse(json)).keys.map(({ kid, k }) => [kid, base64url.decode(k)]);
  } catch {
    throw malformed;
  }
  const keys = new Map(entries);
  const sealing = entries[0]?.[0];
  if (
    sealing === undefined ||
    keys.size !== entries.length ||
    [...keys.values()].some((key) => key.length !== 32)
  ) {
    throw malformed;
  }
  return { sealing, keys };
}

/** Seals a text for one place under the first key. */
export async function sealSecret(
  text: string,
  place: SealedPlace,
  { sealing, keys }: EncryptionKeys,
): Promise<string> {
  return await encrypt(text, { kid: sealing, ...toHeader(place) }, keys.get(sealing)!);
}

/** A ciphertext that cannot be opened. Nothing mends it but the key that is gone. */
export class UnreadableSecret extends Error {
  override readonly name = "UnreadableSecret";
  /** Slug: its key is not configured any more, it is not what was sealed, or it was sealed for another place. */
  readonly reason: "key_gone" | "not_genuine" | "moved";

  constructor(reason: UnreadableSecret["reason"], message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

/**
 * Opens a text that was sealed for this place.
 *
 * @throws {UnreadableSecret} when it was sealed for another, was altered, or its key is gone
 */
export async function openSecret(
  ciphertext: string,
  place: SealedPlace,
  { sealing, keys }: EncryptionKeys,
): Promise<OpenedSecret> {
  const { kid } = readHeader(ciphertext);
  const key = keys.get(String(kid));
  if (!key) {
    throw new UnreadableSecret(
      "key_gone",
      "Cannot open ciphertext: its key is not among GATEPOST_ENCRYPTION_KEYS",
    );
  }
  const { text, header } = await decrypt(ciphertext, key).catch((cause: unknown) => {
    throw new UnreadableSecret("not_genuine", "Cannot open ciphertext: it was altered", cause);
  });
  const { typ, org, row } = toHeader(place);
  if (header.typ !== typ || header["org"] !== org || header["row"] !== row) {
    throw new UnreadableSecret("moved", "Cannot open ciphertext: it was sealed for another place");
  }
  return { text, stale: kid !== sealing };
}

function toHeader({ purpose, organizationId, row }: SealedPlace): PlaceHeader {
  return { typ: purpose, org: organizationId, row };
}

/** The parameters of the protected header that say where a ciphertext belongs. */
interface PlaceHeader {
  typ: Purpose;
  org: string | null;
  row: string;
}

function readHeader(ciphertext: string): { kid?: unknown } {
  try {
    return decodeProtectedHeader(ciphertext);
  } catch (cause) {
    throw new UnreadableSecret("not_genuine", "Cannot open ciphertext: it is none", cause);
  }
}

/**
 * Seals a text so that only the holder of `token` opens it.
 *
 * The key is derived with HKDF-SHA-256 (RFC 5869). The database has the plain
 * SHA-256 of the token, and nobody can compute this key from that. The key binds
 * the text to the one row that has this token, so its header names no place.
 */
export async function sealUnderToken(text: string, token: string): Promise<string> {
  return await encrypt(text, { typ: "successor" }, deriveKey(token));
}

/** Opens what `sealUnderToken` sealed with the same token. */
export async function openUnderToken(ciphertext: string, token: string): Promise<string> {
  return (await decrypt(ciphertext, deriveKey(token))).text;
}

async function encrypt(
  text: string,
  header: { typ: "successor" } | ({ kid: string } & PlaceHeader),
  key: Uint8Array,
): Promise<string> {
  return await new CompactEncrypt(new TextEncoder().encode(text))
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", ...header })
    .encrypt(key);
}

async function decrypt(
  ciphertext: string,
  key: Uint8Array,
): Promise<{ text: string; header: CompactJWEHeaderParameters }> {
  const { plaintext, protectedHeader } = await compactDecrypt(ciphertext, key, {
    keyManagementAlgorithms: ["dir"],
    contentEncryptionAlgorithms: ["A256GCM"],
  });
  return { text: new TextDecoder().decode(plaintext), header: protectedHeader };
}

function deriveKey(token: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", token, "", "gatepost refresh successor", 32));
}
