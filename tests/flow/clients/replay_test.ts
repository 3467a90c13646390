/**
 * Replays what real clients send, from the bare URL to a call after a refresh.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { hashSecret, randomSecret } from "../../../functions/_shared/secrets/secrets.ts";
import { walkLogin } from "../../../supabase/commands/login/walk_login.ts";
import {
  assertionForm,
  type ClientKey,
  makeClientKey,
  signAssertion,
} from "../../support/client/assertions.ts";
import {
  discover,
  postForm,
  postMessage,
  readMessage,
  register,
  type Tokens,
} from "../../support/client/mcp_client.ts";
import { assertRefused } from "../../support/client/refusals.ts";
import { useStack } from "../../support/stack/stack.ts";
import { type Recording, recordings } from "./recordings.ts";

interface Metadata {
  issuer: string;
  registration_endpoint: string;
  authorization_endpoint: string;
  token_endpoint: string;
  token_endpoint_auth_methods_supported: string[];
  client_id_metadata_document_supported: boolean;
}

interface Introduced {
  clientId: string;
  clientSecret: string | undefined;
  /** The key that it signs with now. */
  key?: ClientKey;
}

const stack = await useStack("own");

for (const recording of recordings) {
  Deno.test(`${recording.client} (${recording.revision}) discovers, logs in, calls, refreshes and calls again`, async () => {
    const metadata = await discoverAs(recording);
    await using documents = serveDocuments();
    const client = recording.introduction.kind === "document"
      ? await introduceByDocument(recording, metadata, documents)
      : await introduceByRegistration(recording, metadata);

    const { code, codeVerifier } = await authorizeAs(recording, metadata, client);
    const tokens = await requestTokens(recording, metadata, client, {
      grant_type: "authorization_code",
      code,
      code_verifier: codeVerifier,
      redirect_uri: recording.redirectUri,
    });

    await callAs(recording, tokens.access_token);

    if (recording.proof === "assertion") {
      client.key = await documents.changeKey();
    }
    const refreshed = await Promise.all(
      Array.from({ length: recording.refreshers ?? 1 }, () =>
        requestTokens(recording, metadata, client, {
          grant_type: "refresh_token",
          refresh_token: tokens.refresh_token,
          ...(recording.repeatsScope ? { scope: recording.scope! } : {}),
        })),
    );

    assertEquals(new Set(refreshed.map(({ refresh_token }) => refresh_token)).size, 1);
    for (const { access_token } of refreshed) {
      await callAs(recording, access_token);
    }
  });
}

Deno.test("mcp-remote's look at the authorize URL has no effect, and tells a forgotten client in JSON", async () => {
  const { authorization_endpoint } = await discover(stack.status.MCP_URL);
  const url = new URL(authorization_endpoint);
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: "mcr_forgotten",
    redirect_uri: "http://localhost:3334/oauth/callback",
    code_challenge: hashSecret("verifier"),
    code_challenge_method: "S256",
  }).toString();

  const response = await fetch(url, { headers: { Accept: "application/json" }, redirect: "manual" });

  await assertRefused(response, 401, "invalid_client");
});

Deno.test("Cursor is refused as a whole where one of its redirect URIs is refused", async () => {
  const { registration_endpoint } = await discover(stack.status.MCP_URL);

  const response = await fetch(registration_endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      redirect_uris: ["cursor://anysphere.cursor-mcp/oauth/callback", "javascript:alert(1)"],
      token_endpoint_auth_method: "none",
    }),
  });

  await assertRefused(response, 400, "invalid_redirect_uri");
});

const wrongRedirects = [
  { what: "a private-use scheme with another path", registered: "cursor://a/b", asked: "cursor://a/c" },
  { what: "a private-use scheme with another case", registered: "cursor://a/b", asked: "CURSOR://a/b" },
  {
    what: "another loopback name",
    registered: "http://127.0.0.1:1455/callback",
    asked: "http://localhost:1455/callback",
  },
  {
    what: "another loopback path on another port",
    registered: "http://127.0.0.1:1455/callback",
    asked: "http://127.0.0.1:60021/other",
  },
  {
    what: "another port of a public host",
    registered: "https://app.example.com/callback",
    asked: "https://app.example.com:8443/callback",
  },
];

for (const { what, registered, asked } of wrongRedirects) {
  Deno.test(`no client may use ${what} than it registered`, async () => {
    const { discovery, clientId } = await register(await discover(stack.status.MCP_URL), {
      redirect_uris: [registered],
    });
    const url = new URL(discovery.authorization_endpoint);
    url.search = new URLSearchParams({
      response_type: "code",
      client_id: clientId,
      redirect_uri: asked,
      code_challenge: hashSecret("verifier"),
      code_challenge_method: "S256",
    }).toString();

    const response = await fetch(url, { headers: { Accept: "application/json" }, redirect: "manual" });

    await assertRefused(response, 400, "invalid_request");
  });
}

