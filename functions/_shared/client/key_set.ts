/**
 * The public keys of a client, as it publishes them (RFC 7517 §5).
 *
 * A key that is odd, of a kind that is not used, or equal to another does no
 * harm to the one beside it. A key that comes with its private half proves
 * nothing any more, and is left out. Whether a key verifies anything is found
 * out where it is used.
 *
 * @module
 */

import { isJsonObject } from "../http/body.ts";

/** A public key, with the members that are of use here and no other. */
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

/** Parses a key set, without what cannot verify a signature; `undefined` for what is none. */
export function parseKeySet(value: unknown): KeySet | undefined {
  if (!isJsonObject(value) || !Array.isArray(value["keys"])) {
    return undefined;
  }
  const keys = value["keys"].slice(0, MAX_KEYS).map(parseKey);
  return { keys: keys.filter((key) => key !== undefined) };
}

function parseKey(value: unknown): PublicKey | undefined {
  if (!isJsonObject(value) || PRIVATE_MEMBERS.some((name) => name in value)) {
    return undefined;
  }
  const key = Object.fromEntries(
    MEMBERS.map((name) => [name, value[name]]).filter(([, member]) => isPlainText(member)),
  ) as unknown as PublicKey;
  return KINDS.includes(key.kty) && (key.use === undefined || key.use === "sig") ? key : undefined;
}

/** A text that can be stored: a key's id may be any, and PostgreSQL stores neither a NUL nor half a character. */
function isPlainText(member: unknown): member is string {
  return (
    typeof member === "string" &&
    member.length <= MAX_MEMBER_LENGTH &&
    member.isWellFormed() &&
    !member.includes("\0")
  );
}
