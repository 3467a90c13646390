/**
 * Client metadata (RFC 7591 §2): what a client may say of itself, and what it is granted.
 *
 * A decision without I/O, for dynamic registrations and metadata documents.
 * Redirect URIs are checked strictly, because a person's login goes there.
 * Other members never cause a refusal if their meaning is clear: texts are
 * cleaned, malformed or unknown members are left out, and the answer says what
 * was kept (RFC 7591 §3.2.1). URLs are stored and not fetched, except that of a
 * key set, which is fetched to check an assertion.
 *
 * @module
 */

import { OAuthError } from "../errors.ts";
import {
  type AuthMethod,
  chooseDescribedMethod,
  chooseRegisteredMethod,
  readAlgorithms,
  readMethods,
  readOffer,
} from "./auth_method.ts";
import { cleanDisplayText } from "./display_text.ts";
import { type KeySet, parseKeySet } from "./key_set.ts";
import { isKeySetUrl, isWebUrl } from "./published_url.ts";
import { checkRedirectUri } from "./redirect_uri.ts";

/** Where a client's keys are, and what it signs with; nothing for a client that has none. */
export type ClientKeys = {
  jwks_uri?: string;
  jwks?: KeySet;
  token_endpoint_auth_signing_alg?: string;
  token_endpoint_auth_signing_alg_values_supported?: string[];
};

/** The metadata of a client as it is stored and answered. */
export type ClientMetadata = ClientKeys & {
  redirect_uris: string[];
  token_endpoint_auth_method: AuthMethod;
  grant_types: string[];
  response_types: string[];
  client_name?: string;
  client_uri?: string;
  logo_uri?: string;
  tos_uri?: string;
  policy_uri?: string;
  software_id?: string;
  software_version?: string;
  scope?: string;
  application_type?: string;
};

/** What any client may say of itself. */
type Metadata = Record<string, unknown>;

const GRANT_TYPES = ["authorization_code", "refresh_token"];
const MAX_SCOPE_LENGTH = 2000;

/**
 * Parses and completes what a client registers.
 *
 * @throws {OAuthError} `invalid_redirect_uri` or `invalid_client_metadata`
 */
export function parseRegistration(metadata: Metadata, allowPrivate: boolean): ClientMetadata {
  const keys = readKeys(metadata, allowPrivate);
  const method = chooseRegisteredMethod(readMethods(metadata), keys !== undefined);
  if (method === undefined) {
    throw refusedMember("the keys of private_key_jwt are");
  }
  return complete(metadata, method, keys);
}

/**
 * Parses and completes what a metadata document says of a client; `undefined` where it offers no method that can be had.
 *
 * @throws {OAuthError} `invalid_redirect_uri` or `invalid_client_metadata`
 */
export function parseDescription(document: Metadata, allowPrivate: boolean): ClientMetadata | undefined {
  const keys = readKeys(document, allowPrivate);
  const method = chooseDescribedMethod(readMethods(document), keys !== undefined);
  return method && complete(document, method, keys);
}

function complete(
  metadata: Metadata,
  method: AuthMethod,
  keys: ClientKeys | undefined,
): ClientMetadata {
  const redirectUris = readRedirectUris(metadata["redirect_uris"]);
  checkOffer(metadata, "grant_types", GRANT_TYPES);
  checkOffer(metadata, "response_types", ["code"]);
  return {
    redirect_uris: redirectUris,
    ...readText(metadata, "client_name"),
    ...readUrl(metadata, "client_uri"),
    ...readUrl(metadata, "logo_uri"),
    ...readUrl(metadata, "tos_uri"),
    ...readUrl(metadata, "policy_uri"),
    ...readText(metadata, "software_id"),
    ...readText(metadata, "software_version"),
    ...readScope(metadata["scope"]),
    ...readApplicationType(metadata["application_type"]),
    token_endpoint_auth_method: method,
    ...(["none", "private_key_jwt"].includes(method) ? keys : {}),
    // Every client may refresh. Without that, its users would have to log in every quarter of an hour.
    grant_types: GRANT_TYPES,
    response_types: ["code"],
  };
}

function readRedirectUris(value: unknown): string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > 20 || !value.every(isString)) {
    throw new OAuthError(
      "invalid_redirect_uri",
      "Cannot register client: redirect_uris must list 1 to 20 URIs",
    );
  }
  value.forEach(checkRedirectUri);
  return value;
}

/** Refuses a client whose offer has nothing that Gatepost supports: it could not use a grant. */
function checkOffer(metadata: Metadata, name: string, supported: readonly string[]): void {
  const offered = readOffer(metadata, name, `${name}_supported`);
  if (offered.length > 0 && !offered.some((value) => supported.includes(value))) {
    throw refusedMember(`${name} is`);
  }
}

/**
 * The keys that assertions can be checked with; `undefined` where there are none.
 *
 * A client must not send both members (RFC 7591 §2). If it does, the URL is used, because keys can be changed there.
 */
function readKeys(metadata: Metadata, allowPrivate: boolean): ClientKeys | undefined {
  const algorithms = readAlgorithms(metadata);
  const jwks = parseKeySet(metadata["jwks"]);
  const keys = isKeySetUrl(metadata["jwks_uri"], allowPrivate)
    ? { jwks_uri: metadata["jwks_uri"] }
    : jwks && { jwks };
  if (!keys || algorithms.length === 0 || (keys.jwks && keys.jwks.keys.length === 0)) {
    return undefined;
  }
  const [alg, algs] = [
    metadata["token_endpoint_auth_signing_alg"],
    metadata["token_endpoint_auth_signing_alg_values_supported"],
  ];
  return {
    ...keys,
    ...(isString(alg) && algorithms.includes(alg) && { token_endpoint_auth_signing_alg: alg }),
    ...(Array.isArray(algs) && { token_endpoint_auth_signing_alg_values_supported: algorithms }),
  };
}

function readText(metadata: Metadata, name: string): Record<string, string> {
  const text = cleanDisplayText(metadata[name]);
  return text === undefined ? {} : { [name]: text };
}

function readUrl(metadata: Metadata, name: string): Record<string, string> {
  const url = metadata[name];
  return isWebUrl(url) ? { [name]: url } : {};
}

/** The scope of a client is not binding, so one that cannot be read is left out. */
function readScope(value: unknown): { scope?: string } {
  const text = Array.isArray(value) ? value.filter(isString).join(" ") : value;
  const scopes = isString(text) ? text.split(/\s+/).filter((scope) => scope !== "") : [];
  const scope = scopes.join(" ");
  const isReadable = scopes.every((name) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name));
  return scope !== "" && scope.length <= MAX_SCOPE_LENGTH && isReadable ? { scope } : {};
}

function readApplicationType(value: unknown): { application_type?: string } {
  return isString(value) && ["web", "native"].includes(value) ? { application_type: value } : {};
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function refusedMember(what: string): OAuthError {
  return new OAuthError(
    "invalid_client_metadata",
    `Cannot register client: ${what} malformed or not supported`,
    { reason: "client_metadata_refused" },
  );
}
