/**
 * The provider's keys, and signatures that one of them must have made.
 *
 * Keys are kept by the URL that publishes them, for all configs that name it.
 * Callers that ask at the same moment share one fetch. If no known key made a
 * signature, the keys are fetched again at once, a few times in five minutes,
 * because a provider may have changed its keys a moment ago. Keys that cannot
 * be used, such as broken ones, are ignored.
 *
 * @module
 */

import type { JWK } from "jose";
import { decodeProtectedHeader } from "jose/decode/protected_header";
import { compactVerify } from "jose/jws/compact/verify";
import { importJWK } from "jose/key/import";
import type * as oauth from "oauth4webapi";
import { parseExactJson } from "../http/exact_json.ts";
import { buildExpiringCache, type ExpiringCache, sizeOfJson } from "../expiring_cache.ts";
import { isJsonObject } from "../http/body.ts";
import type { SafeFetch } from "../http/safe_fetch.ts";
import { explainFailure, ProviderFailure, ProviderRefusal } from "./failure.ts";
import type { Upstream, UpstreamDependencies } from "./upstream.ts";

const KEEP_MILLISECONDS = 5 * 60 * 1000;
const LIMITS = { maxEntries: 1000, maxBytes: 4_000_000 };
const MAX_KEYS = 50;
/** A modulus of 16384 bits has 2731 characters. */
const MAX_MEMBER_CHARACTERS = 4096;
/** What an imported key takes, compared with its text. */
const IMPORTED_FACTOR = 3;
const MAX_ALGORITHM_CHARACTERS = 100;
/** How often a key set may be fetched anew before its time. */
const REFETCHES = 5;

/** The algorithms that prove who signed, each with the type and the curve of its keys. None shares a secret. */
const ALGORITHMS = new Map<string, { kty: string; crv?: string }>([
  ["RS256", { kty: "RSA" }],
  ["RS384", { kty: "RSA" }],
  ["RS512", { kty: "RSA" }],
  ["PS256", { kty: "RSA" }],
  ["PS384", { kty: "RSA" }],
  ["PS512", { kty: "RSA" }],
  ["ES256", { kty: "EC", crv: "P-256" }],
  ["ES384", { kty: "EC", crv: "P-384" }],
  ["ES512", { kty: "EC", crv: "P-521" }],
  ["EdDSA", { kty: "OKP", crv: "Ed25519" }],
  ["Ed25519", { kty: "OKP", crv: "Ed25519" }],
]);

/** A published key, and what it was imported as. */
interface ProviderKey {
  kid: string | undefined;
  alg: string | undefined;
  jwk: JWK;
  imported: Map<string, ReturnType<typeof importJWK>>;
}

interface KeySet {
  keys: ProviderKey[];
  refetchesLeft: number;
  /** The set that was fetched instead of it, once for all callers that missed a key. */
  successor?: Promise<KeySet> | undefined;
}

type KeyDependencies = Pick<UpstreamDependencies, "safeFetch" | "now">;

/** One cache for each way to fetch, which is one a worker. */
const caches = new WeakMap<SafeFetch, ExpiringCache<KeySet>>();

/** Fetches the keys, unless they are known: to be called before a code is spent on an answer that needs them. */
export async function prepareKeys(upstream: Upstream, dependencies: KeyDependencies): Promise<void> {
  await findKeySet(upstream, dependencies);
}

/**
 * Verifies that the provider signed a JWT, and returns its payload. Nothing of the payload has been checked.
 *
 * @throws {ProviderFailure} when it is no JWT, its algorithm proves nothing, or no published key made the signature.
 */
export async function verifyProviderSignature(
  jwt: string,
  upstream: Upstream,
  dependencies: KeyDependencies,
): Promise<Record<string, unknown>> {
  const header = readHeader(jwt);
  let keySet = await findKeySet(upstream, dependencies);
  let payload = await tryKeys(jwt, header, keySet);
  if (payload === undefined) {
    keySet = await fetchAnew(keySet, upstream, dependencies);
    payload = await tryKeys(jwt, header, keySet);
  }
  if (payload === undefined) {
    throw new ProviderFailure(
      listFitting(header, keySet).length === 0
        ? { member: "kid", problem: "no_key" }
        : { problem: "signature" },
    );
  }
  const claims = parseExactJson(new TextDecoder().decode(payload));
  if (!isJsonObject(claims)) {
    throw new ProviderFailure({ problem: "malformed" });
  }
  return claims;
}

interface Header {
  alg: string;
  kid: string | undefined;
}

function readHeader(jwt: string): Header {
  let header;
  try {
    header = decodeProtectedHeader(jwt);
  } catch (cause) {
    throw new ProviderFailure({ problem: "malformed" }, cause);
  }
  if (jwt.split(".").length !== 3) {
    throw new ProviderFailure({ problem: "malformed" });
  }
  const { alg, kid } = header;
  if (typeof alg !== "string" || !ALGORITHMS.has(alg)) {
    throw new ProviderFailure({ member: "alg", problem: "algorithm" });
  }
  return { alg, kid: readKeyId(kid) };
}

/** The payload, where one of the keys made the signature. */
async function tryKeys(jwt: string, header: Header, keySet: KeySet): Promise<Uint8Array | undefined> {
  for (const key of listFitting(header, keySet)) {
    try {
      return (await compactVerify(jwt, await importKey(key, header.alg), { algorithms: [header.alg] }))
        .payload;
    } catch {
      // A key that cannot be imported is as good as one that did not sign: the next one is tried.
    }
  }
  return undefined;
}

