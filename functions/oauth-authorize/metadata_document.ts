/**
 * Client id metadata documents: a client whose id is the URL of its own description.
 *
 * The document is fetched when the client comes, under the rules of
 * `safe_fetch.ts`, and kept for as long as its HTTP headers allow; a failure is
 * not kept. Which hosts may have documents is the server's policy. Nothing
 * that a document names is fetched; what it names at an address that is not
 * public is refused all the same, because it is stored and published.
 *
 * @module
 */

import { isJsonObject, readBytes } from "../_shared/http/body.ts";
import { type ClientMetadata, parseClientMetadata } from "../_shared/client/metadata.ts";
import type { McpServer } from "../_shared/database/rows.ts";
import { OAuthError, unavailable } from "../_shared/errors.ts";
import { isPublicAddress, type SafeFetch } from "../_shared/http/safe_fetch.ts";

/** Fetches the document of a client, or throws why it cannot be used. */
export type FetchMetadataDocument = (clientId: string) => Promise<ClientMetadata>;

const MAX_BYTES = 5 * 1024;
const MAX_CACHE_SECONDS = 24 * 60 * 60;
const MAX_ENTRIES = 1000;

/** Whether a client id is the URL of a document: https, with a path, without user info, fragment or dot segments. */
export function isMetadataDocumentUrl(clientId: string, allowHttp: boolean): boolean {
  if (clientId.length > 2000 || !URL.canParse(clientId)) {
    return false;
  }
  const url = new URL(clientId);
  const schemes = allowHttp ? ["https:", "http:"] : ["https:"];
  return (
    schemes.includes(url.protocol) &&
    url.pathname !== "/" &&
    url.href === clientId &&
    !url.username &&
    !url.password &&
    !clientId.includes("#")
  );
}

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

/** What the fetch needs from outside. */
export interface DocumentDependencies {
  safeFetch: SafeFetch;
  allowPrivateUpstreams: boolean;
  now: () => number;
}

/** Builds the fetch. Each function instance keeps what it fetched. */
export function buildFetchMetadataDocument(
  { safeFetch, now, allowPrivateUpstreams }: DocumentDependencies,
): FetchMetadataDocument {
  const cache = new Map<string, { metadata: ClientMetadata; until: number }>();
  return async (clientId) => {
    const known = cache.get(clientId);
    if (known && known.until > now()) {
      return known.metadata;
    }
    const response = await fetchDocument(clientId, safeFetch);
    const document = await readDocument(response);
    if (!allowPrivateUpstreams) {
      checkNamedAddresses(document);
    }
    const metadata = parseDocument(document, clientId);
    const seconds = readFreshness(response.headers);
    if (cache.size >= MAX_ENTRIES) {
      cache.clear();
    }
    cache.set(clientId, { metadata, until: now() + seconds * 1000 });
    return metadata;
  };
}

/** What the client chose to be known by is its own mistake; that nothing answers there may pass. */
async function fetchDocument(clientId: string, safeFetch: SafeFetch): Promise<Response> {
  try {
    return await safeFetch(clientId, { headers: { Accept: "application/json" } });
  } catch (cause) {
    if (cause instanceof OAuthError && cause.reason === "upstream_address_refused") {
      throw refusedDocument("its address may not be used", "metadata_document_address_refused", cause);
    }
    throw unreachable(cause);
  }
}

async function readDocument(response: Response): Promise<Record<string, unknown>> {
  if (response.status === 429 || response.status >= 500) {
    throw unreachable();
  }
  if (response.status !== 200) {
    throw refusedDocument("its description was not found", "metadata_document_missing");
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await readBytes(response, MAX_BYTES));
    const document: unknown = JSON.parse(text);
    if (isJsonObject(document)) {
      return document;
    }
  } catch (cause) {
    throw refusedDocument(
      "its description is not a JSON object of at most 5 KB",
      "metadata_document_malformed",
      cause,
    );
  }
  throw refusedDocument(
    "its description is not a JSON object of at most 5 KB",
    "metadata_document_malformed",
  );
}

const ADDRESSES = ["client_uri", "logo_uri", "tos_uri", "policy_uri", "jwks_uri"];

/** Checks that what a document names by address is public; a name is not resolved here, because nothing is fetched. */
function checkNamedAddresses(document: Record<string, unknown>): void {
  for (const member of ADDRESSES) {
    const value = document[member];
    const host = typeof value === "string" && URL.canParse(value) ? new URL(value).hostname : "";
    const address = host.replace(/^\[|\]$/g, "");
    const isLocal = /(^|\.)localhost\.?$/.test(host) || (isAddress(address) && !isPublicAddress(address));
    if (isLocal) {
      throw refusedDocument(
        `its ${member} leads to an address that is not public`,
        "metadata_document_address",
      );
    }
  }
}

/** A host that is written as an address: the URL parser has brought every spelling of one into this form. */
function isAddress(host: string): boolean {
  return host.includes(":") || /^[0-9.]+$/.test(host);
}

/** A document must name its own URL, and has no secret: everybody can read it. */
function parseDocument(document: Record<string, unknown>, clientId: string): ClientMetadata {
  if (document["client_id"] !== clientId) {
    throw refusedDocument("its description names another client_id", "metadata_document_of_other");
  }
  if (
    "client_secret" in document ||
    !["none", undefined].includes(document["token_endpoint_auth_method"] as string)
  ) {
    throw refusedDocument("its token_endpoint_auth_method must be none", "metadata_document_method");
  }
  return parseClientMetadata({ ...document, token_endpoint_auth_method: "none" });
}

/** Seconds that a response stays fresh (RFC 9111 §4.2): none where it does not say, at most a day. */
function readFreshness(headers: Headers): number {
  const directives = (headers.get("Cache-Control") ?? "")
    .toLowerCase()
    .split(",")
    .map((text) => text.trim());
  if (directives.includes("no-store") || directives.includes("no-cache")) {
    return 0;
  }
  const maxAge = directives.map((directive) => /^max-age=(\d+)$/.exec(directive)?.[1]).find(Boolean);
  const [expires, date] = ["Expires", "Date"].map((name) => Date.parse(headers.get(name) ?? "") / 1000);
  const lifetime = maxAge === undefined ? expires! - date! : Number(maxAge);
  const seconds = lifetime - Number(headers.get("Age") ?? 0);
  return seconds > 0 ? Math.min(seconds, MAX_CACHE_SECONDS) : 0;
}

function unreachable(cause?: unknown): OAuthError {
  return unavailable(
    "Cannot log in now: the description of the app is out of reach",
    "metadata_document_unavailable",
    cause,
  );
}

function refusedDocument(problem: string, reason: string, cause?: unknown): OAuthError {
  return new OAuthError("invalid_client", `Cannot log in: the app is known by a URL, and ${problem}`, {
    reason,
    cause,
  });
}
