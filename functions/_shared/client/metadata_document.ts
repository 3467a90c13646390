/**
 * Client id metadata documents: a client whose id is the URL of its own description.
 *
 * The document is fetched when the client comes, and kept for as long as its
 * HTTP headers allow. The server's policy decides which hosts may have
 * documents. Of the URLs in a document only that of the key set is fetched, in
 * `keys.ts`. A URL at an address that is not public is refused all the same,
 * because the document is stored and published.
 *
 * @module
 */

import type { McpServer } from "../database/rows.ts";
import { OAuthError, unavailable } from "../errors.ts";
import { fetchPublished, type FetchPublishedDependencies, readFreshSeconds } from "./fetch_published.ts";
import { type ClientMetadata, parseDescription } from "./metadata.ts";
import { buildFindPublished, type FindPublished } from "./published_copies.ts";
import { namesPublicHost } from "./published_url.ts";

/** Finds the document of a client, or throws why it cannot be used: `temporarily_unavailable` for trouble of the moment. */
export type FindMetadataDocument = FindPublished<ClientMetadata>;

/** What it takes to fetch documents and to keep copies of them. */
export interface DocumentDependencies extends FetchPublishedDependencies {
  allowPrivateUpstreams: boolean;
  now: () => number;
}

const MAX_BYTES = 5 * 1024;
const MAX_FRESH_SECONDS = 24 * 60 * 60;

/** Checks that a server takes clients that are described at this URL, or throws `invalid_client`. */
export function checkMetadataDocumentPolicy(clientId: string, server: McpServer): void {
  const host = new URL(clientId).hostname;
  const allowed = server.metadata_document_policy === "open" ||
    (server.metadata_document_policy === "allow_list" && server.metadata_document_hosts.includes(host));
  if (!allowed) {
    throw refusedDocument(
      "the server takes no apps that are described there",
      "metadata_document_not_allowed",
    );
  }
}

/**
 * Builds the look-up. Each function of a worker keeps its own copies.
 *
 * @param leastFreshSeconds How long a copy serves whatever its headers say.
 */
export function buildFindMetadataDocument(
  dependencies: DocumentDependencies,
  leastFreshSeconds = 0,
): FindMetadataDocument {
  const { allowPrivateUpstreams, now } = dependencies;
  return buildFindPublished(async (clientId) => {
    const published = await fetchPublished(clientId, MAX_BYTES, dependencies);
    switch (published.outcome) {
      case "found": {
        if (!allowPrivateUpstreams) {
          checkAddresses(published.value);
        }
        const freshSeconds = Math.min(readFreshSeconds(published.headers), MAX_FRESH_SECONDS);
        return {
          document: parseDocument(published.value, clientId, allowPrivateUpstreams),
          freshSeconds: Math.max(freshSeconds, leastFreshSeconds),
        };
      }
      case "unreachable":
        throw unavailable(
          "Cannot log in now: the description of the app is out of reach",
          "metadata_document_unavailable",
          published.cause,
        );
      case "missing":
      case "gone":
        throw refusedDocument("its description was not found", `metadata_document_${published.outcome}`);
      case "malformed":
        throw refusedDocument(
          "its description is not a JSON object of at most 5 KB",
          "metadata_document_malformed",
          published.cause,
        );
      case "address_refused":
        throw refusedDocument(
          "its address may not be used",
          "metadata_document_address_refused",
          published.cause,
        );
    }
  }, now);
}

const ADDRESSES = ["client_uri", "logo_uri", "tos_uri", "policy_uri", "jwks_uri"];

/** Checks that the IP addresses in a document are public. Host names are not resolved here, because nothing is fetched. */
function checkAddresses(document: Record<string, unknown>): void {
  for (const member of ADDRESSES) {
    const value = document[member];
    if (typeof value === "string" && URL.canParse(value) && !namesPublicHost(value)) {
      throw refusedDocument(
        `its ${member} leads to an address that is not public`,
        "metadata_document_address",
      );
    }
  }
}

/** A document must name its own URL. It has no secret, because everybody can read it. */
function parseDocument(
  document: Record<string, unknown>,
  clientId: string,
  allowPrivate: boolean,
): ClientMetadata {
  if (document["client_id"] !== clientId) {
    throw refusedDocument("its description names another client_id", "metadata_document_of_other");
  }
  const metadata = Object.hasOwn(document, "client_secret")
    ? undefined
    : parseDescription(document, allowPrivate);
  if (!metadata) {
    throw refusedDocument(
      "its description offers neither none nor private_key_jwt with its keys as a token_endpoint_auth_method",
      "metadata_document_method",
    );
  }
  return metadata;
}

function refusedDocument(problem: string, reason: string, cause?: unknown): OAuthError {
  return new OAuthError("invalid_client", `Cannot log in: the app is known by a URL, and ${problem}`, {
    reason,
    cause,
  });
}