/** 401, resource metadata, then the issuer's documents in the order in which clients ask for them. */
async function discoverAs(recording: Recording): Promise<Metadata> {
  const { MCP_URL, ISSUER, API_URL } = stack.status;
  await preflight(recording, MCP_URL, "POST", "authorization,content-type,mcp-protocol-version");
  const refused = await fetch(MCP_URL, { method: "POST", headers: headersOf(recording) });
  await refused.body?.cancel();
  assertEquals(refused.status, 401);
  const challenge = refused.headers.get("WWW-Authenticate")!;
  assert(challenge.startsWith("Bearer ") && !challenge.includes("error="));
  const [, resourceUrl] = /resource_metadata="([^"]+)"/.exec(challenge)!;

  await preflight(recording, resourceUrl!, "GET", "mcp-protocol-version");
  const resource = await (await fetch(resourceUrl!, { headers: headersOf(recording) })).json();
  assertEquals(resource.resource, MCP_URL);
  assertEquals(resource.authorization_servers, [ISSUER]);

  const path = new URL(ISSUER).pathname;
  for (const name of ["oauth-authorization-server", "openid-configuration"]) {
    // The embedded stack has its origin for itself: these are found there, as behind an origin of one's own.
    const inserted = await fetch(`${API_URL}/.well-known/${name}${path}`, {
      headers: headersOf(recording),
      redirect: "manual",
    });
    assertEquals([inserted.status, (await inserted.json()).issuer], [200, ISSUER]);
  }
  await preflight(recording, `${ISSUER}/.well-known/openid-configuration`, "GET", "mcp-protocol-version");
  const found = await fetch(`${ISSUER}/.well-known/openid-configuration`, { headers: headersOf(recording) });
  const metadata = await found.json();
  assertEquals(metadata.issuer, ISSUER);
  return metadata;
}

async function introduceByRegistration(recording: Recording, metadata: Metadata): Promise<Introduced> {
  const { registration_endpoint } = metadata;
  await preflight(recording, registration_endpoint, "POST", "content-type");
  const response = await fetch(registration_endpoint, {
    method: "POST",
    headers: { ...headersOf(recording), "Content-Type": "application/json" },
    body: JSON.stringify(recording.introduction.metadata),
  });

  assertEquals(response.status, 201);
  const granted = await response.json();
  assertEquals(granted.redirect_uris, recording.introduction.metadata["redirect_uris"]);
  assertEquals(granted.grant_types, ["authorization_code", "refresh_token"]);
  assert(!Object.values(granted).includes(null));
  for (const text of [granted.client_id, granted.client_secret ?? ""]) {
    assertMatch(text, /^[A-Za-z0-9_-]*$/);
  }
  assertEquals(granted.client_secret !== undefined, recording.proof !== "none");
  return { clientId: granted.client_id, clientSecret: granted.client_secret };
}

/** The document is served on loopback, which local development allows. */
async function introduceByDocument(
  { introduction }: Recording,
  metadata: Metadata,
  documents: ReturnType<typeof serveDocuments>,
): Promise<Introduced> {
  assertEquals(metadata.client_id_metadata_document_supported, true);
  for (const method of ["none", "private_key_jwt"]) {
    assert(metadata.token_endpoint_auth_methods_supported.includes(method));
  }
  await stack.sql`
    update public.mcp_servers
    set metadata_document_policy = 'allow_list', metadata_document_hosts = array['127.0.0.1']
    where slug = 'demo'`;
  return {
    clientId: documents.describe(introduction.metadata),
    clientSecret: undefined,
    key: await documents.changeKey(),
  };
}

async function authorizeAs(
  recording: Recording,
  metadata: Metadata,
  { clientId }: Introduced,
): Promise<{ code: string; codeVerifier: string }> {
  const [state, codeVerifier] = [randomSecret(), randomSecret()];
  const url = new URL(metadata.authorization_endpoint);
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: recording.redirectUri,
    state,
    code_challenge: hashSecret(codeVerifier),
    code_challenge_method: "S256",
    ...(recording.scope === undefined ? {} : { scope: recording.scope }),
    ...(recording.prompt === undefined ? {} : { prompt: recording.prompt }),
    ...(recording.resource ? { resource: recording.resource(stack.status.MCP_URL) } : {}),
  }).toString();
  if (recording.looksBeforeItLeaps) {
    const look = await fetch(url, { headers: { Accept: "application/json" }, redirect: "manual" });
    assertEquals(look.status, 200);
    await look.body?.cancel();
  }

  const returned = await walkLogin(url, { userName: "ada" });

  assertEquals(returned.href.split("?")[0], recording.redirectUri);
  const { code, ...others } = Object.fromEntries(returned.searchParams);
  assertEquals(others, { state, iss: stack.status.ISSUER });
  return { code: code!, codeVerifier };
}

