/**
 * Whatever a client sends, no endpoint answers 5xx, and every refusal has a code and a sentence.
 *
 * Requests are made at random, mostly of what endpoints understand, and sent to
 * the running stack: a database refuses other things than a fake does.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import {
  attemptAuthorization,
  connect,
  type LoggedInClient,
  openConsentForm,
  reachCallback,
} from "../support/client/mcp_client.ts";
import { ENDPOINTS, toPath } from "../support/functions/endpoints.ts";
import { signInMember } from "../support/client/platform_user.ts";
import { useStack } from "../support/stack/stack.ts";

const RUNS = 150;

const stack = await useStack("own");
let known: Known | undefined;

/** Values that would pass, so that a request fails at one thing and not always at the first. */
interface Known {
  client: LoggedInClient;
  form: string;
  state: string;
  cookie: string;
  /** What a platform endpoint wants before it reads anything: without it the platform answers by itself. */
  ownerToken: string;
}

/** A request in parts, so that a failing one can be read. */
interface RandomRequest {
  method: string;
  path: string;
  query: string;
  headers: Record<string, string>;
  body: string | Uint8Array | undefined;
}

const HOSTILE = [
  "",
  " ",
  "\0",
  "a\0b",
  "\ud800",
  "\udc00x",
  "\uffff",
  "🙂",
  "\u202e\u200b",
  "\r\nX-Injected: 1",
  "%00",
  "%",
  "%ff%fe",
  "..",
  "../../oauth-token/demo",
  "' or 1=1 --",
  "{}",
  "[]",
  "null",
  "true",
  "-1",
  "1e999",
  "99999999999999999999",
  "__proto__",
  "constructor",
  "toString",
  "javascript:alert(1)",
  "https://",
  "https://[::1",
  "https://a.example/\\@b.example",
  "http://127.0.0.1:99999/",
  "data:,x",
  "a".repeat(5000),
  "é".repeat(3000),
];

const hostile = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
);

const PARAMETERS: Record<string, (known: Known) => string[]> = {
  client_id: ({ client }) => [client.clientId, "https://app.example.net/client.json"],
  client_secret: () => ["secret"],
  redirect_uri: ({ client }) => [client.redirectUri],
  response_type: () => ["code"],
  response_mode: () => ["query"],
  scope: () => ["openid email"],
  state: ({ state }) => [state, "client-state"],
  nonce: () => ["nonce"],
  resource: ({ client }) => [client.discovery.resource],
  code_challenge: () => ["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"],
  code_challenge_method: () => ["S256"],
  prompt: () => ["login", "none"],
  max_age: () => ["60"],
  login_hint: () => ["ada"],
  tracking_id: () => ["visitor-1"],
  request: () => ["eyJ"],
  form: ({ form }) => [form],
  decision: () => ["approve", "deny"],
  grant_type: () => ["authorization_code", "refresh_token"],
  code: ({ client }) => [client.code],
  code_verifier: ({ client }) => [client.attempt.codeVerifier],
  refresh_token: ({ client }) => [client.tokens.refresh_token],
  token: ({ client }) => [client.tokens.access_token, client.tokens.refresh_token],
  token_type_hint: () => ["access_token"],
  iss: () => [stack.status.UPSTREAM_ISSUER],
  error: () => ["access_denied"],
};

const METADATA: Record<string, fc.Arbitrary<unknown>> = {
  redirect_uris: fc.array(
    fc.oneof(
      fc.constantFrom("https://app.example.com/cb", "cursor://x/y", "http://127.0.0.1/"),
      hostile,
      fc.jsonValue(),
    ),
    {
      maxLength: 3,
    },
  ),
  client_name: hostile,
  client_uri: hostile,
  logo_uri: hostile,
  software_id: hostile,
  token_endpoint_auth_method: fc.oneof(fc.constantFrom("none", "client_secret_basic"), hostile),
  grant_types: fc.oneof(fc.constant(["authorization_code"]), fc.array(hostile, { maxLength: 2 })),
  response_types: fc.array(hostile, { maxLength: 2 }),
  scope: hostile,
  contacts: fc.array(hostile, { maxLength: 2 }),
  jwks: fc.jsonValue(),
};

const PATHS = ENDPOINTS.map((endpoint) => toPath(endpoint, { slug: "demo", organizationId: "org_demo" }));

for (const path of PATHS) {
  Deno.test(`/${path} answers no random request with 5xx, and refuses with a code and a sentence`, async () => {
    known ??= await learn();

    await fc.assert(
      fc.asyncProperty(randomRequest(path, known), async (request) => {
        const headers = path === "oauth-configs"
          ? { ...request.headers, Authorization: `Bearer ${known!.ownerToken}` }
          : request.headers;
        await assertAnswered({ ...request, headers });
      }),
      { numRuns: RUNS },
    );
  });
}

