/**
 * The environment variables of the functions. No other module reads them.
 *
 * Each function reads the values that it needs. A missing or malformed value
 * stops the function at start with one sentence that says what to do, so that
 * no request meets a half-configured server.
 *
 * @module
 */

import { isLoopbackHost, isPrivateHost } from "./urls.ts";

/** Reads one environment variable; `undefined` when it is not set. */
export type ReadVariable = (name: string) => string | undefined;

const readEnvironment: ReadVariable = (name) => Deno.env.get(name);

/**
 * Base URL of all functions, without a trailing slash: `https://<ref>.supabase.co/functions/v1` or an own origin.
 *
 * Cookies and tokens cross no network in the clear: plain http is for loopback.
 */
export function readPublicUrl(read: ReadVariable = readEnvironment): string {
  const publicUrl = readUrl(read, "GATEPOST_PUBLIC_URL");
  const { protocol, hostname } = new URL(publicUrl);
  if (protocol === "http:" && !isLoopbackHost(hostname)) {
    throw new Error(
      "Cannot start: GATEPOST_PUBLIC_URL is http; only loopback may be, set it to an https URL",
    );
  }
  return publicUrl;
}

/** The URL of a consent page that is served elsewhere. */
export function readConsentUrl(read: ReadVariable = readEnvironment): string | undefined {
  return read("GATEPOST_CONSENT_URL") ? readUrl(read, "GATEPOST_CONSENT_URL") : undefined;
}

/** Local development only: whether upstream URLs may be http and lead into private networks. */
export function readAllowPrivateUpstreams(read: ReadVariable = readEnvironment): boolean {
  return read("GATEPOST_ALLOW_PRIVATE_UPSTREAMS") === "true";
}

/** The header in which the proxy in front tells the address of the caller; undefined where none does. */
export function readClientAddressHeader(read: ReadVariable = readEnvironment): string | undefined {
  const name = read("GATEPOST_CLIENT_ADDRESS_HEADER")?.trim();
  if (name && !/^[A-Za-z0-9-]+$/.test(name)) {
    throw new Error(
      "Cannot start: GATEPOST_CLIENT_ADDRESS_HEADER is not the name of a header; set it to one such as X-Real-IP",
    );
  }
  return name || undefined;
}

/** Where OpenTelemetry's spans and metrics go. */
export interface CollectorAccess {
  /** Base URL of OTLP over HTTP, without a slash at its end. */
  url: string;
  /** Sent with everything, such as a key. No answer, log or error contains them. */
  headers: [name: string, value: string][];
}

/** The collector, or undefined: then nothing is recorded, and nothing that records is loaded. */
export function readCollectorAccess(read: ReadVariable = readEnvironment): CollectorAccess | undefined {
  const value = read("GATEPOST_OTLP_ENDPOINT")?.trim();
  if (!value) {
    return undefined;
  }
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || /[?#]/.test(value)) {
    throw new Error(
      "Cannot start: GATEPOST_OTLP_ENDPOINT is not a URL such as https://collector.example.com:4318; set it to one without user, query and fragment",
    );
  }
  const headers = readCollectorHeaders(read);
  if (headers.length > 0 && url.protocol === "http:" && !isLoopbackHost(url.hostname)) {
    throw new Error(
      "Cannot start: GATEPOST_OTLP_HEADERS would go over http in the clear; set GATEPOST_OTLP_ENDPOINT to an https URL",
    );
  }
  return { url: url.href.replace(/\/+$/, ""), headers };
}

/** As OpenTelemetry writes them: `name=value,name=value`, percent-encoded. */
function readCollectorHeaders(read: ReadVariable): [name: string, value: string][] {
  const pairs = (read("GATEPOST_OTLP_HEADERS") ?? "").split(",").map((pair) => pair.trim()).filter(Boolean);
  return pairs.map((pair) => {
    const [, name = "", encoded = ""] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(\S.*)$/.exec(pair) ?? [];
    const value = decode(encoded);
    if (!value || /[^\t\x20-\x7e]/.test(value)) {
      throw new Error(
        "Cannot start: GATEPOST_OTLP_HEADERS is not a list such as Authorization=Bearer%20key,X-Tenant=name; set it to one",
      );
    }
    return [name, value];
  });
}

/** JWKS of private signing keys, the first signs. */
export function readSigningKeySet(read: ReadVariable = readEnvironment): string {
  return readRequired(read, "GATEPOST_SIGNING_KEYS", "run `deno task keys` and set it");
}

/** JWKS of 256-bit encryption keys, the first encrypts. */
export function readEncryptionKeySet(read: ReadVariable = readEnvironment): string {
  return readRequired(read, "GATEPOST_ENCRYPTION_KEYS", "run `deno task keys` and set it");
}

/** How the platform's REST layer is reached. */
export interface RestAccess {
  /** Base URL of the platform's API, possibly internal. */
  url: string;
  key: string;
}

/** The REST layer with the platform's secret key, which may call the SQL functions. No answer contains the key. */
export function readSecretAccess(read: ReadVariable = readEnvironment): RestAccess {
  return readAccess(read, "SUPABASE_SECRET_KEYS", "SUPABASE_SERVICE_ROLE_KEY");
}

