/**
 * Registrations that are refused, and why.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { hashSecret } from "../../../functions/_shared/secrets/secrets.ts";
import { REDIRECT_URI } from "../../support/client/mcp_client.ts";
import { assertRefused } from "../../support/client/refusals.ts";
import { useStack } from "../../support/stack/stack.ts";

const stack = await useStack("own");
const valid = { client_name: "Plain client", redirect_uris: [REDIRECT_URI] };

const refusedMetadata: { what: string; change: Record<string, unknown>; error: string }[] = [
  { what: "no redirect URI", change: { redirect_uris: undefined }, error: "invalid_redirect_uri" },
  { what: "an empty list of redirect URIs", change: { redirect_uris: [] }, error: "invalid_redirect_uri" },
  { what: "a redirect URI that is no text", change: { redirect_uris: [1] }, error: "invalid_redirect_uri" },
  {
    what: "21 redirect URIs",
    change: { redirect_uris: Array.from({ length: 21 }, (_, index) => `${REDIRECT_URI}/${index}`) },
    error: "invalid_redirect_uri",
  },
  {
    what: "one bad redirect URI among good ones",
    change: { redirect_uris: [REDIRECT_URI, "http://example.com/callback"] },
    error: "invalid_redirect_uri",
  },
  ...[
    "javascript:alert(1)",
    "data:text/html,hello",
    "file:///etc/passwd",
    "HTTPS://example.com/callback",
    "https://example.com/callback#fragment",
    "https://user@example.com/callback",
    "https://example.com\\@evil.example/callback",
    "http://example.com/callback",
    "http://2130706433/callback",
    "/callback",
    "",
  ].map((uri) => ({
    what: `the redirect URI ${JSON.stringify(uri)}`,
    change: { redirect_uris: [uri] },
    error: "invalid_redirect_uri",
  })),
  {
    what: "a proof by keys that it does not name",
    change: { token_endpoint_auth_method: "private_key_jwt" },
    error: "invalid_client_metadata",
  },
  {
    what: "grant types without authorization_code",
    change: { grant_types: ["client_credentials"] },
    error: "invalid_client_metadata",
  },
  {
    what: "response types without code",
    change: { response_types: ["token"] },
    error: "invalid_client_metadata",
  },
];

for (const { what, change, error } of refusedMetadata) {
  Deno.test(`POST /oauth-register answers ${error} to ${what}`, async () => {
    const response = await register({ ...valid, ...change });

    await assertRefused(response, 400, error);
  });
}

const cleaned: { what: string; change: Record<string, unknown>; name: string | null }[] = [
  { what: "a name that is no text", change: { client_name: { first: "A" } }, name: null },
  { what: "a name with a NUL", change: { client_name: "Plain\u0000 client" }, name: "Plain client" },
  { what: "a name with a line break", change: { client_name: "Plain client\n" }, name: "Plain client" },
  { what: "half a character", change: { client_name: "Plain client\ud800" }, name: "Plain client" },
  { what: "a logo that is no web URL", change: { logo_uri: "javascript:alert(1)" }, name: "Plain client" },
  { what: "a blank scope and no grant type", change: { scope: " ", grant_types: [] }, name: "Plain client" },
  {
    what: "a method that there is not",
    change: { token_endpoint_auth_method: "tls_client_auth" },
    name: "Plain client",
  },
];

for (const { what, change, name } of cleaned) {
  Deno.test(`POST /oauth-register registers a client with ${what}, and answers with what was kept`, async () => {
    const response = await register({ ...valid, ...change });

    const { client_id, client_id_issued_at: _time, client_secret: _secret, ...answer } = await response
      .json();
    assertEquals([response.status, answer], [201, {
      client_secret_expires_at: 0,
      redirect_uris: valid.redirect_uris,
      ...(name === null ? {} : { client_name: name }),
      token_endpoint_auth_method: "client_secret_basic",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
    }]);
    const [stored] = await stack.sql`
      select client_name from public.mcp_client_registrations where client_id = ${client_id}`;
    assertEquals(stored?.client_name, name);
  });
}

const refusedBodies: { what: string; init: RequestInit; status: number; error: string }[] = [
  { what: "a body that is not JSON", init: { body: "{" }, status: 400, error: "invalid_request" },
  { what: "no body", init: {}, status: 400, error: "invalid_request" },
  { what: "a JSON array", init: { body: "[]" }, status: 400, error: "invalid_request" },
  { what: "a JSON null", init: { body: "null" }, status: 400, error: "invalid_request" },
  {
    what: "JSON that is nested too deeply",
    init: { body: `{"a":`.repeat(1000) + "1" + "}".repeat(1000) },
    status: 400,
    error: "invalid_request",
  },
  {
    what: "a body that is not UTF-8",
    init: { body: new Uint8Array([0x7b, 0xff, 0x7d]) },
    status: 400,
    error: "invalid_request",
  },
  {
    what: "a body of 65 KiB",
    init: { body: JSON.stringify({ ...valid, client_name: "a".repeat(65 * 1024) }) },
    status: 413,
    error: "payload_too_large",
  },
  {
    what: "an endless body of unknown length",
    init: { body: endlessBody() },
    status: 413,
    error: "payload_too_large",
  },
  {
    what: "a form",
    init: { body: "redirect_uris=x", headers: { "Content-Type": "application/x-www-form-urlencoded" } },
    status: 415,
    error: "unsupported_media_type",
  },
];

for (const { what, init, status, error } of refusedBodies) {
  Deno.test(`POST /oauth-register answers ${status} to ${what}`, async () => {
    const response = await fetch(endpoint(), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      ...init,
    });

    await assertRefused(response, status, error);
  });
}

for (const method of ["GET", "PUT", "DELETE"]) {
  Deno.test(`${method} /oauth-register answers 405 and says what it takes`, async () => {
    const response = await fetch(endpoint(), { method });

    assertEquals(response.headers.get("Allow"), "POST");
    await assertRefused(response, 405, "method_not_allowed");
  });
}

for (const slug of ["unknown", "Demo", "-", "a".repeat(64), "demo/more", "%00", ""]) {
  Deno.test(`POST /oauth-register/${slug.slice(0, 20)} answers 404`, async () => {
    await assertRefused(await register(valid, slug), 404, "not_found");
  });
}

Deno.test("POST /oauth-register answers 403 on a server that registers nobody", async () => {
  await addServer("closed", { registration_policy: "closed" });

  await assertRefused(await register(valid, "closed"), 403, "forbidden");
});

Deno.test("POST /oauth-register answers 401 where an initial access token is missing or wrong", async () => {
  await addServer("by-token", {
    registration_policy: "token",
    initial_access_token_hash: hashSecret("let-me-in"),
  });

  for (const headers of [undefined, { Authorization: "Bearer let-me-out" }]) {
    const response = await register(valid, "by-token", headers);
    assertEquals(response.headers.get("WWW-Authenticate"), "Bearer");
    await assertRefused(response, 401, "invalid_token");
  }
  const right = await register(valid, "by-token", { Authorization: "Bearer let-me-in" });
  assertEquals(right.status, 201);
  await right.body?.cancel();
});

Deno.test("POST /oauth-register takes null and empty members for absent ones, and answers with none", async () => {
  const response = await register({ ...valid, client_uri: null, logo_uri: "", scope: null });

  assertEquals(response.status, 201);
  assertEquals(Object.values(await response.json()).filter((value) => value === null || value === ""), []);
});

function register(
  metadata: Record<string, unknown>,
  slug = "demo",
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(endpoint(slug), {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(metadata),
  });
}

function endpoint(slug = "demo"): string {
  return `${stack.status.PUBLIC_URL}/oauth-register/${slug}`;
}

async function addServer(slug: string, columns: Record<string, string>): Promise<void> {
  const row = {
    id: `mcps_${slug}`,
    organization_id: "org_demo",
    slug,
    name: slug,
    custom_oauth_config_id: "coac_demo",
    ...columns,
  };
  await stack.sql`insert into public.mcp_servers ${stack.sql(row)}`;
}

/** More than any endpoint reads, in pieces that announce no length. */
function endlessBody(): ReadableStream<Uint8Array> {
  const piece = new TextEncoder().encode(" ".repeat(16 * 1024));
  let pieces = 0;
  return new ReadableStream({
    pull(controller): void {
      if (pieces++ === 64) {
        controller.close();
      } else {
        controller.enqueue(piece);
      }
    },
  });
}
