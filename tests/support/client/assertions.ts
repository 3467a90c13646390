/**
 * Keys of a client, and the assertions it signs with them (RFC 7523 §2.2).
 *
 * An assertion says what oauth4webapi 3.8 has it say; a test states its one change.
 *
 * @module
 */

import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { ASSERTION_TYPE } from "../../../functions/_shared/client/assertion.ts";

/** A key pair with an id. */
export interface ClientKey {
  kid: string;
  algorithm: string;
  privateKey: CryptoKey;
  publicJwk: JWK;
}

/** What an assertion says otherwise. */
export interface AssertionChanges {
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
}

/** Makes a key: by default of the kind that ChatGPT signs with. */
export async function makeClientKey(
  kid: string = crypto.randomUUID(),
  algorithm = "RS256",
): Promise<ClientKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  return {
    kid,
    algorithm,
    privateKey,
    publicJwk: { ...await exportJWK(publicKey), kid, use: "sig", alg: algorithm },
  };
}

/** Signs an assertion of a client for an audience. */
export async function signAssertion(
  clientId: string,
  audience: string,
  { kid, algorithm, privateKey }: ClientKey,
  { claims, header }: AssertionChanges = {},
  now = Date.now(),
): Promise<string> {
  const seconds = Math.floor(now / 1000);
  const payload = {
    iss: clientId,
    sub: clientId,
    aud: audience,
    jti: crypto.randomUUID(),
    iat: seconds,
    nbf: seconds,
    exp: seconds + 60,
    ...claims,
  };
  return await new SignJWT(payload).setProtectedHeader({ alg: algorithm, kid, ...header }).sign(privateKey);
}

/** The form parameters of an assertion. */
export function assertionForm(
  assertion: string,
): { client_assertion_type: string; client_assertion: string } {
  return { client_assertion_type: ASSERTION_TYPE, client_assertion: assertion };
}
