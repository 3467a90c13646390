/**
 * The public keys of a client, as it publishes them (RFC 7517 §5).
 *
 * Keys that are malformed, not of a used kind or equal to another key are left
 * out, and the other keys are kept. A key with its private half is left out,
 * too: it proves nothing, because everybody can sign with it. Whether a key can
 * verify a signature is found out when it is used.
 *
 * @module
 */

import { isJsonObject } from "../http/body.ts";

/** A public key, with the members that are used here only. */
export type PublicKey = {
  kty: "RSA" | "EC" | "OKP";
  kid?: string;
  alg?: string;
  use?: string;
  crv?: string;
  x?: string;
  y?: string;
  n?: string;
  e?: string;
};

/** A set of them. */
export type KeySet = { keys: PublicKey[] };

const MAX_KEYS = 50;
/** An RSA modulus of 16,384 bits in base64url. */
const MAX_MEMBER_LENGTH = 2731;
const MEMBERS = ["kty", "kid", "alg", "use", "crv", "x", "y", "n", "e"] as const;
const KINDS = ["RSA", "EC", "OKP"];
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "k"];

/** Parses a key set, without keys that cannot verify a signature; `undefined` for anything else. */
export function parseKeySet(value: unknown): KeySet | undefined {
  if (!isJsonObject(value) || !Array.isArray(value["keys"])) {
    return undefined;
  }
  const keys = value["keys"].slice(0, MAX_KEYS).map(parseKey);
  return { keys: keys.filter((key) => key !== undefined) };
}

function parseKey(value: unknown): PublicKey | undefined {
  if (!isJsonObject(value) || PRIVATE_MEMBERS.some((name) => Object.hasOwn(value, name))) {
    return undefined;
  }
  const key = Object.fromEntries(
    MEMBERS.map((name) => [name, value[name]]).filter(([, member]) => isPlainText(member)),
  ) as unknown as PublicKey;
  return KINDS.includes(key.kty) && (key.use === undefined || key.use === "sig") ? key : undefined;
}

/** A text that can be stored. A key's id can be any text, and PostgreSQL stores neither a NUL nor half a character. */
function isPlainText(member: unknown): member is string {
  return (
    typeof member === "string" &&
    member.length <= MAX_MEMBER_LENGTH &&
    member.isWellFormed() &&
    !member.includes("\0")
  );
}
