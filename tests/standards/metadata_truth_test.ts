/**
 * Every member of the metadata compared with what the endpoints do.
 *
 * A member that has no comparison here fails the first test.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";
import { describeAuthorizationServer } from "../../functions/oauth/authorization_server.ts";
import { walkLogin } from "../../supabase/commands/login/walk_login.ts";
import { assertionForm, type ClientKey, makeClientKey, signAssertion } from "../support/client/assertions.ts";
import {
  attemptAuthorization,
  discover,
  type Discovery,
  postForm,
  redemptionForm,
  REDIRECT_URI,
  refreshForm,
  register,
  type RegisteredClient,
  requestTokens,
  type Tokens,
} from "../support/client/mcp_client.ts";
import { buildServer, PUBLIC_URL } from "../support/database/records.ts";
import { useStack } from "../support/stack/stack.ts";

type Document = Record<string, unknown>;

const stack = await useStack("own");
const KEY = await makeClientKey("1");
const KEYS = { jwks: { keys: [KEY.publicJwk] } };
/** A client that errors are redirected to. */
let approved: RegisteredClient | undefined;

/** What a client registers that proves itself with a key. */
function keysOf({ publicJwk }: ClientKey): Record<string, unknown> {
  return { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [publicJwk] } };
}

/** What each member of the authorization server's document promises. */
const COMPARISONS: Record<string, (promised: never, discovery: Discovery) => Promise<void>> = {
  async issuer(promised: string): Promise<void> {
    const { tokens, returned } = await logIn();
    const claims = [decodeJwt(tokens.access_token).iss, decodeJwt(tokens.id_token!).iss];
    assertEquals([...claims, returned.searchParams.get("iss")], [promised, promised, promised]);
  },
  async authorization_endpoint(promised: string): Promise<void> {
    const { url } = attemptAuthorization(await register(await discover(stack.status.MCP_URL)));
    assertEquals(url.origin + url.pathname, promised);
    assertEquals((await visit(url)).status, 200);
  },
  async token_endpoint(promised: string): Promise<void> {
    const { client, tokens } = await logIn();
    const response = await postForm(promised, refreshForm(client, tokens.refresh_token));
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("Cache-Control"), "no-store");
    await response.body?.cancel();
  },
  async userinfo_endpoint(promised: string): Promise<void> {
    const { tokens } = await logIn();
    const headers = { Authorization: `Bearer ${tokens.access_token}` };
    const { sub } = await (await fetch(promised, { headers })).json();
    assertEquals(sub, decodeJwt(tokens.id_token!).sub);
  },
  async revocation_endpoint(promised: string): Promise<void> {
    const { client, tokens } = await logIn();
    const response = await postForm(promised, { token: tokens.refresh_token, client_id: client.clientId });
    assertEquals([response.status, await refreshStatus(client, tokens)], [200, 400]);
    await response.body?.cancel();
  },
  async introspection_endpoint(promised: string): Promise<void> {
    const { tokens } = await logIn();
    const response = await postForm(promised, { token: tokens.access_token }, await resourceServer("basic"));
    assertEquals((await response.json()).active, true);
  },
  async jwks_uri(promised: string): Promise<void> {
    const { tokens } = await logIn();
    const keys = createRemoteJWKSet(new URL(promised));
    await jwtVerify(tokens.access_token, keys);
    await jwtVerify(tokens.id_token!, keys);
  },
  async registration_endpoint(promised: string): Promise<void> {
    const response = await postJson(promised, { redirect_uris: [REDIRECT_URI] });
    assertEquals(response.status, 201);
    await response.body?.cancel();
  },
  async scopes_supported(promised: string[]): Promise<void> {
    const { tokens } = await logIn({ scope: [...promised, "admin"].join(" ") });
    assertEquals(tokens.scope.split(" "), promised);
    for (const scope of promised) {
      assertEquals((await logIn({ scope })).tokens.scope, scope);
    }
  },
  async response_types_supported(promised: string[]): Promise<void> {
    const all = ["code", "token", "id_token", "code token", "code id_token", "none"];
    await assertOffered(promised, all, async (response_type) => {
      return await authorizationError({ response_type }) === undefined;
    });
  },
  async response_modes_supported(promised: string[]): Promise<void> {
    const all = ["query", "fragment", "form_post", "query.jwt", "jwt"];
    await assertOffered(promised, all, async (response_mode) => {
      return await authorizationError({ response_mode }) === undefined;
    });
  },
  async grant_types_supported(promised: string[], { token_endpoint }): Promise<void> {
    const all = [
      "authorization_code",
      "refresh_token",
      "client_credentials",
      "password",
      "urn:ietf:params:oauth:grant-type:device_code",
      "urn:ietf:params:oauth:grant-type:jwt-bearer",
      "urn:ietf:params:oauth:grant-type:token-exchange",
    ];
    await assertOffered(promised, all, async (grant_type) => {
      const response = await postForm(token_endpoint, { grant_type, client_id: "any" });
      return (await response.json()).error !== "unsupported_grant_type";
    });
  },
  async subject_types_supported(promised: string[]): Promise<void> {
    const [first, second] = [await logIn(), await logIn()];
    assertEquals(decodeJwt(first.tokens.id_token!).sub, decodeJwt(second.tokens.id_token!).sub);
    assertEquals(promised, ["public"]);
  },
  async id_token_signing_alg_values_supported(promised: string[]): Promise<void> {
    const { tokens } = await logIn();
    assertEquals([decodeProtectedHeader(tokens.id_token!).alg], promised);
  },
  async token_endpoint_auth_methods_supported(promised: string[], { registration_endpoint }): Promise<void> {
    const all = ["none", "client_secret_post", "client_secret_basic", "private_key_jwt", "client_secret_jwt"];
    // A method that there is not is answered with one that there is (RFC 7591 §3.2.1).
    await assertOffered(promised, all, async (token_endpoint_auth_method) => {
      const metadata = { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method, ...KEYS };
      const registered = await (await postJson(registration_endpoint, metadata)).json();
      return registered.token_endpoint_auth_method === token_endpoint_auth_method;
    });
    for (const token_endpoint_auth_method of promised) {
      const { client, tokens } = await logIn({}, { token_endpoint_auth_method, ...KEYS });
      assertEquals(await refreshStatus(client, tokens, token_endpoint_auth_method), 200);
    }
  },
  token_endpoint_auth_signing_alg_values_supported: (promised: string[]) =>
    assertAlgorithms(promised, async (algorithm) => {
      const key = await makeClientKey("1", algorithm);
      const { client, tokens } = await logIn({}, keysOf(key), key);
      return await refreshStatus(client, tokens, "private_key_jwt", key) === 200;
    }),
  revocation_endpoint_auth_signing_alg_values_supported: (promised: string[]) =>
    assertAlgorithms(promised, (algorithm) => isTakenAt("oauth-revoke", algorithm)),
  introspection_endpoint_auth_signing_alg_values_supported: (promised: string[]) =>
    assertAlgorithms(promised, (algorithm) => isTakenAt("oauth-introspect", algorithm)),
  async revocation_endpoint_auth_methods_supported(promised: string[]): Promise<void> {
    for (const token_endpoint_auth_method of promised) {
      const { client, tokens } = await logIn({}, { token_endpoint_auth_method, ...KEYS });
      const { headers, fields } = await authenticate(client, token_endpoint_auth_method);
      const url = `${stack.status.PUBLIC_URL}/oauth-revoke/demo`;
      const response = await postForm(url, { token: tokens.refresh_token, ...fields }, headers);
      await response.body?.cancel();
      const status = await refreshStatus(client, tokens, token_endpoint_auth_method);
      assertEquals([response.status, status], [200, 400]);
    }
  },
  async introspection_endpoint_auth_methods_supported(promised: string[]): Promise<void> {
    const { client, tokens } = await logIn({}, keysOf(KEY));
    const url = `${stack.status.PUBLIC_URL}/oauth-introspect/demo`;
    const all = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"];
    await assertOffered(promised, all, async (method) => {
      const proofs: Record<string, { headers: Record<string, string>; fields: Record<string, string> }> = {
        client_secret_basic: { headers: await resourceServer("basic"), fields: {} },
        client_secret_post: { headers: {}, fields: await resourceServer("post") },
        private_key_jwt: await authenticate(client, "private_key_jwt"),
        none: { headers: {}, fields: { client_id: "mrs_truth" } },
      };
      const { headers, fields } = proofs[method]!;
      const response = await postForm(url, { token: tokens.access_token, ...fields }, headers);
      await response.body?.cancel();
      return response.status === 200;
    });
  },
  async code_challenge_methods_supported(promised: string[]): Promise<void> {
    await assertOffered(promised, ["S256", "plain", "S512"], async (code_challenge_method) => {
      return await authorizationError({ code_challenge_method }) === undefined;
    });
  },
  async prompt_values_supported(promised: string[]): Promise<void> {
    for (const prompt of promised) {
      const expected = prompt === "none" ? "consent_required" : undefined;
      assertEquals(await authorizationError({ prompt }), expected);
    }
  },
  async claims_supported(promised: string[]): Promise<void> {
    const { tokens } = await logIn({ max_age: "3600" });
    const claims = Object.keys(decodeJwt(tokens.id_token!));
    assertEquals(claims.filter((claim) => !promised.includes(claim)), []);
    assert(claims.length >= 12, `the id_token has only ${claims}`);
  },
  async authorization_response_iss_parameter_supported(promised: boolean): Promise<void> {
    const { returned } = await logIn();
    assertEquals(returned.searchParams.has("iss"), promised);
  },
  async protected_resources(promised: string[], discovery): Promise<void> {
    assertEquals(promised, [discovery.resource]);
    assertEquals(promised, [stack.status.MCP_URL]);
    assertEquals(decodeJwt((await logIn()).tokens.access_token).aud, promised[0]);
  },
  async client_id_metadata_document_supported(promised: boolean): Promise<void> {
    await using client = serveDocument();
    await stack.sql`
      update public.mcp_servers set metadata_document_hosts = '{127.0.0.1}' where slug = 'demo'`;
    const discovery = await discover(stack.status.MCP_URL);
    const attempt = attemptAuthorization({
      discovery,
      clientId: client.clientId,
      redirectUri: REDIRECT_URI,
    });
    const returned = await walkLogin(attempt.url, { userName: "ada" });
    const form = {
      grant_type: "authorization_code",
      code: returned.searchParams.get("code")!,
      code_verifier: attempt.codeVerifier,
      redirect_uri: REDIRECT_URI,
      client_id: client.clientId,
    };
    const tokens = await requestTokens(discovery, form);
    assertEquals(decodeJwt(tokens.access_token)["client_id"], client.clientId);
    assertEquals(promised, true);
  },
  async request_parameter_supported(promised: boolean): Promise<void> {
    assertEquals([promised, await authorizationError({ request: "eyJ" })], [false, "request_not_supported"]);
  },
  async request_uri_parameter_supported(promised: boolean): Promise<void> {
    const error = await authorizationError({ request_uri: "urn:x" });
    assertEquals([promised, error], [false, "request_uri_not_supported"]);
  },
  async claims_parameter_supported(promised: boolean): Promise<void> {
    const claims = JSON.stringify({ id_token: { email: { essential: true } } });
    const { tokens } = await logIn({ scope: "openid", claims });
    assertEquals([promised, "email" in decodeJwt(tokens.id_token!)], [false, false]);
  },
};

