/**
 * The upstream: where a provider's endpoints are, and the client that Gatepost is there.
 *
 * oauth4webapi makes the requests; this module tells it what a config means.
 * The steps of a login are in `login.ts`, those after it in `tokens.ts` and
 * `claims.ts`.
 *
 * @module
 */

import * as oauth from "oauth4webapi";
import type { Database } from "../database/database.ts";
import type { OAuthConfig } from "../database/rows.ts";
import type { EncryptionKeys } from "../secrets/encryption.ts";
import type { SafeFetch } from "../http/safe_fetch.ts";
import { findIssuer } from "./discovery.ts";
import type { TokenAnswer } from "./token_answer.ts";

/** An upstream whose endpoints are known. */
export interface Upstream {
  config: OAuthConfig;
  server: oauth.AuthorizationServer;
}

/** What an upstream granted. */
export interface UpstreamGrant extends Omit<TokenAnswer, "idToken"> {
  /** Claims of the validated id_token, where there is one. */
  idTokenClaims: Record<string, unknown> | null;
}

/** What the upstream leg needs from outside. */
export interface UpstreamDependencies extends FetchDependencies {
  database: Database;
  encryptionKeys: EncryptionKeys;
}

/** What fetching from an upstream needs from outside. */
export interface FetchDependencies {
  safeFetch: SafeFetch;
  allowPrivateUpstreams: boolean;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** Finds an upstream's endpoints: those the config names, or those its issuer publishes. */
export async function findUpstream(
  config: OAuthConfig,
  dependencies: UpstreamDependencies,
): Promise<Upstream> {
  const named = readNamedEndpoints(config);
  if (named.authorization_endpoint && named.token_endpoint) {
    const issuer = config.issuer ?? new URL(named.token_endpoint).origin;
    return {
      config,
      server: { issuer, ...named },
    };
  }
  const published = await findIssuer(config.issuer!, config.organization_id, dependencies);
  return { config, server: { ...published, ...named } };
}

/** The same upstream with the URL of its keys. It is discovered if the config names all other endpoints. */
export async function findKeys(upstream: Upstream, dependencies: FetchDependencies): Promise<Upstream> {
  const { config, server } = upstream;
  if (server.jwks_uri !== undefined || config.issuer === null) {
    return upstream;
  }
  return {
    config,
    server: {
      ...(await findIssuer(config.issuer, config.organization_id, dependencies)),
      ...readNamedEndpoints(config),
    },
  };
}

/** What a provider published, with the endpoints that a config names in their place. */
export function withNamedEndpoints(
  published: oauth.AuthorizationServer,
  config: OAuthConfig,
): oauth.AuthorizationServer {
  return { ...published, ...readNamedEndpoints(config) };
}

function readNamedEndpoints(config: OAuthConfig): Partial<oauth.AuthorizationServer> {
  return {
    ...(config.authorization_endpoint && { authorization_endpoint: config.authorization_endpoint }),
    ...(config.token_endpoint && { token_endpoint: config.token_endpoint }),
    ...(config.userinfo_endpoint && { userinfo_endpoint: config.userinfo_endpoint }),
    ...(config.jwks_uri && { jwks_uri: config.jwks_uri }),
    ...(config.revocation_endpoint && { revocation_endpoint: config.revocation_endpoint }),
  };
}

/** The client that Gatepost is at the upstream. */
export function describeClient(config: OAuthConfig): oauth.Client {
  return { client_id: config.client_id };
}

/** How every request to an upstream is made. */
export function requestOptions({ safeFetch, allowPrivateUpstreams }: FetchDependencies): {
  [oauth.customFetch]: SafeFetch;
  [oauth.allowInsecureRequests]: boolean;
} {
  return { [oauth.customFetch]: safeFetch, [oauth.allowInsecureRequests]: allowPrivateUpstreams };
}