/** What each endpoint reads. Its first request passes, or fails at the credentials. */
const READ: Record<string, { method: "GET" | "POST"; names: string[] }> = {
  "oauth-authorize/demo": {
    method: "GET",
    names: [
      ...["response_type", "client_id", "redirect_uri", "code_challenge", "code_challenge_method", "scope"],
      ...["state", "nonce", "resource", "response_mode", "prompt", "max_age", "login_hint", "tracking_id"],
    ],
  },
  "oauth-token/demo": {
    method: "POST",
    names: ["grant_type", "client_id", "code", "code_verifier", "redirect_uri", "resource"],
  },
  "oauth-revoke/demo": { method: "POST", names: ["token", "client_id", "client_secret", "token_type_hint"] },
  "oauth-introspect/demo": { method: "POST", names: ["token", "client_id", "client_secret"] },
  "oauth-callback/org_demo": { method: "GET", names: ["state", "code", "iss", "error"] },
  "oauth-connections/demo/callback": { method: "GET", names: ["state", "code", "iss", "error"] },
};

for (const [path, { method, names }] of Object.entries(READ)) {
  Deno.test(`/${path} answers no hostile value of any parameter with 5xx`, async () => {
    const { client, cookie, ...rest } = known ??= await learn();
    const valid = names.map((
      name,
    ): [string, string] => [name, PARAMETERS[name]!({ client, cookie, ...rest })[0]!]);

    for (const name of names) {
      for (const value of HOSTILE) {
        const sent = new URLSearchParams(valid.map(([key, good]) => [key, key === name ? value : good]))
          .toString();
        await assertAnswered({
          method,
          path,
          query: method === "GET" ? `?${sent}` : "",
          headers: { "Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie },
          body: method === "GET" ? undefined : sent,
        });
      }
    }
  });
}

Deno.test("/oauth-register/demo answers no hostile value of any member with 5xx", async () => {
  for (const name of Object.keys(METADATA)) {
    for (const value of [...HOSTILE, ...HOSTILE.map((one) => [one]), null, 1, {}, [[]], [{ a: 1 }]]) {
      await assertAnswered({
        method: "POST",
        path: "oauth-register/demo",
        query: "",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ redirect_uris: ["https://app.example.com/cb"], [name]: value }),
      });
    }
  }
});

/** Sends a request and judges its answer. */
async function assertAnswered({ method, path, query, headers, body }: RandomRequest): Promise<void> {
  const response = await fetch(`${stack.status.PUBLIC_URL}/${path}${query}`, {
    method,
    headers,
    body: (body ?? null) as BodyInit | null,
    redirect: "manual",
  });
  const text = await response.text();

  assert(response.status < 500, `${response.status}: ${text}`);
  assertEquals(response.headers.get("X-Injected"), null);
  if (response.status < 400 || method === "HEAD") {
    return;
  }
  const isPage = response.headers.get("Content-Type")?.startsWith("text/html");
  if (isPage && path.startsWith("mcp/") && response.status === 401) {
    // What a browser shows at the address of a server: the page comes with the challenge.
    assertMatch(response.headers.get("WWW-Authenticate") ?? "", /^Bearer resource_metadata="/);
    return;
  }
  if (isPage) {
    assertMatch(text, /<h1>(Cannot continue|Approve again)<\/h1>\n<p>[A-Z][^<]+\.<\/p>/);
    return;
  }
  const { jsonrpc, error, error_description } = JSON.parse(text);
  if (jsonrpc === "2.0") {
    // The MCP server's own answer, which the gateway hands on.
    return;
  }
  assertMatch(error, /^[a-z_]+$/);
  assertMatch(error_description, /^[A-Z]\P{Cc}*[^.]$/u);
}

/** Logs in once, for values that pass. */
async function learn(): Promise<Known> {
  const client = await connect(stack.status.MCP_URL, { userName: "ada" });
  const attempt = attemptAuthorization(client);
  const { callbackUrl, cookie } = await reachCallback(client, { userName: "ada" });
  return {
    client,
    form: await openConsentForm(attempt.url),
    state: callbackUrl.searchParams.get("state")!,
    cookie,
    ownerToken: (await signInMember(stack, "org_demo")).accessToken,
  };
}

function randomRequest(endpoint: string, known: Known): fc.Arbitrary<RandomRequest> {
  const fields = randomFields(known);
  const sent = (parameters: [string, string][]): string => new URLSearchParams(parameters).toString();
  const query = fc.oneof(
    { weight: 4, arbitrary: fc.constant("") },
    { weight: 4, arbitrary: fields.map((parameters) => `?${sent(parameters)}`) },
    { weight: 1, arbitrary: rawText().map((text) => `?${text}`) },
  );
  const body = fc.oneof(
    { weight: 5, arbitrary: fields.map(sent) },
    { weight: 3, arbitrary: randomMetadata().map((metadata) => JSON.stringify(metadata)) },
    { weight: 1, arbitrary: rawText() },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
    { weight: 1, arbitrary: fc.constant("x".repeat(70_000)) },
  );
  return fc.record({
    method: fc.oneof(
      { weight: 6, arbitrary: fc.constant("POST") },
      { weight: 6, arbitrary: fc.constant("GET") },
      { weight: 1, arbitrary: fc.constantFrom("HEAD", "PUT", "DELETE", "PATCH", "OPTIONS") },
    ),
    path: fc.oneof(
      { weight: 12, arbitrary: fc.constant(endpoint) },
      {
        weight: 1,
        arbitrary: rawText().map((text) => `${endpoint.split("/")[0]}/${text.replaceAll(/#|\.|%2e/g, "x")}`),
      },
    ),
    query,
    headers: randomHeaders(known),
    body,
  }).map(({ body, ...request }) => ({
    ...request,
    body: ["GET", "HEAD"].includes(request.method) ? undefined : body,
  }));
}

/** Parameters in random order, mostly with values that pass. */
function randomFields(known: Known): fc.Arbitrary<[string, string][]> {
  const field = fc.constantFrom(...Object.keys(PARAMETERS)).chain((name) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...PARAMETERS[name]!(known)) },
      { weight: 1, arbitrary: hostile },
    ).map((value): [string, string] => [name, value])
  );
  const whole = fc.constantFrom<string[]>(
    ["response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method"],
    ["grant_type", "client_id", "code", "code_verifier", "redirect_uri"],
    ["grant_type", "client_id", "refresh_token", "scope"],
    ["token", "client_id"],
    ["form", "decision"],
    ["state", "code", "iss"],
    [],
  ).map((names) => names.map((name): [string, string] => [name, PARAMETERS[name]!(known)[0]!]));
  return fc.tuple(whole, fc.array(field, { maxLength: 4 }), fc.boolean()).map(([base, changes, repeat]) => {
    const kept = repeat ? base : base.filter(([name]) => !changes.some(([changed]) => changed === name));
    return [...kept, ...changes];
  });
}

