/**
 * id_tokens, good ones and forged ones.
 *
 * @module
 */

import { base64url, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from "jose";
import type { Forgery } from "./program.ts";

/** The provider's key, and one that it never published. */
export interface ProviderKeys {
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  strangerKey: CryptoKey;
  jwks: { keys: JWK[] };
}

const KID = "provider-key";

/** Makes the keys of one provider. */
export async function makeProviderKeys(): Promise<ProviderKeys> {
  const own = await generateKeyPair("ES256", { extractable: true });
  const stranger = await generateKeyPair("ES256");
  const jwk = { ...await exportJWK(own.publicKey), kid: KID, alg: "ES256", use: "sig" };
  return { ...own, strangerKey: stranger.privateKey, jwks: { keys: [jwk] } };
}

/** What a good id_token says. */
export interface IdTokenContent {
  issuer: string;
  audience: string;
  nonce: string | null;
  claims: Record<string, unknown>;
  /** What says something else, in the claims and in the header. */
  changes: { claims: Record<string, unknown>; header: Record<string, unknown>; key: CryptoKey | undefined };
  /** Seconds since the epoch. */
  now: number;
}

/** Issues an id_token, with what is wrong with it; undefined where the forgery is to send none. */
export async function issueIdToken(
  content: IdTokenContent,
  keys: ProviderKeys,
  forgery: Forgery | undefined,
): Promise<string | undefined> {
  const issuer = forgery === "wrong_issuer" ? "https://accounts.example.net" : content.issuer;
  const audience = forgery === "wrong_audience" ? "another-client" : content.audience;
  const nonce = forgery === "wrong_nonce" ? "a nonce of another login" : content.nonce;
  const { now } = content;
  const expiry = forgery === "expired" ? now - 3600 : now + 600;
  const payload = {
    ...content.claims,
    ...(nonce === null || forgery === "missing_nonce" ? {} : { nonce }),
    iss: issuer,
    aud: audience,
    iat: expiry - 600,
    exp: expiry,
    auth_time: now,
    ...content.changes.claims,
  };
  const header = { alg: "ES256", kid: KID, ...content.changes.header };
  const sign = async (key: CryptoKey | Uint8Array, changes: Record<string, string> = {}): Promise<string> =>
    await new SignJWT(payload).setProtectedHeader({ ...header, ...changes }).sign(key);

  switch (forgery) {
    case "no_id_token":
      return undefined;
    case "alg_none":
      return new UnsecuredJWT(payload).encode();
    case "hs256_with_public_key":
      return await sign(new TextEncoder().encode(await exportSPKI(keys.publicKey)), { alg: "HS256" });
    case "missing_signature":
      return (await sign(keys.privateKey)).replace(/[^.]+$/, "");
    case "garbled_signature":
      return (await sign(keys.privateKey)).replace(/[^.]+$/, base64url.encode(new Uint8Array(64).fill(7)));
    case "other_key_id":
      return await sign(keys.strangerKey, { kid: "a-key-of-another-provider" });
    case "other_key_same_id":
      return await sign(keys.strangerKey);
    default:
      return await sign(content.changes.key ?? keys.privateKey);
  }
}

/** Signs claims that are no id_token, such as those of userinfo. */
export async function signClaims(claims: Record<string, unknown>, keys: ProviderKeys): Promise<string> {
  return await new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: KID }).sign(keys.privateKey);
}
