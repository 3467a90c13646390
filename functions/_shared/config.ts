/**
 * What the environment says. Nothing else reads it.
 *
 * A missing or malformed value stops the function at start with one sentence
 * that says what to do, so that no request meets a half-configured server.
 *
 * @module
 */

/** Reads one environment variable; `undefined` when it is not set. */
export type ReadVariable = (name: string) => string | undefined;

/** The configuration of every function. */
export interface Config {
  /** Base URL of all functions, without a trailing slash: `https://<ref>.supabase.co/functions/v1` or an own origin. */
  publicUrl: string;
  /** Base URL of the platform's API, possibly internal. */
  supabaseUrl: string;
  /** The platform's secret key: opens the RPCs, leaves no function. */
  supabaseSecretKey: string;
  /** The platform's publishable key: what a platform user's request is made with. */
  supabasePublishableKey: string | undefined;
  /** JWKS of private signing keys, the first signs. */
  signingKeys: string;
  /** JWKS of 256-bit encryption keys, the first encrypts. */
  encryptionKeys: string;
  /** Where a consent page is served that the functions cannot serve themselves. */
  consentUrl: string | undefined;
  /** Local development only: upstream URLs may be http and lead into private networks. */
  allowPrivateUpstreams: boolean;
}

/** Reads the configuration, or throws an `Error` whose message says what to do. */
export function readConfig(read: ReadVariable): Config {
  return {
    publicUrl: readPublicUrl(read),
    supabaseUrl: readUrl(read, "SUPABASE_URL"),
    supabaseSecretKey: readPlatformKey(read, "SUPABASE_SECRET_KEYS", "SUPABASE_SERVICE_ROLE_KEY"),
    supabasePublishableKey: findPlatformKey(read, "SUPABASE_PUBLISHABLE_KEYS", "SUPABASE_ANON_KEY"),
    signingKeys: readRequired(read, "GATEPOST_SIGNING_KEYS", "run `deno task keys` and set it"),
    encryptionKeys: readRequired(read, "GATEPOST_ENCRYPTION_KEYS", "run `deno task keys` and set it"),
    consentUrl: read("GATEPOST_CONSENT_URL") ? readUrl(read, "GATEPOST_CONSENT_URL") : undefined,
    allowPrivateUpstreams: read("GATEPOST_ALLOW_PRIVATE_UPSTREAMS") === "true",
  };
}

const LOOPBACK_HOSTS = new Set(["127.0.0.1", "[::1]", "localhost"]);

/** Cookies and tokens cross no network in the clear: plain http is for loopback. */
function readPublicUrl(read: ReadVariable): string {
  const publicUrl = readUrl(read, "GATEPOST_PUBLIC_URL");
  const { protocol, hostname } = new URL(publicUrl);
  if (protocol === "http:" && !LOOPBACK_HOSTS.has(hostname)) {
    throw new Error(
      "Cannot start: GATEPOST_PUBLIC_URL is http; only loopback may be, set it to an https URL",
    );
  }
  return publicUrl;
}

function readRequired(read: ReadVariable, name: string, advice: string): string {
  const value = read(name)?.trim();
  if (!value) {
    throw new Error(`Cannot start: ${name} is not set; ${advice}`);
  }
  return value;
}

/** A URL as issuers are compared: lower-case host, no default port, no trailing slash, query or fragment. */
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

function readPlatformKey(read: ReadVariable, names: string, legacyName: string): string {
  const key = findPlatformKey(read, names, legacyName);
  if (!key) {
    throw new Error(
      `Cannot start: neither ${names} nor ${legacyName} is set; Supabase sets them for its functions`,
    );
  }
  return key;
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
