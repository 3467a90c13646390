/**
 * The JWTs that Gatepost issues and verifies.
 *
 * Access tokens follow RFC 9068, id_tokens OpenID Connect Core §2. Verifying
 * checks signature, type, issuer, audience and times; whether a token's family
 * was revoked is decided in SQL.
 *
 * @module
 */

import type { JWTPayload } from "jose";
import * as errors from "jose/errors";
import { SignJWT } from "jose/jwt/sign";
import { jwtVerify } from "jose/jwt/verify";
import * as z from "zod/mini";
import { OAuthError } from "../errors.ts";
import { ALGORITHM, type SigningKeys } from "./signing_keys.ts";

/** What an access token says. */
export interface AccessTokenClaims {
  issuer: string;
  /** The resource: the MCP server's URL. */
  audience: string;
  /** The end user's `mcpu_` id. */
  subject: string;
  clientId: string;
  /** Space-separated. */
  scope: string;
  /** The token family, by which the token is revoked. */
  familyId: string;
}

/** Issues an access token (RFC 9068) that lives for `lifetimeSeconds`. */
export async function issueAccessToken(
  claims: AccessTokenClaims,
  lifetimeSeconds: number,
  keys: SigningKeys,
): Promise<string> {
  return await new SignJWT({ client_id: claims.clientId, scope: claims.scope, sid: claims.familyId })
    .setProtectedHeader({ alg: ALGORITHM, kid: keys.kid, typ: "at+jwt" })
    .setIssuer(claims.issuer)
    .setAudience(claims.audience)
    .setSubject(claims.subject)
    .setJti(crypto.randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${lifetimeSeconds} seconds`)
    .sign(keys.privateKey);
}

/** Issues the other JWTs: id_tokens, and the identity that the gateway sends to the MCP server. */
export async function issueToken(
  payload: JWTPayload,
  type: string,
  lifetimeSeconds: number,
  keys: SigningKeys,
): Promise<string> {
  return await new SignJWT(payload)
    .setProtectedHeader({ alg: ALGORITHM, kid: keys.kid, typ: type })
    .setIssuedAt()
    .setExpirationTime(`${lifetimeSeconds} seconds`)
    .sign(keys.privateKey);
}

const accessTokenSchema = z.object({
  aud: z.string(),
  sub: z.string(),
  client_id: z.string(),
  scope: z.string(),
  sid: z.string(),
  exp: z.number(),
  iat: z.number(),
  jti: z.string(),
});

/** A verified access token. */
export interface VerifiedAccessToken extends AccessTokenClaims {
  /** Seconds since the epoch. */
  expiresAt: number;
  issuedAt: number;
  tokenId: string;
}

/**
 * Verifies an access token of this issuer for this resource.
 *
 * @throws {OAuthError} `invalid_token`, with one sentence for all failures.
 */
export async function verifyAccessToken(
  token: string,
  { issuer, audience }: { issuer: string; audience: string },
  keys: SigningKeys,
): Promise<VerifiedAccessToken> {
  const verified = await verifyIssuedToken(token, issuer, keys);
  if (verified.audience !== audience) {
    throw refusedToken("access_token_of_other_resource");
  }
  return verified;
}

/** Verifies an access token of this issuer, for any resource. */
export async function verifyIssuedToken(
  token: string,
  issuer: string,
  keys: SigningKeys,
): Promise<VerifiedAccessToken> {
  try {
    const { payload } = await jwtVerify(token, keys.findPublicKey, {
      algorithms: [ALGORITHM],
      typ: "at+jwt",
      issuer,
    });
    const claims = z.parse(accessTokenSchema, payload);
    return {
      issuer,
      audience: claims.aud,
      subject: claims.sub,
      clientId: claims.client_id,
      scope: claims.scope,
      familyId: claims.sid,
      expiresAt: claims.exp,
      issuedAt: claims.iat,
      tokenId: claims.jti,
    };
  } catch (cause) {
    throw refusedToken(
      cause instanceof errors.JWTExpired ? "access_token_expired" : "access_token_invalid",
      cause,
    );
  }
}

/** The refusal of an access token, with one sentence for all reasons. */
export function refusedToken(reason: string, cause?: unknown): OAuthError {
  return new OAuthError("invalid_token", "Cannot accept access token: it is expired or not valid here", {
    reason,
    cause,
  });
}
