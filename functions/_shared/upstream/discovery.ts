/**
 * Discovery: what an issuer publishes of itself.
 *
 * There are three places for it: OpenID Connect Discovery appends to the
 * issuer, RFC 8414 inserts before its path, and some providers insert the name
 * of the former. A place that has no document of this issuer, whatever it
 * answers, leads to the next one. Where none has, the failure says what was
 * found instead.
 *
 * @module
 */

import type * as oauth from "oauth4webapi";
import { OAuthError } from "../errors.ts";
import { parseExactJson } from "../http/exact_json.ts";
import { buildExpiringCache, type ExpiringCache } from "../expiring_cache.ts";
import { isJsonObject } from "../http/body.ts";
import { AnsweredWithRedirect, type SafeFetch } from "../http/safe_fetch.ts";
import { explainFailure, isMomentary, ProviderFailure, ProviderRefusal } from "./failure.ts";
import { acceptIssuer } from "./tenant.ts";

const KEEP_MILLISECONDS = 10 * 60 * 1000;
const MAX_ISSUERS = 1000;
const MAX_ISSUER_CHARACTERS = 255;
const OPENID = "/.well-known/openid-configuration";
const OAUTH = "/.well-known/oauth-authorization-server";

/** One cache for each way to fetch, which is one a worker. */
const caches = new WeakMap<SafeFetch, ExpiringCache<oauth.AuthorizationServer>>();

/** What discovery needs from outside. */
export interface DiscoveryDependencies {
  safeFetch: SafeFetch;
  now: () => number;
}

/** Finds what an issuer publishes of itself, kept for ten minutes. */
export async function findIssuer(
  issuer: string,
  dependencies: DiscoveryDependencies,
): Promise<oauth.AuthorizationServer> {
  const { safeFetch, now } = dependencies;
  const cache = caches.get(safeFetch) ?? buildExpiringCache(KEEP_MILLISECONDS, MAX_ISSUERS, now);
  caches.set(safeFetch, cache);
  return await cache.get(issuer, () => explainFailure("discovery", () => discover(issuer, safeFetch)));
}

async function discover(issuer: string, safeFetch: SafeFetch): Promise<oauth.AuthorizationServer> {
  const failures: unknown[] = [];
  for (const url of listPlaces(issuer)) {
    try {
      return await readDocument(url, issuer, safeFetch);
    } catch (failure) {
      if (!isElsewhere(failure)) {
        throw failure;
      }
      failures.push(failure);
    }
  }
  throw failures.toSorted((one, other) => rankFailure(other) - rankFailure(one))[0];
}

/** Where the document of an issuer can stand; first of all where its URL is that of a document. */
function listPlaces(issuer: string): string[] {
  const { origin, pathname, search } = new URL(issuer);
  const path = pathname.replace(/\/+$/, "");
  const own = path.includes("/.well-known/") ? [`${origin}${path}${search}`] : [];
  return [
    ...new Set([
      ...own,
      `${origin}${path}${OPENID}`,
      `${origin}${OAUTH}${path}`,
      `${origin}${OPENID}${path}`,
    ]),
  ];
}

async function readDocument(
  url: string,
  issuer: string,
  safeFetch: SafeFetch,
): Promise<oauth.AuthorizationServer> {
  const response = await safeFetch(url, { headers: { Accept: "application/json" } });
  const { status } = response;
  if (!response.ok) {
    throw new ProviderRefusal(status, []);
  }
  const text = await response.text();
  const document = parseExactJson(text);
  if (!isJsonObject(document)) {
    throw new ProviderFailure({ status, problem: text.trimStart().startsWith("<") ? "html" : "unreadable" });
  }
  const published = document["issuer"];
  if (typeof published !== "string") {
    const problem = published === undefined ? "missing" : "malformed";
    throw new ProviderFailure({ status, member: "issuer", problem });
  }
  const accepted = acceptIssuer(published, issuer);
  if (accepted === undefined) {
    throw new ProviderFailure({
      status,
      member: "issuer",
      problem: "mismatch",
      issuer: toPublicIssuer(published),
    });
  }
  return pickMetadata(document, accepted);
}

/** What Gatepost uses of a document; the rest is not kept. */
function pickMetadata(document: Record<string, unknown>, issuer: string): oauth.AuthorizationServer {
  const prompts = document["prompt_values_supported"];
  const endpoints = ENDPOINTS.map((name) => [name, document[name] ?? undefined])
    .filter(([, value]) => value !== undefined);
  return {
    issuer,
    ...Object.fromEntries(endpoints),
    ...(document["authorization_response_iss_parameter_supported"] === true &&
      { authorization_response_iss_parameter_supported: true }),
    ...(Array.isArray(prompts) &&
      { prompt_values_supported: prompts.filter((prompt) => typeof prompt === "string") }),
  };
}

const ENDPOINTS = [
  "authorization_endpoint",
  "token_endpoint",
  "userinfo_endpoint",
  "jwks_uri",
  "revocation_endpoint",
] as const;

/** Whether the document may stand elsewhere. A host that does not answer now, or may not be asked, is not asked on. */
function isElsewhere(failure: unknown): boolean {
  if (failure instanceof OAuthError) {
    return failure.cause instanceof AnsweredWithRedirect || isTooLarge(failure.cause);
  }
  return failure instanceof ProviderFailure ||
    (failure instanceof ProviderRefusal && !isMomentary(failure.status));
}

function isTooLarge(cause: unknown): boolean {
  return cause instanceof OAuthError && cause.code === "payload_too_large";
}

/** How much a failure says: the document of another issuer most, then whatever else was found, then a no. */
function rankFailure(failure: unknown): number {
  if (failure instanceof ProviderRefusal) {
    return failure.status === 404 ? 0 : 1;
  }
  return failure instanceof ProviderFailure && failure.detail.problem === "mismatch" ? 3 : 2;
}

/** An issuer that may be shown to the config's owner: an ordinary URL, or nothing. */
function toPublicIssuer(issuer: string): string | null {
  return issuer.length <= MAX_ISSUER_CHARACTERS &&
      /^https?:\/\/[A-Za-z0-9.:-]+(\/[A-Za-z0-9._~{}/-]*)?$/.test(issuer)
    ? issuer
    : null;
}