async function requestTokens(
  recording: Recording,
  { token_endpoint }: Metadata,
  { clientId, clientSecret = "", key }: Introduced,
  grant: Record<string, string>,
): Promise<Tokens> {
  await preflight(recording, token_endpoint, "POST", "content-type");
  const proofs = {
    none: { fields: { client_id: clientId }, headers: {} },
    post: { fields: { client_id: clientId, client_secret: clientSecret }, headers: {} },
    basic: { fields: {}, headers: { Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` } },
  };
  const { fields, headers } = recording.proof === "assertion"
    ? { fields: await proveByKey(clientId, key), headers: {} }
    : proofs[recording.proof];
  const resource = recording.repeatsResource && recording.resource
    ? { resource: recording.resource(stack.status.MCP_URL) }
    : {};

  const response = await postForm(token_endpoint, { ...grant, ...fields, ...resource }, {
    ...headersOf(recording),
    ...headers,
  });

  assertEquals(response.status, 200);
  const tokens = await response.json();
  assertEquals(tokens.token_type, "Bearer");
  assertEquals(tokens.scope, recording.scope ?? "openid email profile offline_access");
  return tokens;
}

async function callAs(recording: Recording, accessToken: string): Promise<void> {
  const { MCP_URL } = stack.status;
  const stateless = recording.revision >= "2026";
  const headers = headersOf(recording);
  await preflight(recording, MCP_URL, "POST", "authorization,content-type,mcp-method,mcp-name");
  if (!stateless) {
    const initialized = await postMessage(MCP_URL, accessToken, {
      id: 1,
      method: "initialize",
      params: {
        protocolVersion: recording.revision,
        capabilities: {},
        clientInfo: { name: recording.client, version: "1" },
      },
    }, headers);
    const { result } = await readMessage(initialized) as { result: { protocolVersion: string } };
    assertEquals(result.protocolVersion, recording.revision);
    const noted = await postMessage(MCP_URL, accessToken, { method: "notifications/initialized" }, headers);
    assertEquals(noted.status, 202);
    await noted.body?.cancel();
  }

  const called = await postMessage(
    MCP_URL,
    accessToken,
    {
      id: 2,
      method: "tools/call",
      params: { name: "whoami", arguments: {}, ...(stateless ? { _meta: statelessMeta(recording) } : {}) },
    },
    { ...headers, ...(stateless ? { "Mcp-Method": "tools/call", "Mcp-Name": "whoami" } : {}) },
  );

  assertEquals(called.status, 200);
  assertEquals(called.headers.get("Access-Control-Allow-Origin"), "*");
  const { result } = await readMessage(called) as { result: { content: { text: string }[] } };
  assertEquals(JSON.parse(result.content[0]!.text).userinfo.sub, "ada");
}

/** What a browser asks before it lets a page send such a request. */
async function preflight(
  { origin }: Recording,
  url: string,
  method: string,
  requestHeaders: string,
): Promise<void> {
  if (origin === undefined) {
    return;
  }
  const response = await fetch(url, {
    method: "OPTIONS",
    headers: {
      "Origin": origin,
      "Access-Control-Request-Method": method,
      "Access-Control-Request-Headers": requestHeaders,
    },
  });
  assertEquals(response.status, 204);
  assertEquals(response.headers.get("Access-Control-Allow-Origin"), "*");
  assertStringIncludes(response.headers.get("Access-Control-Allow-Methods")!, method);
  const allowed = response.headers.get("Access-Control-Allow-Headers")!.toLowerCase().split(", ");
  for (const name of requestHeaders.split(",")) {
    assert(allowed.includes(name), `${name} is allowed`);
  }
}

function headersOf({ revision, origin }: Recording): Record<string, string> {
  return { "MCP-Protocol-Version": revision, ...(origin === undefined ? {} : { Origin: origin }) };
}

function statelessMeta({ client, revision }: Recording): Record<string, unknown> {
  return {
    "io.modelcontextprotocol/protocolVersion": revision,
    "io.modelcontextprotocol/clientInfo": { name: client, version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
}

async function proveByKey(clientId: string, key: ClientKey | undefined): Promise<Record<string, string>> {
  const assertion = await signAssertion(clientId, stack.status.ISSUER, key!);
  return { client_id: clientId, ...assertionForm(assertion) };
}

interface PublishedClient extends AsyncDisposable {
  /** Publishes a document, with its keys at the same place as itself, and returns its URL. */
  describe(metadata: Record<string, unknown>): string;
  /** Publishes another key in place of the one there was. */
  changeKey(): Promise<ClientKey>;
}

/** Serves a client id metadata document and its keys until the test ends. */
function serveDocuments(): PublishedClient {
  let document: Record<string, unknown> = {};
  let keySet: unknown = { keys: [] };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
    ({ url }) => Response.json(new URL(url).pathname === "/oauth/jwks.json" ? keySet : document),
  );
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const clientId = `${origin}/oauth/client.json`;
  return {
    describe(metadata): string {
      const jwksUri = "jwks_uri" in metadata ? { jwks_uri: `${origin}/oauth/jwks.json` } : {};
      document = { client_id: clientId, ...metadata, ...jwksUri };
      return clientId;
    },
    async changeKey(): Promise<ClientKey> {
      const key = await makeClientKey();
      keySet = { keys: [key.publicJwk] };
      return key;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
