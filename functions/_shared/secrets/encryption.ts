/**
 * Secrets at rest: JWE compact (RFC 7516), `dir` with A256GCM.
 *
 * Every ciphertext says in its protected header which key sealed it (`kid`)
 * and what for (`typ`), and opens for that purpose alone, so that one cannot be
 * moved into another column. Several keys can be in use: the first seals, all
 * open. A text sealed under an older key is reported as stale; whoever stores
 * it seals it again.
 *
 * @module
 */

import * as base64url from "jose/base64url";
import { decodeProtectedHeader } from "jose/decode/protected_header";
import { compactDecrypt } from "jose/jwe/compact/decrypt";
import { CompactEncrypt } from "jose/jwe/compact/encrypt";
import * as z from "zod/mini";

/** What a ciphertext is for. */
export type Purpose =
  | `config-secret of ${string}`
  | "upstream-token"
  | "consent-form"
  | "authorization-request";

/** An organization's client secrets, or the platform's: sealed for it alone, so that no other can put them to use. */
export function configSecretOf(organizationId: string | null): Purpose {
  return `config-secret of ${organizationId ?? "the platform"}`;
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

/** Seals a text for one purpose under the first key. */
export async function sealSecret(
  text: string,
  purpose: Purpose,
  { sealing, keys }: EncryptionKeys,
): Promise<string> {
  return await encrypt(text, { kid: sealing, typ: purpose }, keys.get(sealing)!);
}

/** A ciphertext that cannot be opened. Nothing mends it but the key that is gone. */
export class UnreadableSecret extends Error {
  override readonly name = "UnreadableSecret";
  /** Slug: its key is not configured any more, or it is not what was sealed. */
  readonly reason: "key_gone" | "not_genuine";

  constructor(reason: "key_gone" | "not_genuine", message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

/**
 * Opens a text that was sealed for this purpose.
 *
 * @throws {UnreadableSecret} when it was sealed for another, was altered, or its key is gone
 */
export async function openSecret(
  ciphertext: string,
  purpose: Purpose,
  { sealing, keys }: EncryptionKeys,
): Promise<OpenedSecret> {
  const { kid, typ } = readHeader(ciphertext);
  const key = keys.get(String(kid));
  if (!key) {
    throw new UnreadableSecret(
      "key_gone",
      "Cannot open ciphertext: its key is not among GATEPOST_ENCRYPTION_KEYS",
    );
  }
  if (typ !== purpose) {
    throw new UnreadableSecret("not_genuine", "Cannot open ciphertext: it was sealed for another purpose");
  }
  const text = await decrypt(ciphertext, key).catch((cause: unknown) => {
    throw new UnreadableSecret("not_genuine", "Cannot open ciphertext: it was altered", cause);
  });
  return { text, stale: kid !== sealing };
}

function readHeader(ciphertext: string): { kid?: unknown; typ?: unknown } {
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
 * SHA-256 of the token, and nobody can compute this key from that.
 */
export async function sealUnderToken(text: string, token: string): Promise<string> {
  return await encrypt(text, { typ: "successor" }, await deriveKey(token));
}

/** Opens what `sealUnderToken` sealed with the same token. */
export async function openUnderToken(ciphertext: string, token: string): Promise<string> {
  return await decrypt(ciphertext, await deriveKey(token));
}

async function encrypt(
  text: string,
  header: { kid?: string; typ: string },
  key: Uint8Array,
): Promise<string> {
  return await new CompactEncrypt(new TextEncoder().encode(text))
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", ...header })
    .encrypt(key);
}

async function decrypt(ciphertext: string, key: Uint8Array): Promise<string> {
  const { plaintext } = await compactDecrypt(ciphertext, key, {
    keyManagementAlgorithms: ["dir"],
    contentEncryptionAlgorithms: ["A256GCM"],
  });
  return new TextDecoder().decode(plaintext);
}

async function deriveKey(token: string): Promise<Uint8Array> {
  const encoder = new TextEncoder();
  const material = await crypto.subtle.importKey("raw", encoder.encode(token), "HKDF", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits(
    {
      name: "HKDF",
      hash: "SHA-256",
      salt: new Uint8Array(),
      info: encoder.encode("gatepost refresh successor"),
    },
    material,
    256,
  );
  return new Uint8Array(bits);
}
