/**
 * Signing keys: the private ones that a function is configured with, and the public halves that are published.
 *
 * `oauth-jwks` loads this and no schema library, which would be most of its
 * cold start.
 *
 * @module
 */

import type { JSONWebKeySet, JWK } from "jose";
import { createLocalJWKSet } from "jose/jwks/local";
import { importJWK } from "jose/key/import";

/** The key that signs, and the public halves of all. */
export interface SigningKeys {
  kid: string;
  privateKey: CryptoKey;
  /** What `oauth-jwks` publishes. */
  publicKeys: JSONWebKeySet;
  /** Finds the key that a JWT of Gatepost names. */
  findPublicKey: ReturnType<typeof createLocalJWKSet>;
}

/** The algorithm of every JWT of Gatepost. */
export const ALGORITHM = "ES256";

/** Parses `GATEPOST_SIGNING_KEYS`, a JWKS of private P-256 keys, or throws a sentence that says what to do. */
export async function parseSigningKeys(json: string): Promise<SigningKeys> {
  try {
    const keys = readKeys(JSON.parse(json));
    if (new Set(keys.map(({ kid }) => kid)).size !== keys.length) {
      throw new Error("Two keys have one id: no token of theirs could be verified");
    }
    const imported = await Promise.all(
      keys.map(async (jwk) => ({ jwk, key: (await importJWK(jwk, ALGORITHM)) as CryptoKey })),
    );
    const keySet = {
      keys: imported.map(({ jwk: { kty, crv, x, y, kid } }) => ({
        kty,
        crv,
        x,
        y,
        kid,
        alg: ALGORITHM,
        use: "sig",
      })),
    } as JSONWebKeySet;
    return {
      kid: imported[0]!.jwk.kid,
      privateKey: imported[0]!.key,
      publicKeys: keySet,
      findPublicKey: createLocalJWKSet(keySet),
    };
  } catch {
    throw new Error(
      "Cannot start: GATEPOST_SIGNING_KEYS is not a JWKS of private P-256 keys; run `deno task keys` for one",
    );
  }
}

type PrivateKey = JWK & { kty: "EC"; kid: string };

/** The keys of a set that holds at least one, and nothing but private P-256 keys with an id. */
function readKeys(keySet: { keys: JWK[] }): PrivateKey[] {
  const keys = keySet.keys.filter(isPrivateKey);
  if (keys.length === 0 || keys.length !== keySet.keys.length) {
    throw new Error("The set is empty, or a key of it is of another kind");
  }
  return keys;
}

function isPrivateKey(key: JWK): key is PrivateKey {
  const { kty, crv, kid, d } = key;
  return kty === "EC" && crv === "P-256" && typeof kid === "string" && typeof d === "string";
}
