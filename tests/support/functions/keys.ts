/**
 * Real keys for tests, in the shape in which they are configured.
 *
 * @module
 */

import { base64url, exportJWK, generateKeyPair } from "jose";

/** A JWKS of private signing keys with these ids. */
export async function makeSigningKeySet(...kids: string[]): Promise<string> {
  const keys = await Promise.all(kids.map(async (kid) => {
    const { privateKey } = await generateKeyPair("ES256", { extractable: true });
    return { ...await exportJWK(privateKey), kid };
  }));
  return JSON.stringify({ keys });
}

/** A JWKS of encryption keys with these ids. */
export function makeEncryptionKeySet(...kids: string[]): string {
  return JSON.stringify({
    keys: kids.map((kid) => ({
      kty: "oct",
      kid,
      k: base64url.encode(crypto.getRandomValues(new Uint8Array(32))),
    })),
  });
}
