/**
 * Authorization requests that are refused: shown until client and redirect URI are proven and somebody has logged in with
 * the client, redirected afterwards.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { approve } from "../../support/client/approved.ts";
import {
  attemptAuthorization,
  discover,
  REDIRECT_URI,
  register,
  type RegisteredClient,
} from "../../support/client/mcp_client.ts";
import { assertRedirected, assertRefused, assertShown } from "../../support/client/refusals.ts";
import { useStack } from "../../support/stack/stack.ts";

const stack = await useStack("own");

const shown: { what: string; change: Record<string, string | undefined>; status: number; error: string }[] = [
  { what: "an unknown client", change: { client_id: "mcr_unknown" }, status: 401, error: "invalid_client" },
  { what: "no client", change: { client_id: undefined }, status: 400, error: "invalid_request" },
  { what: "no redirect URI", change: { redirect_uri: undefined }, status: 400, error: "invalid_request" },
  ...[
    "https://evil.example/callback",
    "http://127.0.0.1:4321/other",
    "http://127.0.0.1:4321/callback?more=1",
    "http://127.0.0.1:4321/callback/",
    "http://127.0.0.1.evil.example/callback",
    "http://localhost:4321/callback",
    "https://127.0.0.1:4321/callback",
    "http://user@127.0.0.1:4321/callback",
    "http://127.0.0.1:4321\\@evil.example/callback",
    "HTTP://127.0.0.1:4321/callback",
    "javascript:alert(1)",
  ].map((uri) => ({
    what: `the unregistered redirect URI ${uri}`,
    change: { redirect_uri: uri },
    status: 400,
    error: "invalid_request",
  })),
];

for (const { what, change, status, error } of shown) {
  Deno.test(
    `GET /oauth-authorize shows ${error} for ${what}, as page and as JSON, and never redirects`,
    async () => {
      const { url } = attemptAuthorization(await registerClient(), change);

      const page = await get(url, "text/html,application/xhtml+xml,*/*;q=0.8");
      const json = await get(url, "application/json");

      await assertShown(page, status, error);
      await assertRefused(json, status, error);
    },
  );
}

const redirected: { what: string; change: Record<string, string | undefined>; error: string }[] = [
  {
    what: "no code challenge",
    change: { code_challenge: undefined, code_challenge_method: undefined },
    error: "invalid_request",
  },
  { what: "the PKCE method plain", change: { code_challenge_method: "plain" }, error: "invalid_request" },
  {
    what: "a code challenge without a method",
    change: { code_challenge_method: undefined },
    error: "invalid_request",
  },
  {
    what: "a code challenge that is no SHA-256",
    change: { code_challenge: "short" },
    error: "invalid_request",
  },
  { what: "the response type token", change: { response_type: "token" }, error: "unsupported_response_type" },
  { what: "no response type", change: { response_type: undefined }, error: "invalid_request" },
  { what: "the response mode fragment", change: { response_mode: "fragment" }, error: "invalid_request" },
  { what: "a request object", change: { request: "e30" }, error: "request_not_supported" },
  {
    what: "a request object by reference",
    change: { request_uri: "https://example.com/request" },
    error: "request_uri_not_supported",
  },
  {
    what: "the resource of another server",
    change: { resource: "https://example.com/mcp" },
    error: "invalid_target",
  },
  { what: "a login without asking", change: { prompt: "none" }, error: "consent_required" },
  { what: "a nonce of 5,000 characters", change: { nonce: "n".repeat(5000) }, error: "invalid_request" },
];

for (const { what, change, error } of redirected) {
  Deno.test(`GET /oauth-authorize redirects ${error} with state and issuer for ${what}`, async () => {
    const { url, state } = attemptAuthorization(await findApprovedClient(), change);

    const response = await get(url, "text/html");

    await assertRedirected(response, { redirectUri: REDIRECT_URI, error, state, iss: stack.status.ISSUER });
  });

  Deno.test(`GET /oauth-authorize shows ${error} of a client that nobody has logged in with for ${what}`, async () => {
    const { url } = attemptAuthorization(await registerClient(), change);

    const page = await get(url, "text/html");
    const json = await get(url, "application/json");

    await assertShown(page, 400, error);
    await assertRefused(json, 400, error);
  });
}

Deno.test("GET /oauth-authorize redirects an error without a state to a client that sent none", async () => {
  const { url } = attemptAuthorization(await findApprovedClient(), {
    state: undefined,
    code_challenge_method: "plain",
  });

  const response = await get(url, "text/html");

  await assertRedirected(response, {
    redirectUri: REDIRECT_URI,
    error: "invalid_request",
    state: undefined,
    iss: stack.status.ISSUER,
  });
});

Deno.test("GET /oauth-authorize hands a state back as it came, whatever it holds", async () => {
  const state = `a&b=c#d%20 "<script>'\u00e9\u{1f511}`;
  const { url } = attemptAuthorization(await findApprovedClient(), { state, prompt: "none" });

  const response = await get(url, "text/html");

  await assertRedirected(response, {
    redirectUri: REDIRECT_URI,
    error: "consent_required",
    state,
    iss: stack.status.ISSUER,
  });
});

Deno.test("GET /oauth-authorize shows an error for a repeated parameter", async () => {
  const { url } = attemptAuthorization(await registerClient());
  url.searchParams.append("state", "another");

  await assertShown(await get(url, "text/html"), 400, "invalid_request");
});

Deno.test("GET /oauth-authorize shows not_found for an unknown server", async () => {
  const { url } = attemptAuthorization(await registerClient());
  url.pathname = url.pathname.replace("demo", "unknown");

  await assertShown(await get(url, "text/html"), 404, "not_found");
  await assertRefused(await get(url, "application/json"), 404, "not_found");
});

Deno.test(
  "GET /oauth-authorize shows not_found for a server that was disabled, and its client with it",
  async () => {
    const client = await registerClient();
    await stack.sql`
    insert into public.mcp_servers (id, organization_id, slug, name, custom_oauth_config_id, disabled_at)
    values ('mcps_off', 'org_demo', 'off', 'Off', 'coac_demo', now())`;
    const { url } = attemptAuthorization(client);
    url.pathname = url.pathname.replace("demo", "off");

    await assertShown(await get(url, "text/html"), 404, "not_found");
  },
);

Deno.test("GET /oauth-authorize does not know the client of another server", async () => {
  const client = await registerClient();
  await stack.sql`
    insert into public.mcp_servers (id, organization_id, slug, name, custom_oauth_config_id)
    values ('mcps_second', 'org_demo', 'second', 'Second', 'coac_demo')`;
  const { url } = attemptAuthorization(client);
  url.pathname = url.pathname.replace("demo", "second");

  await assertShown(await get(url, "text/html"), 401, "invalid_client");
});

for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS"]) {
  Deno.test(`${method} /oauth-authorize answers 405`, async () => {
    const { url } = attemptAuthorization(await registerClient());

    const response = await fetch(url, { method, headers: { Accept: "application/json" } });

    assertEquals(response.headers.get("Allow"), "GET, POST");
    assertEquals(response.headers.get("Access-Control-Allow-Origin"), null);
    await assertRefused(response, 405, "method_not_allowed");
  });
}

async function registerClient(): Promise<RegisteredClient> {
  return await register(await discover(stack.status.MCP_URL));
}

async function findApprovedClient(): Promise<RegisteredClient> {
  return await approve(stack, await registerClient());
}

function get(url: URL, accept: string): Promise<Response> {
  return fetch(url, { headers: { Accept: accept }, redirect: "manual" });
}