/** The REST layer with the platform's publishable key, for the requests of platform users. */
export function readPublishableAccess(read: ReadVariable = readEnvironment): RestAccess {
  return readAccess(read, "SUPABASE_PUBLISHABLE_KEYS", "SUPABASE_ANON_KEY");
}

/** PostgreSQL itself, and how it is spoken to. No answer, log or error contains any of it. */
export interface DirectAccess {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  /** The connection is encrypted, and the server proves its name. */
  tls: boolean;
  /** PEM certificates that the server's may be signed with, beside those that the runtime trusts. */
  certificate: string | undefined;
  /** Connections that a worker keeps at most. */
  poolSize: number;
  /** Statements are prepared once for each connection, which no transaction pooler may share. */
  prepare: boolean;
}

/** The login that the schema makes for the functions. */
const DIRECT_ROLE = "gatepost_functions";
const POOL_SIZE = 3;

/** The database: over the platform's REST layer, or directly where `GATEPOST_DATABASE_URL` is set. */
export function readDatabaseAccess(read: ReadVariable = readEnvironment): RestAccess | DirectAccess {
  const value = read("GATEPOST_DATABASE_URL")?.trim();
  return value ? readDirectAccess(read, value) : readSecretAccess(read);
}

function readDirectAccess(read: ReadVariable, value: string): DirectAccess {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const [user, password, database] = [url?.username, url?.password, url?.pathname.slice(1)].map(decode);
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || !url.hostname || !user || !password || !database) {
    throw new Error(
      `Cannot start: GATEPOST_DATABASE_URL is not a URL such as postgresql://${DIRECT_ROLE}:password@host:6543/postgres`,
    );
  }
  // Supabase's pooler takes the project's reference behind the name.
  if (user.split(".")[0] !== DIRECT_ROLE) {
    throw new Error(
      `Cannot start: GATEPOST_DATABASE_URL is not of ${DIRECT_ROLE}, which has the rights and the time limits; set it to one`,
    );
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const tls =
    (url.searchParams.get("sslmode") ?? (isLoopbackHost(url.hostname) ? "disable" : "")) !== "disable";
  if (!tls && !isPrivateHost(host)) {
    throw new Error(
      "Cannot start: GATEPOST_DATABASE_URL sends its password without encryption to a public host; leave sslmode out",
    );
  }
  return {
    host,
    port: Number(url.port || 5432),
    user,
    password,
    database,
    tls,
    certificate: read("GATEPOST_DATABASE_CA")?.trim() || undefined,
    poolSize: readPoolSize(read),
    prepare: read("GATEPOST_DATABASE_PREPARE") === "true",
  };
}

function readPoolSize(read: ReadVariable): number {
  const text = read("GATEPOST_DATABASE_POOL_SIZE")?.trim();
  const size = text ? Number(text) : POOL_SIZE;
  if (!Number.isInteger(size) || size < 1 || size > 100) {
    throw new Error(
      "Cannot start: GATEPOST_DATABASE_POOL_SIZE is not a number of connections; set it to 1 to 100",
    );
  }
  return size;
}

/** A part of a URL; undefined where it is not well encoded. */
function decode(part: string | undefined): string | undefined {
  try {
    return part && decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function readRequired(read: ReadVariable, name: string, advice: string): string {
  const value = read(name)?.trim();
  if (!value) {
    throw new Error(`Cannot start: ${name} is not set; ${advice}`);
  }
  return value;
}

/** Reads a URL in the form in which issuers are compared: no default port, no slash at the end, no query. */
function readUrl(read: ReadVariable, name: string): string {
  const value = readRequired(read, name, "set it to a URL such as https://auth.example.com");
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (
    !url ||
    !["http:", "https:"].includes(url.protocol) ||
    url.username ||
    url.password ||
    url.search ||
    url.hash
  ) {
    throw new Error(`Cannot start: ${name} is not a URL; set it to one such as https://auth.example.com`);
  }
  return url.href.replace(/\/+$/, "");
}

function readAccess(read: ReadVariable, names: string, legacyName: string): RestAccess {
  const url = readUrl(read, "SUPABASE_URL");
  const key = findPlatformKey(read, names, legacyName);
  if (!key) {
    throw new Error(
      `Cannot start: neither ${names} nor ${legacyName} is set; Supabase sets them for its functions`,
    );
  }
  return { url, key };
}

/** The platform's keys are a JSON object by name; the older variable holds one key. */
function findPlatformKey(read: ReadVariable, names: string, legacyName: string): string | undefined {
  const json = read(names);
  if (!json) {
    return read(legacyName);
  }
  let keys: unknown;
  try {
    keys = JSON.parse(json);
  } catch {
    throw new Error(
      `Cannot start: ${names} is not JSON; Supabase sets it to an object such as {"default":"…"}`,
    );
  }
  const key = (keys as Record<string, unknown> | null)?.["default"];
  return typeof key === "string" ? key : read(legacyName);
}
