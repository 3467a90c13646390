/**
 * Makes the keys that the functions are configured with.
 *
 * @module
 */

import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";

/** A JWKS with one private key: EC P-256 for ES256, RSA for RS256. */
export async function generateSigningKeys(alg: "ES256" | "RS256" = "ES256"): Promise<string> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  return JSON.stringify({ keys: [{ ...jwk, kid, alg, use: "sig" }] });
}

/** A JWKS with one secret key of 256 bits for A256GCM. */
export function generateEncryptionKeys(): string {
  const kid = randomText(9);
  const k = randomText(32);
  const key = { kty: "oct", kid, k, alg: "A256GCM", use: "enc" };
  return JSON.stringify({ keys: [key] });
}

/** So many random bytes in base64url, for passwords, ids and secrets. */
export function randomText(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toBase64({ alphabet: "base64url", omitPadding: true });
}
