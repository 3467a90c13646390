/**
 * The upstream: where a provider's endpoints are, and the one client it knows us as.
 *
 * Everything on the wire is oauth4webapi's; this module says what a config
 * means for it. The steps of a login are in `login.ts`, what follows
 * in `tokens.ts` and `claims.ts`.
 *
 * @module
 */

import * as oauth from "oauth4webapi";
import * as z from "zod/mini";
import { type Database, defineCall } from "../database/database.ts";
import type { OAuthConfig } from "../database/rows.ts";
import { configSecretOf, type EncryptionKeys, openSecret, sealSecret } from "../secrets/encryption.ts";
import { buildExpiringCache, type ExpiringCache } from "../expiring_cache.ts";
import type { SafeFetch } from "../http/safe_fetch.ts";
import { explainFailure } from "./failure.ts";

/** An upstream that is ready to be talked to. */
export interface Upstream {
  config: OAuthConfig;
  server: oauth.AuthorizationServer;
}

/** What an upstream granted. */
export interface UpstreamGrant {
  accessToken: string;
  refreshToken: string | null;
  scope: string | null;
  /** Seconds, where the upstream tells. */
  expiresIn: number | null;
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

const resealOAuthConfig = defineCall(
  "reseal_oauth_config",
  z.object({ outcome: z.enum(["resealed", "changed"]) }),
);

const DISCOVERY_MILLISECONDS = 10 * 60 * 1000;
const MAX_ISSUERS = 1000;
const CLOCK_TOLERANCE_SECONDS = 30;
/** A hundred years. */
const MAX_LIFETIME_SECONDS = 100 * 365 * 24 * 60 * 60;
const ID_TOKEN_ALGORITHMS = [
  "RS256",
  "PS256",
  "ES256",
  "EdDSA",
  "Ed25519",
  "RS384",
  "RS512",
  "ES384",
  "ES512",
];

/** One cache for each way to fetch, which is one a worker. */
const caches = new WeakMap<SafeFetch, ExpiringCache<oauth.AuthorizationServer>>();

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
      server: { issuer, id_token_signing_alg_values_supported: ID_TOKEN_ALGORITHMS, ...named },
    };
  }
  const published = await findIssuer(config.issuer!, dependencies);
  // The document itself where nothing is added: oauth4webapi keeps the provider's keys by it.
  return { config, server: Object.keys(named).length === 0 ? published : { ...published, ...named } };
}

/** Finds what an issuer publishes of itself, kept for ten minutes: OpenID Connect Discovery first, then RFC 8414. */
export async function findIssuer(
  issuer: string,
  dependencies: FetchDependencies,
): Promise<oauth.AuthorizationServer> {
  const { safeFetch, now } = dependencies;
  const cache = caches.get(safeFetch) ?? buildExpiringCache(DISCOVERY_MILLISECONDS, MAX_ISSUERS, now);
  caches.set(safeFetch, cache);
  return await cache.get(issuer, () =>
    explainFailure(async () => {
      const url = new URL(issuer);
      const options = requestOptions(dependencies);
      const openId = await oauth.discoveryRequest(url, { algorithm: "oidc", ...options });
      if (openId.status !== 404) {
        return await oauth.processDiscoveryResponse(url, openId);
      }
      return await oauth.processDiscoveryResponse(
        url,
        await oauth.discoveryRequest(url, { algorithm: "oauth2", ...options }),
      );
    }));
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

/** The client that the upstream knows us as. */
export function describeClient(config: OAuthConfig): oauth.Client {
  return { client_id: config.client_id, [oauth.clockTolerance]: CLOCK_TOLERANCE_SECONDS };
}

/** How we prove to be that client. A secret under an old key is sealed again. */
export async function authenticate(
  config: OAuthConfig,
  { database, encryptionKeys }: UpstreamDependencies,
): Promise<oauth.ClientAuth> {
  const ciphertext = config.client_secret_ciphertext;
  if (config.token_endpoint_auth_method === "none" || ciphertext === null) {
    return oauth.None();
  }
  const purpose = configSecretOf(config.organization_id);
  const { text: secret, stale } = await openSecret(ciphertext, purpose, encryptionKeys);
  if (stale) {
    await resealOAuthConfig(database, {
      p_oauth_config_id: config.id,
      p_known_ciphertext: ciphertext,
      p_new_ciphertext: await sealSecret(secret, purpose, encryptionKeys),
    });
  }
  return config.token_endpoint_auth_method === "client_secret_post"
    ? oauth.ClientSecretPost(secret)
    : oauth.ClientSecretBasic(secret);
}

/** Seconds that a date can hold, whatever the upstream says. */
export function toLifetime(expiresIn: number | undefined): number | null {
  return expiresIn === undefined ? null : Math.min(expiresIn, MAX_LIFETIME_SECONDS);
}

/** How every request to an upstream is made. */
export function requestOptions({ safeFetch, allowPrivateUpstreams }: FetchDependencies): {
  [oauth.customFetch]: SafeFetch;
  [oauth.allowInsecureRequests]: boolean;
} {
  return { [oauth.customFetch]: safeFetch, [oauth.allowInsecureRequests]: allowPrivateUpstreams };
}
