/**
 * A provider that exists only in the test: real documents, real JWTs, no network.
 *
 * Between it and the code under test stands the real `safe_fetch`. A test
 * changes one answer or one claim. Each provider has an issuer of its own,
 * because discovery is kept in the worker.
 *
 * @module
 */

import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import type { OAuthConfig } from "../../../functions/_shared/database/rows.ts";
import { buildSafeFetch, type SafeFetch } from "../../../functions/_shared/http/safe_fetch.ts";
import { buildConfig } from "../database/records.ts";
import { NOW } from "../functions/dependencies.ts";

const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
const PUBLIC_JWK = { ...await exportJWK(publicKey), kid: "upstream-1", alg: "ES256", use: "sig" };

/** The public key under which the provider's id_tokens verify. */
export const UPSTREAM_JWK = PUBLIC_JWK;
/** The nonce that the provider puts into its id_tokens. */
export const UPSTREAM_NONCE = "nonce-of-this-login";

/** One answer of the provider; what it throws is a network that failed. */
export type UpstreamAnswer = (request: Request) => Response | Promise<Response>;

/** A request that reached the provider, with its form. */
export interface UpstreamRequest {
  path: string;
  method: string;
  authorization: string | null;
  form: Record<string, string>;
}

/** The provider. */
export interface FakeUpstream {
  issuer: string;
  config: OAuthConfig;
  safeFetch: SafeFetch;
  requests: UpstreamRequest[];
  /** A valid id_token with changed claims. */
  signIdToken: (claims?: JWTPayload, header?: Record<string, unknown>) => Promise<string>;
}

/** What a test changes. */
export interface UpstreamChanges {
  config?: Partial<OAuthConfig>;
  /** Members of the discovery document. */
  metadata?: Record<string, unknown>;
  claims?: JWTPayload;
  /** Members of the token response; undefined leaves one out. */
  tokens?: Record<string, unknown>;
  userinfo?: Record<string, unknown>;
  /** Whole answers by path, such as `/token`. */
  answers?: Record<string, UpstreamAnswer>;
}

/** Starts a provider. */
export function startUpstream(changes: UpstreamChanges = {}): FakeUpstream {
  const issuer = `https://${crypto.randomUUID()}.example.com`;
  const config = buildConfig({ issuer, ...changes.config });
  const requests: UpstreamRequest[] = [];

  const signIdToken = async (
    claims: JWTPayload = {},
    header: Record<string, unknown> = {},
  ): Promise<string> => {
    const now = NOW / 1000;
    return await new SignJWT({
      iss: issuer,
      aud: config.client_id,
      sub: "upstream-1",
      nonce: UPSTREAM_NONCE,
      iat: now,
      exp: now + 300,
      email: "person@example.com",
      email_verified: true,
      ...changes.claims,
      ...claims,
    }).setProtectedHeader({ alg: "ES256", kid: "upstream-1", ...header }).sign(privateKey);
  };

  const answers: Record<string, UpstreamAnswer> = {
    "/.well-known/openid-configuration": () =>
      Response.json({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        userinfo_endpoint: `${issuer}/userinfo`,
        revocation_endpoint: `${issuer}/revoke`,
        jwks_uri: `${issuer}/jwks`,
        id_token_signing_alg_values_supported: ["ES256"],
        ...changes.metadata,
      }),
    "/jwks": () => Response.json({ keys: [PUBLIC_JWK] }),
    "/token": async () =>
      Response.json({
        access_token: "upstream-access-token",
        token_type: "Bearer",
        refresh_token: "upstream-refresh-token",
        expires_in: 3600,
        scope: "openid email",
        id_token: await signIdToken(),
        ...changes.tokens,
      }),
    "/userinfo": () => Response.json({ sub: "upstream-1", name: "Example Person", ...changes.userinfo }),
    "/revoke": () => new Response(null),
    ...changes.answers,
  };

  const answer = async (input: Request | URL | string): Promise<Response> => {
    const request = new Request(input);
    const { origin, pathname } = new URL(request.url);
    const form = request.method === "POST" ? new URLSearchParams(await request.clone().text()) : [];
    requests.push({
      path: pathname,
      method: request.method,
      authorization: request.headers.get("Authorization"),
      form: Object.fromEntries(form),
    });
    const known = answers[pathname];
    return origin === issuer && known ? await known(request) : new Response("Not found", { status: 404 });
  };
  const resolve = (): Promise<string[]> => Promise.resolve(["93.184.215.14"]);
  return {
    issuer,
    config,
    safeFetch: buildSafeFetch({ allowPrivateUpstreams: false }, resolve, answer),
    requests,
    signIdToken,
  };
}