Deno.test("there is a comparison for every member, and a member for every comparison", async () => {
  const document = await readJson(`${stack.status.ISSUER}/.well-known/openid-configuration`);

  assertEquals(Object.keys(document).sort(), Object.keys(COMPARISONS).sort());
});

for (const [member, compare] of Object.entries(COMPARISONS)) {
  Deno.test(`the metadata is true about ${member}`, async () => {
    const document = await readJson(`${stack.status.ISSUER}/.well-known/openid-configuration`);

    await compare(document[member] as never, await discover(stack.status.MCP_URL));
  });
}

Deno.test("a closed server names no registration endpoint, and has none", async () => {
  const closed = describeAuthorizationServer(buildServer({ registration_policy: "closed" }), PUBLIC_URL);
  assertEquals("registration_endpoint" in closed, false);
  await stack.sql`update public.mcp_servers set registration_policy = 'closed' where slug = 'demo'`;
  try {
    const response = await postJson(`${stack.status.PUBLIC_URL}/oauth-register/demo`, {
      redirect_uris: [REDIRECT_URI],
    });

    assertEquals([response.status, (await response.json()).error], [403, "forbidden"]);
  } finally {
    await stack.sql`update public.mcp_servers set registration_policy = 'open' where slug = 'demo'`;
  }
});

