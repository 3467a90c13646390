/**
 * Signing keys: the private ones that a function is configured with, and the public halves that are published.
 *
 * Several projects behind one origin ("cells") publish one set of keys. Each has
 * its own private keys and, behind them, the public keys of the others. Those
 * are published only: a token that another project signed is not accepted here,
 * because this project's database knows nothing of its login or its revocation.
 *
 * `oauth-jwks` loads this and no schema library, which would be most of its
 * cold start.
 *
 * @module
 */

import type { JSONWebKeySet, JWK } from "jose";
import { createLocalJWKSet } from "jose/jwks/local";
import { importJWK } from "jose/key/import";

/** The key that signs, the keys that verify, and those that are published. */
export interface SigningKeys {
  kid: string;
  privateKey: CryptoKey;
  /** What `oauth-jwks` publishes. */
  publicKeys: JSONWebKeySet;
  /** Finds the key that a JWT of this project names: the public half of one of its private keys. */
  findPublicKey: ReturnType<typeof createLocalJWKSet>;
}

/** The algorithm of every JWT of Gatepost. */
export const ALGORITHM = "ES256";

/**
 * Parses `GATEPOST_SIGNING_KEYS`, or throws a sentence that says what to do.
 *
 * It is a JWKS of P-256 keys: the first is private and signs, and public keys of
 * other projects may follow.
 */
export async function parseSigningKeys(json: string): Promise<SigningKeys> {
  try {
    const keys = readKeys(JSON.parse(json));
    const imported = await Promise.all(
      keys.map(async (jwk) => ({ jwk, key: (await importJWK(jwk, ALGORITHM)) as CryptoKey })),
    );
    const [first] = imported;
    return {
      kid: first!.jwk.kid,
      privateKey: first!.key,
      publicKeys: toPublicKeys(keys),
      findPublicKey: createLocalJWKSet(toPublicKeys(keys.filter(isPrivate))),
    };
  } catch {
    throw new Error(
      "Cannot start: GATEPOST_SIGNING_KEYS is not a JWKS of P-256 keys whose first is private; " +
        "run `deno task keys` for one",
    );
  }
}

/** 32 bytes in base64url (RFC 7518 §6.2.1.2). Deno imports a public key of any length, and only fails to use it. */
const COORDINATE = /^[A-Za-z0-9_-]{43}$/;

type Key = JWK & { kty: "EC"; kid: string };

/** The keys of a set whose first is private, and which holds nothing but P-256 keys, each with an id of its own. */
function readKeys(keySet: { keys: JWK[] }): Key[] {
  const keys = keySet.keys.filter(isKey);
  if (keys.length !== keySet.keys.length) {
    throw new Error("A key of the set is of another kind");
  }
  if (keys[0] === undefined || !isPrivate(keys[0])) {
    throw new Error("The first key cannot sign");
  }
  if (new Set(keys.map(({ kid }) => kid)).size !== keys.length) {
    throw new Error("Two keys have one id: no token of theirs could be verified");
  }
  return keys;
}

function isKey(key: JWK): key is Key {
  const { kty, crv, kid, x = "", y = "", d } = key;
  return kty === "EC" && crv === "P-256" && typeof kid === "string" &&
    COORDINATE.test(x) && COORDINATE.test(y) && (d === undefined || typeof d === "string");
}

function isPrivate({ d }: Key): boolean {
  return d !== undefined;
}

function toPublicKeys(keys: Key[]): JSONWebKeySet {
  const publicKeys = keys.map(({ kty, crv, x, y, kid }) => ({
    kty,
    crv,
    x,
    y,
    kid,
    alg: ALGORITHM,
    use: "sig",
  }));
  return { keys: publicKeys } as JSONWebKeySet;
}
