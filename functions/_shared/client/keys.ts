/**
 * Finding the keys that verify a client's assertions.
 *
 * A registered client named them when it registered: the keys themselves, or
 * the URL of its key set. A client with a metadata document names them there
 * and can change them, so its document is looked up. While the document is out
 * of reach, the copy of the last approval is used. A key set is fetched under
 * the rules of a metadata document, and only for a known client.
 *
 * @module
 */

import { OAuthError, unavailable } from "../errors.ts";
import { refusedAssertion } from "./assertion.ts";
import { fetchPublished, readFreshSeconds } from "./fetch_published.ts";
import { type KeySet, parseKeySet } from "./key_set.ts";
import type { ClientKeys } from "./metadata.ts";
import { buildFindMetadataDocument, type DocumentDependencies } from "./metadata_document.ts";
import { buildFindPublished, isTrouble } from "./published_copies.ts";

/** A client as it is stored, and where it says its keys are. */
export interface StoredClient {
  client_id: string;
  kind: string;
  keys: ClientKeys;
}

/** What a client says of its keys now, with the keys. */
export interface FoundKeys {
  keySet: KeySet;
  named: ClientKeys;
}

/** Finds the keys of a client. `anew` fetches them again, after a signature of an unknown key. */
export type FindClientKeys = (client: StoredClient, anew?: boolean) => Promise<FoundKeys>;

/** A set of ten RSA keys with their certificates has 30 KB. */
const MAX_BYTES = 64 * 1024;
const LEAST_FRESH_SECONDS = 60;
const MAX_FRESH_SECONDS = 10 * 60;
/** A document says where keys are, which changes far less often than they do. */
const DOCUMENT_FRESH_SECONDS = 5 * 60;

/** Builds the look-up. Each function of a worker keeps its own copies. */
export function buildFindClientKeys(dependencies: DocumentDependencies): FindClientKeys {
  const findDocument = buildFindMetadataDocument(dependencies, DOCUMENT_FRESH_SECONDS);
  const findKeySet = buildFindPublished(async (url) => {
    const published = await fetchPublished(url, MAX_BYTES, dependencies);
    switch (published.outcome) {
      case "found":
        return { document: readKeySet(published.value), freshSeconds: boundFreshness(published.headers) };
      // A 404 can be a failed deployment, and after `invalid_client` a client throws its logins away.
      case "missing":
      case "unreachable":
        throw unavailable(
          "Cannot authenticate client now: its keys are out of reach, try again",
          "client_keys_unavailable",
          "cause" in published ? published.cause : undefined,
        );
      case "gone":
      case "malformed":
      case "address_refused":
        throw refusedAssertion(`client_keys_${published.outcome}`);
    }
  }, dependencies.now);

  return async (client, anew = false) => {
    const named = client.kind === "metadata_document"
      ? await findDocument(client.client_id, anew).catch((thrown: unknown) =>
        standIn(client.keys, anew, thrown)
      )
      : client.keys;
    if (named.jwks_uri !== undefined) {
      return { named, keySet: await findKeySet(named.jwks_uri, anew) };
    }
    if (named.jwks !== undefined) {
      return { named, keySet: named.jwks };
    }
    throw refusedAssertion("client_keys_not_named");
  };
}

/**
 * What was stored stands in for a document in trouble, and for one that answers 404, as chatgpt.com's did for half an
 * hour on 2026-10-22 (cloudflare/workers-oauth-provider v1.3.0). Keys inside the stored document are not the present ones.
 */
function standIn(stored: ClientKeys, anew: boolean, thrown: unknown): ClientKeys {
  const isMissing = thrown instanceof OAuthError && thrown.reason === "metadata_document_missing";
  if (!isTrouble(thrown) && !isMissing) {
    throw refusedAssertion("client_document_refused", thrown);
  }
  if (anew && stored.jwks_uri === undefined) {
    throw thrown;
  }
  return stored;
}

function readKeySet(value: Record<string, unknown>): KeySet {
  const keySet = parseKeySet(value);
  if (keySet === undefined) {
    throw refusedAssertion("client_keys_malformed");
  }
  return keySet;
}

function boundFreshness(headers: Headers): number {
  return Math.min(Math.max(readFreshSeconds(headers), LEAST_FRESH_SECONDS), MAX_FRESH_SECONDS);
}