/** The keys that may have signed. A key id picks among those that have one; a set without ids is tried in full. */
function listFitting({ alg, kid }: Header, { keys }: KeySet): ProviderKey[] {
  const { kty, crv } = ALGORITHMS.get(alg)!;
  const fitting = keys.filter(({ jwk, alg: keyAlg }) =>
    jwk.kty === kty &&
    (crv === undefined || jwk.crv === crv) &&
    (keyAlg === undefined || keyAlg === alg || (kty === "OKP" && ALGORITHMS.has(keyAlg)))
  );
  const named = fitting.filter((key) => key.kid === kid);
  return kid === undefined
    ? fitting
    : named.length > 0
    ? named
    : fitting.filter((key) => key.kid === undefined);
}

function importKey(key: ProviderKey, alg: string): ReturnType<typeof importJWK> {
  const imported = key.imported.get(alg) ?? importJWK(key.jwk, alg);
  key.imported.set(alg, imported);
  return imported;
}

async function findKeySet({ config, server }: Upstream, dependencies: KeyDependencies): Promise<KeySet> {
  return await explainFailure("keys", async () => {
    const url = readKeysUrl(server);
    return await findCache(dependencies)
      .get(url, config.organization_id ?? "", () => fetchKeys(url, REFETCHES, dependencies));
  });
}

/** The key set that has taken the place of the known one, or that one where it was fetched anew often enough. */
async function fetchAnew(
  known: KeySet,
  upstream: Upstream,
  dependencies: KeyDependencies,
): Promise<KeySet> {
  if (known.successor === undefined && known.refetchesLeft > 0) {
    known.refetchesLeft -= 1;
    known.successor = replaceKeys(upstream, known, dependencies);
  }
  return await explainFailure("keys", async () => await known.successor ?? known);
}

async function replaceKeys(
  { config, server }: Upstream,
  known: KeySet,
  dependencies: KeyDependencies,
): Promise<KeySet> {
  const url = readKeysUrl(server);
  try {
    const fetched = await fetchKeys(url, known.refetchesLeft, dependencies);
    const cache = findCache(dependencies);
    cache.delete(url);
    return await cache.get(url, config.organization_id ?? "", () => Promise.resolve(fetched));
  } catch (cause) {
    known.successor = undefined;
    throw cause;
  }
}

function findCache({ safeFetch, now }: KeyDependencies): ExpiringCache<KeySet> {
  const cache = caches.get(safeFetch) ??
    buildExpiringCache({ ...LIMITS, milliseconds: KEEP_MILLISECONDS, sizeOf: sizeOfKeys }, now);
  caches.set(safeFetch, cache);
  return cache;
}

function sizeOfKeys({ keys }: KeySet): number {
  return sizeOfJson(keys.map(({ kid, alg, jwk }) => [kid, alg, jwk])) * IMPORTED_FACTOR;
}

function readKeysUrl({ jwks_uri }: oauth.AuthorizationServer): string {
  if (typeof jwks_uri !== "string" || !URL.canParse(jwks_uri)) {
    throw new ProviderFailure({
      member: "jwks_uri",
      problem: jwks_uri === undefined ? "missing" : "malformed",
    });
  }
  return jwks_uri;
}

async function fetchKeys(
  url: string,
  refetchesLeft: number,
  { safeFetch }: KeyDependencies,
): Promise<KeySet> {
  const response = await safeFetch(url, {
    headers: { Accept: "application/json, application/jwk-set+json" },
  });
  if (!response.ok) {
    throw new ProviderRefusal(response.status, []);
  }
  return { keys: listKeys(parseExactJson(await response.text())), refetchesLeft };
}

/** The keys of a set (RFC 7517 §5), or of a list without anything around it, that may verify signatures. */
function listKeys(document: unknown): ProviderKey[] {
  const published = isJsonObject(document) ? document["keys"] : document;
  // A copy, because a number's digits would keep the whole document in memory.
  const entries = Array.isArray(published)
    ? (JSON.parse(JSON.stringify(published)) as unknown[]).filter(isJsonObject)
    : [];
  if (entries.length === 0) {
    throw new ProviderFailure({ member: "keys", problem: "missing" });
  }
  return entries.map(readKey).filter((key) => key !== undefined).slice(0, MAX_KEYS);
}

/**
 * The public members of a key that may verify signatures, and nothing else of it.
 *
 * What only describes a key, such as a certificate, can then not spoil it.
 */
function readKey(entry: Record<string, unknown>): ProviderKey | undefined {
  if (!mayVerify(entry)) {
    return undefined;
  }
  const members = ["kty", "crv", "x", "y", "n", "e"].map((name) => [name, entry[name]] as const)
    .filter(([, value]) => typeof value === "string" && value.length <= MAX_MEMBER_CHARACTERS);
  const jwk = Object.fromEntries(members) as JWK;
  const { alg, kid } = entry;
  const isNamed = typeof alg === "string";
  return typeof jwk.kty === "string" && (!isNamed || alg.length <= MAX_ALGORITHM_CHARACTERS)
    ? { kid: readKeyId(kid), alg: isNamed ? alg : undefined, jwk, imported: new Map() }
    : undefined;
}

function mayVerify({ use, key_ops: operations }: Record<string, unknown>): boolean {
  return (typeof use !== "string" || use === "sig") &&
    (!Array.isArray(operations) || operations.includes("verify"));
}

/** A key id as text: some key sets have numbers. */
function readKeyId(kid: unknown): string | undefined {
  return typeof kid === "string" || typeof kid === "number"
    ? String(kid).slice(0, MAX_MEMBER_CHARACTERS)
    : undefined;
}
