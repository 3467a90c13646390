/**
 * Client assertions: JWTs by which a client proves that it holds its key (RFC 7523 §2.2 and §3, OpenID Connect Core §9).
 *
 * Decisions without clock or I/O: what an assertion must say, and whether one
 * of the client's keys signed it. Without that signature its claims prove
 * nothing. `keys.ts` finds the keys. SQL makes sure that an assertion is used
 * once only, across all workers.
 *
 * @module
 */

import type { JWK } from "jose";
import { decodeProtectedHeader } from "jose/decode/protected_header";
import { compactVerify } from "jose/jws/compact/verify";
import { decodeJwt } from "jose/jwt/decode";
import { importJWK } from "jose/key/import";
import { OAuthError } from "../errors.ts";
import { ASSERTION_ALGORITHMS } from "./auth_method.ts";
import type { KeySet, PublicKey } from "./key_set.ts";

/** The only `client_assertion_type` that exists (RFC 7523 §2.2). */
export const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Every 401 to a client says how to authenticate (RFC 9110 §11.6.1, RFC 6749 §5.2). */
export const CLIENT_CHALLENGE = { "WWW-Authenticate": 'Basic realm="gatepost"' };

/** What an assertion says. `isSignedByOneOf` finds out whether its client says it. */
export interface Assertion {
  token: string;
  clientId: string;
  /** Makes it valid once. */
  tokenId: string;
  /** Milliseconds since the epoch: when it is no longer accepted, so that it need no longer be remembered. */
  forgottenAt: number;
  algorithm: string;
  keyId: string | undefined;
}

/** The clocks of clients differ from Gatepost's. */
const CLOCK_TOLERANCE_SECONDS = 60;
/** Authlib signs for an hour unless it is told otherwise (authlib/oauth2/rfc7523/assertion.py), most others for a minute. */
const MAX_LIFETIME_SECONDS = 3600;
const MAX_ID_LENGTH = 512;
/** Other types are other kinds of JWT, which the same key may sign (RFC 8725 §3.11); the last is that of draft-ietf-oauth-rfc7523bis. */
const TYPES = [undefined, "jwt", "client-authentication+jwt"];
/** Each one is tried with the signature, so their number has a limit. */
const MAX_TRIED_KEYS = 10;

/**
 * Reads an assertion and checks what it says.
 *
 * @param audiences What it may be addressed to, each of them ours: one that is for somebody else as well could come from there.
 * @param now Milliseconds since the epoch.
 * @throws {OAuthError} `invalid_client`
 */
export function parseAssertion(token: string, audiences: readonly string[], now: number): Assertion {
  const { header, claims } = decode(token);
  const type = typeof header.typ === "string"
    ? header.typ.toLowerCase().replace(/^application\//, "")
    : header.typ;
  if (!TYPES.includes(type)) {
    throw refusedAssertion("assertion_type_wrong");
  }
  if (!ASSERTION_ALGORITHMS.includes(header.alg as typeof ASSERTION_ALGORITHMS[number])) {
    throw refusedAssertion("assertion_algorithm_refused");
  }
  if (claims.iss !== claims.sub || !isClientId(claims.sub)) {
    throw refusedAssertion("assertion_subject_wrong");
  }
  const addressed = [claims.aud].flat();
  if (addressed.length === 0 || !addressed.every((audience) => audiences.includes(String(audience)))) {
    throw refusedAssertion("assertion_audience_wrong");
  }
  const expiresAt = checkAssertionTimes(claims, now / 1000);
  if (typeof claims.jti !== "string" || claims.jti === "" || claims.jti.length > MAX_ID_LENGTH) {
    throw refusedAssertion("assertion_id_missing");
  }
  return {
    token,
    clientId: claims.sub,
    tokenId: claims.jti,
    forgottenAt: (expiresAt + CLOCK_TOLERANCE_SECONDS) * 1000,
    algorithm: header.alg!,
    keyId: typeof header.kid === "string" ? header.kid : undefined,
  };
}

/** Whether one of these keys signed an assertion; the algorithm must be one that the client names. */
export async function isSignedByOneOf(
  { keys }: KeySet,
  { token, algorithm, keyId }: Assertion,
  algorithms: readonly string[],
): Promise<boolean> {
  if (!algorithms.includes(algorithm)) {
    throw refusedAssertion("assertion_algorithm_refused");
  }
  // A key without an id may be the one that is meant; so may each of two with one id.
  const fitting = keys.filter((key) =>
    fits(key, algorithm) && (keyId === undefined || key.kid === undefined || key.kid === keyId)
  );
  for (const key of fitting.slice(0, MAX_TRIED_KEYS)) {
    if (await verifies(key, token, algorithm)) {
      return true;
    }
  }
  return false;
}

/** The refusal of an assertion, with one sentence for all reasons. */
export function refusedAssertion(reason: string, cause?: unknown): OAuthError {
  return new OAuthError(
    "invalid_client",
    "Cannot authenticate client: it is unknown here or its assertion is not valid",
    { reason, cause, headers: CLIENT_CHALLENGE },
  );
}

function decode(
  token: string,
): { header: ReturnType<typeof decodeProtectedHeader>; claims: ReturnType<typeof decodeJwt> } {
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) };
  } catch (cause) {
    throw refusedAssertion("assertion_malformed", cause);
  }
}

/** Checks an assertion's times, and returns its `exp` in seconds. */
function checkAssertionTimes({ exp, iat, nbf }: ReturnType<typeof decodeJwt>, now: number): number {
  const [latest, earliest] = [now + CLOCK_TOLERANCE_SECONDS, now - CLOCK_TOLERANCE_SECONDS];
  if (!isTime(exp) || exp <= earliest) {
    throw refusedAssertion("assertion_expired");
  }
  if (exp > latest + MAX_LIFETIME_SECONDS) {
    throw refusedAssertion("assertion_lives_too_long");
  }
  if (
    (nbf !== undefined && (!isTime(nbf) || nbf > latest)) ||
    (iat !== undefined && (!isTime(iat) || iat > latest))
  ) {
    throw refusedAssertion("assertion_early");
  }
  if (iat !== undefined && iat < earliest - MAX_LIFETIME_SECONDS) {
    throw refusedAssertion("assertion_lives_too_long");
  }
  return exp;
}

/** Whether PostgreSQL can look for a text: it stores neither a NUL nor half a character. */
function isClientId(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.isWellFormed() && !value.includes("\0");
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function fits({ kty, crv, alg }: PublicKey, algorithm: string): boolean {
  const isEdwards = ["EdDSA", "Ed25519"].includes(algorithm);
  if (alg !== undefined && alg !== algorithm && !(isEdwards && ["EdDSA", "Ed25519"].includes(alg))) {
    return false;
  }
  if (isEdwards) {
    return kty === "OKP" && crv === "Ed25519";
  }
  return algorithm.startsWith("ES")
    ? kty === "EC" && crv === (algorithm === "ES256" ? "P-256" : "P-384")
    : kty === "RSA";
}

/** Imports a key. One that cannot be read, or is too weak for its algorithm, verifies nothing. */
async function verifies(
  { alg: _alg, ...key }: PublicKey,
  token: string,
  algorithm: string,
): Promise<boolean> {
  try {
    await compactVerify(token, await importJWK(key as JWK, algorithm), { algorithms: [algorithm] });
    return true;
  } catch {
    return false;
  }
}