Deno.test("the protected resource's metadata is true about each of its members", async () => {
  const document = await readJson(`${stack.status.ISSUER}/.well-known/oauth-protected-resource`);
  const { tokens } = await logIn();
  const call = (init: RequestInit, query = ""): Promise<number> => callWith(init, query);
  const body = new URLSearchParams({ access_token: tokens.access_token });

  const statuses = {
    header: await call({ headers: { Authorization: `Bearer ${tokens.access_token}` } }),
    query: await call({}, `?access_token=${tokens.access_token}`),
    body: await call({ method: "POST", body }),
  };

  assertEquals(document, {
    resource: decodeJwt(tokens.access_token).aud,
    resource_name: "Demo MCP server",
    authorization_servers: [decodeJwt(tokens.access_token).iss],
    scopes_supported: tokens.scope.split(" ").filter((scope) => scope !== "offline_access"),
    bearer_methods_supported: Object.entries(statuses).filter(([, status]) => status !== 401).map(([name]) =>
      name
    ),
  });
});

const OPEN = { origin: "*", exposed: "WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version" };
const CLOSED = { origin: null, exposed: null };
const ENDPOINTS: [path: string, methods: string, access: typeof OPEN | typeof CLOSED, caching: string][] = [
  ["oauth/demo/.well-known/openid-configuration", "GET", OPEN, "public, max-age=60"],
  ["oauth/demo/.well-known/oauth-protected-resource", "GET", OPEN, "public, max-age=60"],
  ["oauth-jwks", "GET", OPEN, "public, max-age=300"],
  ["oauth-register/demo", "POST", OPEN, "no-store"],
  ["oauth-token/demo", "POST", OPEN, "no-store"],
  ["oauth-revoke/demo", "POST", OPEN, "no-store"],
  ["oauth-userinfo/demo", "GET, POST", OPEN, "no-store"],
  ["oauth-introspect/demo", "POST", CLOSED, "no-store"],
  ["oauth-authorize/demo", "GET, POST", CLOSED, "no-store"],
  ["oauth-callback/org_demo", "GET", CLOSED, "no-store"],
  ["oauth-connections/demo", "GET, POST, DELETE", CLOSED, "no-store"],
];
for (const [path, methods, access, caching] of ENDPOINTS) {
  Deno.test(`/${path} takes ${methods}, and tells browsers and caches what it should`, async () => {
    const url = `${stack.status.PUBLIC_URL}/${path}`;
    const origin = { Origin: "https://client.example.com" };
    const [first = "GET"] = methods.split(", ");

    const preflight = await fetch(url, {
      method: "OPTIONS",
      headers: {
        ...origin,
        "Access-Control-Request-Method": first,
        "Access-Control-Request-Headers": "mcp-protocol-version",
      },
    });
    const actual = await fetch(url, { method: first, headers: origin });
    const wrong = await fetch(url, { method: "PATCH" });
    const head = await fetch(url, { method: "HEAD" });

    assertEquals(preflight.status, access === OPEN ? 204 : 405);
    assertEquals(readAccess(preflight), access === OPEN ? OPEN : CLOSED);
    assertEquals(
      preflight.headers.get("Access-Control-Allow-Headers")?.includes("MCP-Protocol-Version") ?? false,
      access === OPEN,
    );
    assertEquals(preflight.headers.get("Access-Control-Allow-Methods"), access === OPEN ? methods : null);
    assertEquals(readAccess(actual), access);
    assertEquals(actual.headers.get("Cache-Control"), caching);
    assertEquals([wrong.status, wrong.headers.get("Allow")], [405, methods]);
    assertEquals(head.status, methods.startsWith("GET") ? actual.status : 405);
    await Promise.all([preflight, actual, wrong, head].map((response) => response.body?.cancel()));
  });
}

