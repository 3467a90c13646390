/**
 * The programmable provider without a socket, at which one person has just logged in.
 *
 * Between it and the code under test stands the real `safe_fetch`. Each has an
 * issuer of its own, because a worker remembers what an issuer publishes. Its
 * clock stands still, and it names what it makes up, so that a test can say
 * what it expects. It publishes one document, where OpenID Connect Discovery
 * 1.0 §4 puts it. The id_token and userinfo share nothing but the subject, so
 * that a test sees which of them was read.
 *
 * @module
 */

import type { OAuthConfig } from "../../../functions/_shared/database/rows.ts";
import { buildSafeFetch, type SafeFetch } from "../../../functions/_shared/http/safe_fetch.ts";
import { CODE_CHALLENGE } from "../client/requests.ts";
import { buildConfig } from "../database/records.ts";
import { NOW } from "../functions/dependencies.ts";
import { toConfig } from "./config.ts";
import type { Provider } from "./endpoints.ts";
import { makeProviderKeys } from "./id_token.ts";
import type { Program } from "./program.ts";
import { buildProvider } from "./provider.ts";
import type { ShapeName } from "./shapes.ts";

const KEYS = await makeProviderKeys();
const PUBLIC_ADDRESS = "93.184.215.14";
const CALLBACK_URL = "https://auth.example.com/oauth-callback/org_1";

/** The public key under which the provider's id_tokens verify. */
export const UPSTREAM_JWK = KEYS.jwks.keys[0]!;
/** The nonce of the login. */
export const UPSTREAM_NONCE = "nonce-of-this-login";
/** The client secret at the provider, where the config has a method to send it. */
export const UPSTREAM_SECRET = "upstream-secret";

/** The provider, and what Gatepost knows of it. */
export interface Upstream extends Provider {
  config: OAuthConfig;
  safeFetch: SafeFetch;
  /** Logs the person in once more; returns the code. The first one is `upstream-code`. */
  logIn: (redirectUri?: string) => string;
  /** Logs the person in and issues the refresh token of that login. */
  issueRefreshToken: () => string;
}

/** What is different about it: anything that can be programmed, its shape, and columns of its config. */
export interface UpstreamChanges extends Partial<Program> {
  shape?: ShapeName;
  config?: Partial<OAuthConfig>;
  /** What its issuer begins with, behind the host. */
  path?: string;
}

/** A request as a test compares it. */
export interface SentRequest {
  endpoint: string;
  method: string;
  authorization: string | null;
  parameters: Record<string, string>;
}

/** Builds the provider, with a login whose code is `upstream-code`. */
export function buildUpstream(changes: UpstreamChanges = {}): Upstream {
  const { shape = "openid", config: columns, path = "", ...program } = changes;
  const { client_id, token_endpoint_auth_method, scopes } = buildConfig(columns);
  const provider = buildProvider(shape, divideClaims(program), {
    origin: `https://${crypto.randomUUID()}.example.com${path}`,
    keys: KEYS,
    clientId: client_id,
    clientSecret: token_endpoint_auth_method === "none" ? "" : UPSTREAM_SECRET,
    makeSecret: countSecrets(),
  });
  const describeLogin = (redirectUri = CALLBACK_URL): URLSearchParams =>
    new URLSearchParams({
      redirect_uri: redirectUri,
      scope: scopes.join(" "),
      code_challenge: CODE_CHALLENGE,
      nonce: UPSTREAM_NONCE,
      ...columns?.authorization_parameters,
    });
  const { grants, current: { person } } = provider;
  const logIn: Upstream["logIn"] = (redirectUri) => grants.authorize(person, describeLogin(redirectUri));
  logIn();
  return Object.assign(provider, {
    config: buildConfig({ ...toConfig(provider), scopes, ...columns }),
    safeFetch: buildSafeFetch(
      { allowPrivateUpstreams: false },
      () => Promise.resolve([PUBLIC_ADDRESS]),
      (input, init) => provider.handle(new Request(input, init)),
    ),
    logIn,
    issueRefreshToken: () => grants.issueRefreshToken({ person, parameters: describeLogin(), spent: true }),
  });
}

/** The requests that reached it, in the form in which a test compares them. */
export function listSent(provider: Provider): SentRequest[] {
  return provider.requests().map(({ endpoint, method, headers, parameters }) => ({
    endpoint,
    method,
    authorization: headers.get("Authorization"),
    parameters: Object.fromEntries(parameters),
  }));
}

/** The endpoints that were asked, in order. */
export function listAsked(provider: Provider): string[] {
  return provider.requests().map(({ endpoint }) => endpoint);
}

/** The address stands in the id_token, the name in userinfo. */
function divideClaims(program: Partial<Program>): Partial<Program> {
  return {
    person: { sub: "upstream-1", email: "person@example.com", email_verified: true, name: "Example Person" },
    now: () => NOW,
    ...program,
    answers: { oauth_metadata: () => new Response(null, { status: 404 }), ...program.answers },
    metadata: { authorization_response_iss_parameter_supported: undefined, ...program.metadata },
    idTokenClaims: { name: undefined, auth_time: undefined, ...program.idTokenClaims },
    userinfo: { email: undefined, email_verified: undefined, ...program.userinfo },
  };
}

/** Names each secret by its kind, from the second of a kind on with a number. */
function countSecrets(): (kind: string) => string {
  const counts = new Map<string, number>();
  return (kind) => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return count === 1 ? `upstream-${kind}` : `upstream-${kind}-${count}`;
  };
}
