/**
 * Glewlwyd, a provider that others wrote, from Debian's package: OpenID Connect on loopback, with one user.
 *
 * It compares the client's id and secret of HTTP Basic as they come, and names its access tokens `bearer`. The package
 * is unpacked and not installed: its own set-up asks questions and starts a service.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import type { Browser } from "../client/browser.ts";

/** Where `.ci/run` unpacks the package. */
const ROOT = "/opt/glewlwyd";
const PROGRAM = `${ROOT}/usr/bin/glewlwyd`;
const SCHEMA = `${ROOT}/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3`;
const START_MILLISECONDS = 10_000;

/** Whether the package is there. */
export const hasGlewlwyd = await Deno.stat(PROGRAM).then(({ isFile }) => isFile, () => false);

if (!hasGlewlwyd) {
  // deno-lint-ignore no-console
  console.log(`Skipping Glewlwyd's tests: there is no ${PROGRAM}`);
}

/** A running Glewlwyd. */
export interface Glewlwyd extends AsyncDisposable {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Logs its user in, in a browser that then goes through the authorization endpoint. */
  logIn: (browser: Browser) => Promise<void>;
  /** Consents for its user, once and for all. */
  consent: (browser: Browser) => Promise<void>;
  /** How many of its refresh tokens are good. */
  countRefreshTokens: () => number;
}

/** Starts Glewlwyd with a client that has these redirect URIs. */
export async function startGlewlwyd(redirectUris: string[]): Promise<Glewlwyd> {
  const folder = await Deno.makeTempDir({ prefix: "gatepost-glewlwyd-" });
  const port = findPort();
  const origin = `http://127.0.0.1:${port}`;
  await makeFolder(folder, port, origin);
  const child = new Deno.Command(PROGRAM, {
    args: [`--config-file=${folder}/glewlwyd.conf`],
    stdout: "null",
    stderr: "null",
  }).spawn();

  const glewlwyd: Glewlwyd = {
    issuer: `${origin}/api/oidc`,
    clientId: "gate-post_1.x~y",
    clientSecret: "a-secret_of.some~kind",
    logIn: async (browser) => {
      const session = await signIn(origin, USER.username, USER.password);
      await browser.cookies.setCookie(session, origin);
    },
    consent: async (browser) => {
      const cookie = await browser.cookies.getCookieString(origin);
      await request("PUT", `${origin}/api/auth/grant/${glewlwyd.clientId}/`, cookie, { scope: "openid" });
    },
    countRefreshTokens: () => {
      using database = new DatabaseSync(`${folder}/glewlwyd.db`, { readOnly: true });
      const row = database.prepare("select count(*) as count from gpo_refresh_token where gpor_enabled = 1")
        .get();
      return Number(row?.["count"]);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      child.kill();
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
  try {
    await waitFor(`${origin}/api/mod/type`);
    await setUp(origin, glewlwyd, redirectUris);
    return glewlwyd;
  } catch (cause) {
    await glewlwyd[Symbol.asyncDispose]();
    throw cause;
  }
}

const USER = { username: "ada", password: "ada-password", name: "Ada", email: "ada@example.com" };

function findPort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}

async function makeFolder(folder: string, port: number, origin: string): Promise<void> {
  const database = new DatabaseSync(`${folder}/glewlwyd.db`);
  database.exec(await Deno.readTextFile(SCHEMA));
  database.close();
  await Deno.mkdir(`${folder}/empty`);
  const modules = { user: "user", client: "client", plugin: "plugin", user_auth_scheme: "scheme" };
  const settings = {
    port,
    bind_address: "127.0.0.1",
    external_url: origin,
    login_url: "login.html",
    api_prefix: "api",
    static_files_path: `${folder}/empty/`,
    log_mode: "console",
    log_level: "INFO",
    cookie_domain: "127.0.0.1",
    session_expiration: 86400,
    session_key: "GLEWLWYD2_SESSION_ID",
    admin_session_authentication: "cookie",
    profile_session_authentication: "cookie",
    admin_scope: "g_admin",
    profile_scope: "g_profile",
    user_middleware_module_path: `${folder}/empty`,
    ...Object.fromEntries(
      Object.entries(modules).map((
        [name, path],
      ) => [`${name}_module_path`, `${ROOT}/usr/lib/glewlwyd/${path}`]),
    ),
    hash_algorithm: "SHA512",
    secure_connection_key_file: "",
    secure_connection_pem_file: "",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  await Deno.writeTextFile(
    `${folder}/glewlwyd.conf`,
    [
      ...lines,
      "cookie_secure=0",
      "login_api_enabled=true",
      "use_secure_connection=false",
      `database =\n{\n  type = "sqlite3"\n  path = "${folder}/glewlwyd.db"\n};`,
    ].join("\n"),
  );
}

async function waitFor(url: string): Promise<void> {
  const deadline = Date.now() + START_MILLISECONDS;
  while (true) {
    const response = await fetch(url).catch(() => undefined);
    await response?.body?.cancel();
    if (response !== undefined) {
      return;
    }
    if (Date.now() > deadline) {
      throw new Error(`Glewlwyd does not answer within ${START_MILLISECONDS} ms`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Its OpenID Connect plugin, a user, and a client. */
async function setUp(
  origin: string,
  { issuer, clientId, clientSecret }: Glewlwyd,
  redirectUris: string[],
): Promise<void> {
  const administrator = await signIn(origin, "admin", "password");
  const add = (path: string, row: Record<string, unknown>): Promise<void> =>
    request("POST", `${origin}/api/${path}/`, administrator, row);
  await add("mod/plugin", {
    ...{ module: "oidc", name: "oidc", display_name: "OpenID Connect", order_rank: 0 },
    parameters: {
      ...{ iss: issuer, "subject-type": "public", "jwks-show": true },
      ...{ "jwks-private": await makePrivateKeys(), "default-kid": "glewlwyd-1" },
      ...{ "access-token-duration": 3600, "refresh-token-duration": 86400, "code-duration": 600 },
      ...{ "refresh-token-rolling": true, "refresh-token-one-use": "always" },
      ...{ "auth-type-code-enabled": true, "auth-type-refresh-enabled": true, "allow-non-oidc": true },
      ...{ "pkce-allowed": true, "pkce-required": true, "introspection-revocation-allowed": true },
      ...{ "introspection-revocation-allow-target-client": true },
      ...{
        "name-claim": "mandatory",
        "email-claim": "mandatory",
        "address-claim": { type: "no" },
        claims: [],
      },
    },
  });
  await add("user", { ...USER, enabled: true, scope: ["openid", "g_profile"] });
  await add("client", {
    ...{ client_id: clientId, client_secret: clientSecret, confidential: true, enabled: true },
    ...{ redirect_uri: redirectUris, authorization_type: ["code", "refresh_token"], scope: ["openid"] },
    token_endpoint_auth_method: ["client_secret_basic"],
  });
}

async function makePrivateKeys(): Promise<string> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const { privateKey } = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey("jwk", privateKey);
  return JSON.stringify({ keys: [{ kty, crv, x, y, d, kid: "glewlwyd-1", alg: "ES256" }] });
}

async function signIn(origin: string, username: string, password: string): Promise<string> {
  const response = await fetch(`${origin}/api/auth/`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ username, password }),
  });
  await response.body?.cancel();
  return response.headers.getSetCookie()[0]!.split(";")[0]!;
}

async function request(method: string, url: string, cookie: string, body: unknown): Promise<void> {
  const response = await fetch(url, {
    method,
    headers: { "Cookie": cookie, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`Glewlwyd answers ${response.status} to ${method} ${url}: ${text}`);
  }
}