interface Login {
  client: RegisteredClient;
  tokens: Tokens;
  returned: URL;
}

/** Logs in; `changes` are of the authorization request, `metadata` of the registration. */
async function logIn(
  changes: Record<string, string> = {},
  metadata: Record<string, unknown> = {},
  key = KEY,
): Promise<Login> {
  const client = await register(await discover(stack.status.MCP_URL), metadata);
  const attempt = attemptAuthorization(client, changes);
  const returned = await walkLogin(attempt.url, { userName: "ada" });
  const { fields } = metadata["token_endpoint_auth_method"] === "private_key_jwt"
    ? await authenticate(client, "private_key_jwt", key)
    : { fields: {} };
  const code = returned.searchParams.get("code")!;
  const form = { ...redemptionForm(client, code, attempt.codeVerifier), ...fields };
  return { client, returned, tokens: await requestTokens(client.discovery, form) };
}

/** What the request of a client that somebody has logged in with is redirected with; undefined when a person is asked. */
async function authorizationError(changes: Record<string, string>): Promise<string | undefined> {
  approved ??= (await logIn()).client;
  const { url } = attemptAuthorization(approved, changes);
  const response = await visit(url);
  const location = response.headers.get("Location");
  return location === null ? undefined : new URL(location).searchParams.get("error")!;
}