function randomMetadata(): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.record(METADATA, { requiredKeys: ["redirect_uris"] }) },
    { weight: 1, arbitrary: fc.jsonValue() },
    { weight: 1, arbitrary: fc.constant(nest(40)) },
  );
}

function nest(depth: number): unknown {
  return depth === 0 ? {} : { redirect_uris: ["https://app.example.com/"], nested: nest(depth - 1) };
}

function randomHeaders({ client, cookie }: Known): fc.Arbitrary<Record<string, string>> {
  const basic = (text: string): string => `Basic ${btoa(text)}`;
  const text = fc.string({ unit: "grapheme-ascii", maxLength: 30 });
  const optional = (...values: fc.Arbitrary<string>[]): fc.Arbitrary<string | undefined> =>
    fc.option(fc.oneof(...values), { nil: undefined, freq: 2 });
  return fc.record({
    "Content-Type": fc.oneof(
      { weight: 5, arbitrary: fc.constant("application/x-www-form-urlencoded") },
      { weight: 5, arbitrary: fc.constant("application/json") },
      {
        weight: 1,
        arbitrary: fc.constantFrom("application/json; charset=utf-16", "text/plain", "multipart/form-data"),
      },
    ),
    "Accept": optional(
      fc.constantFrom("application/json", "text/html", "*/*", "application/json, text/event-stream"),
    ),
    "Authorization": optional(
      fc.constant(`Bearer ${client.tokens.access_token}`),
      fc.constantFrom(
        "Bearer",
        "Bearer x y",
        "Basic",
        "Basic !!!",
        basic("\xff:\xff"),
        basic("a%00:b"),
        basic("%:%"),
      ),
      text.map((secret) => basic(`${client.clientId}:${secret}`)),
      text.map((token) => `Bearer ${token}`),
    ),
    "Cookie": optional(fc.constant(cookie), text),
    "Origin": optional(
      fc.constantFrom(new URL(stack.status.PUBLIC_URL).origin, "null", "https://evil.example", "x"),
    ),
    "MCP-Protocol-Version": optional(fc.constantFrom("2025-11-25", "2026-07-28", "1999-01-01", "x")),
    "Mcp-Session-Id": optional(text),
  }).map((headers) =>
    Object.fromEntries(
      Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined)
        .map(([name, value]) => [name, value.replace(/[^\x20-\x7e]/g, "").trim()]),
    )
  );
}

/** Text with percent signs that may or may not mean something. */
function rawText(): fc.Arbitrary<string> {
  return fc.array(
    fc.oneof(
      fc.constantFrom(
        "%00",
        "%ff",
        "%c3%28",
        "%",
        "&",
        "=",
        "+",
        ";",
        "//",
        "..",
        "%2e%2e",
        "%2f",
        "client_id",
        "state",
      ),
      fc.string({ unit: "grapheme-ascii", maxLength: 5 }).map(encodeURI),
    ),
    { maxLength: 8 },
  ).map((parts) => parts.join(""));
}
