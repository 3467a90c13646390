/**
 * Discovery: the metadata that an issuer publishes.
 *
 * There are three places for it. OpenID Connect Discovery appends its name to
 * the issuer, RFC 8414 inserts its name before the path, and some providers
 * insert the name of OpenID Connect. A place without the document of this issuer
 * is skipped, whatever it answers. If no place has it, the failure says what was
 * found instead.
 *
 * @module
 */

import type * as oauth from "oauth4webapi";
import { OAuthError } from "../errors.ts";
import { parseExactJson } from "../http/exact_json.ts";
import { buildExpiringCache, type ExpiringCache, sizeOfJson } from "../expiring_cache.ts";
import { isJsonObject } from "../http/body.ts";
import { AnsweredWithRedirect, type SafeFetch } from "../http/safe_fetch.ts";
import { explainFailure, isMomentary, ProviderFailure, ProviderRefusal } from "./failure.ts";
import type { UpstreamMember } from "./failure_detail.ts";
import { acceptIssuer } from "./tenant.ts";

const KEEP_MILLISECONDS = 10 * 60 * 1000;
const LIMITS = { maxEntries: 1000, maxBytes: 2_000_000 };
/** As long as a URL of a config. */
const MAX_MEMBER_CHARACTERS = 2048;
const MAX_PROMPTS = 20;
const MAX_PROMPT_CHARACTERS = 100;
const MAX_ISSUER_CHARACTERS = 255;
const OPENID = "/.well-known/openid-configuration";
const OAUTH = "/.well-known/oauth-authorization-server";

/** One cache for each `SafeFetch`, and a worker has one. */
const caches = new WeakMap<SafeFetch, ExpiringCache<oauth.AuthorizationServer>>();

/** What discovery needs from outside. */
export interface DiscoveryDependencies {
  safeFetch: SafeFetch;
  now: () => number;
}

/**
 * Finds the metadata of an issuer, and keeps it for ten minutes.
 *
 * @param organizationId On whose account it is kept; null for the platform.
 */
export async function findIssuer(
  issuer: string,
  organizationId: string | null,
  dependencies: DiscoveryDependencies,
): Promise<oauth.AuthorizationServer> {
  const { safeFetch, now } = dependencies;
  const cache = caches.get(safeFetch) ??
    buildExpiringCache<oauth.AuthorizationServer>(
      { ...LIMITS, milliseconds: KEEP_MILLISECONDS, sizeOf: sizeOfJson },
      now,
    );
  caches.set(safeFetch, cache);
  const document = await cache.get(
    issuer,
    organizationId ?? "",
    () => explainFailure("discovery", () => discover(issuer, safeFetch)),
  );
  if (!document.authorization_endpoint || !document.token_endpoint) {
    // Nobody can log in with it: a provider that is being set up, or an answer that was spoiled, is asked again.
    cache.delete(issuer);
  }
  return document;
}

/** Forgets what an issuer published, where something that it names did not work. */
export function forgetIssuer(
  issuer: string | null,
  { safeFetch }: Pick<DiscoveryDependencies, "safeFetch">,
): void {
  caches.get(safeFetch)?.delete(issuer ?? "");
}

async function discover(issuer: string, safeFetch: SafeFetch): Promise<oauth.AuthorizationServer> {
  const failures: unknown[] = [];
  for (const url of listDocumentPlaces(issuer)) {
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

/** Where the document of an issuer can be. If the issuer is the URL of a document, that comes first. */
export function listDocumentPlaces(issuer: string): string[] {
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
  const { document, published, status } = await fetchIssuerDocument(url, safeFetch);
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

/** A document that describes some issuer, and which one it names. */
export interface IssuerDocument {
  document: Record<string, unknown>;
  published: string;
  status: number;
}

/** Fetches the document of some issuer. */
export async function fetchIssuerDocument(url: string, safeFetch: SafeFetch): Promise<IssuerDocument> {
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
  return { document, published, status };
}

/** The members of a document that Gatepost uses. The others are not kept. */
function pickMetadata(document: Record<string, unknown>, issuer: string): oauth.AuthorizationServer {
  const prompts = document["prompt_values_supported"];
  const endpoints = ENDPOINTS.map((name): [UpstreamMember, unknown] => [name, document[name] ?? undefined])
    .filter(([, value]) => value !== undefined);
  for (const [member, value] of endpoints) {
    if (sizeOfJson(value) > MAX_MEMBER_CHARACTERS) {
      throw new ProviderFailure({ member, problem: "too_large" });
    }
  }
  return {
    issuer,
    ...Object.fromEntries(endpoints),
    ...(document["authorization_response_iss_parameter_supported"] === true &&
      { authorization_response_iss_parameter_supported: true }),
    ...(Array.isArray(prompts) &&
      { prompt_values_supported: prompts.filter(isPrompt).slice(0, MAX_PROMPTS) }),
  };
}

function isPrompt(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_PROMPT_CHARACTERS;
}

const ENDPOINTS = [
  "authorization_endpoint",
  "token_endpoint",
  "userinfo_endpoint",
  "jwks_uri",
  "revocation_endpoint",
] as const;

/** Whether the document can be at the next place. A host that does not answer, or may not be asked, is not asked again. */
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

/** How useful a failure is to the owner: most of all the document of another issuer, then other content, then a refusal. */
function rankFailure(failure: unknown): number {
  if (failure instanceof ProviderRefusal) {
    return failure.status === 404 ? 0 : 1;
  }
  return failure instanceof ProviderFailure && failure.detail.problem === "mismatch" ? 3 : 2;
}

/** An issuer that may be shown to the config's owner: an ordinary URL, or nothing. */
export function toPublicIssuer(issuer: string): string | null {
  return issuer.length <= MAX_ISSUER_CHARACTERS &&
      /^https?:\/\/[A-Za-z0-9.:-]+(\/[A-Za-z0-9._~{}/-]*)?$/.test(issuer)
    ? issuer
    : null;
}