async function visit(url: URL): Promise<Response> {
  const response = await fetch(url, { redirect: "manual" });
  await response.body?.cancel();
  return response;
}

async function authenticate(
  { clientId, clientSecret = "" }: RegisteredClient,
  method: string,
  key = KEY,
): Promise<{ headers: Record<string, string>; fields: Record<string, string> }> {
  switch (method) {
    case "private_key_jwt": {
      const assertion = await signAssertion(clientId, stack.status.ISSUER, key);
      return { headers: {}, fields: { client_id: clientId, ...assertionForm(assertion) } };
    }
    case "client_secret_basic":
      return { headers: { Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` }, fields: {} };
    case "client_secret_post":
      return { headers: {}, fields: { client_id: clientId, client_secret: clientSecret } };
    default:
      return { headers: {}, fields: { client_id: clientId } };
  }
}

async function refreshStatus(
  client: RegisteredClient,
  { refresh_token }: Tokens,
  method = client.clientSecret ? "client_secret_post" : "none",
  key = KEY,
): Promise<number> {
  const { headers, fields } = await authenticate(client, method, key);
  const form = { grant_type: "refresh_token", refresh_token, ...fields };
  const response = await postForm(client.discovery.token_endpoint, form, headers);
  await response.body?.cancel();
  return response.status;
}

/** Fails unless the promised algorithms are those that the functions take, and work. Symmetric ones are never tried with a key. */
async function assertAlgorithms(
  promised: string[],
  works: (algorithm: string) => Promise<boolean>,
): Promise<void> {
  for (const algorithm of promised) {
    assertEquals([algorithm, await works(algorithm)], [algorithm, true]);
  }
  assertEquals(promised.filter((algorithm) => /^(HS|none)/.test(algorithm)), []);
}

/** Whether an endpoint lets a client in that signs so; what it asks about is nobody's token. */
async function isTakenAt(endpoint: string, algorithm: string): Promise<boolean> {
  const key = await makeClientKey("1", algorithm);
  const client = await register(await discover(stack.status.MCP_URL), keysOf(key));
  const { fields } = await authenticate(client, "private_key_jwt", key);
  const response = await postForm(`${stack.status.PUBLIC_URL}/${endpoint}/demo`, {
    token: "none",
    ...fields,
  });
  await response.body?.cancel();
  return response.status === 200;
}

/** Fails unless exactly the promised ones of `all` work. */
async function assertOffered(
  promised: string[],
  all: string[],
  works: (one: string) => Promise<boolean>,
): Promise<void> {
  const working = [];
  for (const one of all) {
    if (await works(one)) {
      working.push(one);
    }
  }
  assertEquals(working, all.filter((one) => promised.includes(one)));
  assertEquals(promised.filter((one) => !all.includes(one)), []);
}

/** Credentials of a resource server, as a header or as fields. */
async function resourceServer(method: "basic" | "post"): Promise<Record<string, string>> {
  await stack.sql`
    insert into public.mcp_resource_servers (id, organization_id, mcp_server_id, name, secret_hash)
    values ('mrs_truth', 'org_demo', 'mcps_demo', 'Resource server', ${hashSecret("resource-secret")})
    on conflict do nothing`;
  return method === "basic"
    ? { Authorization: `Basic ${btoa("mrs_truth:resource-secret")}` }
    : { client_id: "mrs_truth", client_secret: "resource-secret" };
}

/** A client that is described by a document of its own. */
function serveDocument(): AsyncDisposable & { clientId: string } {
  const listening = { hostname: "127.0.0.1", port: 0, onListen: (): void => undefined };
  const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
    listening,
    (): Response =>
      Response.json({ client_id: clientId, client_name: "Documented", redirect_uris: [REDIRECT_URI] }),
  );
  const clientId = `http://127.0.0.1:${server.addr.port}/client.json`;
  return { clientId, [Symbol.asyncDispose]: () => server.shutdown() };
}

async function callWith(init: RequestInit, query: string): Promise<number> {
  const response = await fetch(stack.status.MCP_URL + query, { redirect: "manual", ...init });
  await response.body?.cancel();
  return response.status;
}

function readAccess({ headers }: Response): { origin: string | null; exposed: string | null } {
  return {
    origin: headers.get("Access-Control-Allow-Origin"),
    exposed: headers.get("Access-Control-Expose-Headers"),
  };
}

function postJson(url: string, body: Document): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function readJson(url: string): Promise<Document> {
  return await (await fetch(url)).json();
}
