/**
 * Calls that the gateway and userinfo refuse, with the challenge that says what to do.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { decodeJwt, decodeProtectedHeader, importJWK, type JWTPayload, SignJWT } from "jose";
import { startProvider } from "../../support/provider/provider.ts";
import {
  connect,
  type LoggedInClient,
  postForm,
  postMessage,
  refreshForm,
} from "../../support/client/mcp_client.ts";
import { assertRefused } from "../../support/client/refusals.ts";
import { startMcpServer } from "../../support/mcp_server/minimal.ts";
import { useStack } from "../../support/stack/stack.ts";
import { makeTenant } from "../../support/stack/tenant.ts";

const stack = await useStack("own");
const ada = { userName: "ada" };

const foreignTokens: { what: string; make: (client: LoggedInClient) => Promise<string> | string }[] = [
  { what: "nonsense", make: () => "nonsense" },
  { what: "a refresh token", make: ({ tokens }) => tokens.refresh_token },
  { what: "an id_token", make: ({ tokens }) => tokens.id_token! },
  { what: "the platform's publishable key", make: () => stack.status.PUBLISHABLE_KEY },
  { what: "the platform's secret key", make: () => stack.status.SECRET_KEY },
  { what: "an expired token", make: ({ tokens }) => resign(tokens.access_token, { exp: 1 }) },
  {
    what: "a token of another issuer",
    make: ({ tokens }) => resign(tokens.access_token, { iss: "https://example.com" }),
  },
  {
    what: "a token for another resource",
    make: ({ tokens }) => resign(tokens.access_token, { aud: "https://example.com/mcp" }),
  },
  {
    what: "a token whose family does not exist",
    make: ({ tokens }) => resign(tokens.access_token, { sid: "mcpt_unknown" }),
  },
  { what: "a token that was changed", make: ({ tokens }) => `${tokens.access_token.slice(0, -6)}AAAAAA` },
  {
    what: "a token without a signature",
    make: ({ tokens }) => `${encode({ alg: "none", typ: "at+jwt" })}.${tokens.access_token.split(".")[1]}.`,
  },
];

for (const { what, make } of foreignTokens) {
  Deno.test(`the gateway and userinfo answer 401 with error="invalid_token" to ${what}`, async () => {
    const client = await connect(stack.status.MCP_URL, ada);
    const token = await make(client);

    const called = await postMessage(stack.status.MCP_URL, token, { id: 1, method: "tools/list" });
    const asked = await fetch(client.discovery.userinfo_endpoint, {
      headers: { Authorization: `Bearer ${token}` },
    });

    const challenge = called.headers.get("WWW-Authenticate")!;
    assertStringIncludes(challenge, 'Bearer error="invalid_token"');
    assertStringIncludes(challenge, `resource_metadata="${stack.status.ISSUER}/.well-known/`);
    await assertRefused(called, 401, "invalid_token");
    assertStringIncludes(asked.headers.get("WWW-Authenticate")!, 'Bearer error="invalid_token"');
    await assertRefused(asked, 401, "invalid_token");
  });
}

Deno.test("the gateway and userinfo read no token from query, form or cookie", async () => {
  const { tokens: { access_token }, discovery } = await connect(stack.status.MCP_URL, ada);

  for (const url of [stack.status.MCP_URL, discovery.userinfo_endpoint]) {
    for (
      const [query, init] of [
        [`?access_token=${access_token}`, { method: "POST" }],
        ["", { method: "POST", body: new URLSearchParams({ access_token }) }],
        ["", { method: "POST", headers: { Cookie: `access_token=${access_token}` } }],
      ] as [string, RequestInit][]
    ) {
      await assertRefused(await fetch(url + query, init), 401, "invalid_token");
    }
  }
});

Deno.test("the gateway refuses the token of another server", async () => {
  await using provider = await startProvider();
  const { mcpUrl } = await makeTenant(stack, provider);
  const { tokens } = await connect(mcpUrl, ada);

  const response = await postMessage(stack.status.MCP_URL, tokens.access_token, { id: 1, method: "ping" });

  await assertRefused(response, 401, "invalid_token");
});

const endings: { what: string; end: (client: LoggedInClient) => Promise<unknown> }[] = [
  {
    what: "was revoked",
    end: (client) =>
      postForm(`${stack.status.PUBLIC_URL}/oauth-revoke/demo`, {
        token: client.tokens.refresh_token,
        client_id: client.clientId,
      }).then((response) => response.body?.cancel()),
  },
  {
    what: "belongs to a user who is blocked",
    end: ({ tokens }) =>
      stack.sql`
        update public.mcp_server_user set blocked_at = now() where id = ${decodeJwt(tokens.access_token)
        .sub!}`,
  },
  {
    what: "has lost its upstream token",
    end: ({ tokens }) =>
      stack.sql`
        update public.upstream_oauth_tokens set ended_at = now(), ended_reason = 'test'
        where mcp_server_user_id = ${decodeJwt(tokens.access_token).sub!}`,
  },
];

for (const { what, end } of endings) {
  Deno.test(`the gateway answers 401 to a token whose login ${what}`, async () => {
    const client = await connect(stack.status.MCP_URL, { userName: crypto.randomUUID() });
    await end(client);

    const response = await postMessage(stack.status.MCP_URL, client.tokens.access_token, {
      id: 1,
      method: "tools/list",
    });

    assertStringIncludes(response.headers.get("WWW-Authenticate")!, 'error="invalid_token"');
    await assertRefused(response, 401, "invalid_token");
  });
}

Deno.test("the gateway asks for every missing scope at once with 403 insufficient_scope", async () => {
  await using provider = await startProvider();
  const { mcpUrl } = await makeTenant(stack, provider, {
    server: { scopes_supported: ["openid", "read", "write"], required_scopes: ["read", "write"] },
  });
  const { tokens } = await connect(mcpUrl, ada, { scope: "openid read" });
  assertEquals(tokens.scope, "openid read");

  const response = await postMessage(mcpUrl, tokens.access_token, { id: 1, method: "tools/list" });

  const challenge = response.headers.get("WWW-Authenticate")!;
  assertStringIncludes(challenge, 'error="insufficient_scope"');
  assertStringIncludes(challenge, 'scope="openid read write"');
  await assertRefused(response, 403, "insufficient_scope");
});

for (const origin of ["null", "http://example.com", "https://example.com/path", "ftp://example.com", "x"]) {
  Deno.test(`the gateway answers 403 to the origin ${origin}`, async () => {
    const response = await fetch(stack.status.MCP_URL, { method: "POST", headers: { Origin: origin } });

    await assertRefused(response, 403, "forbidden");
  });
}

for (const origin of ["https://claude.ai", "http://localhost:6274", "http://127.0.0.1:6274"]) {
  Deno.test(`the gateway lets pages of ${origin} read its challenge`, async () => {
    const response = await fetch(stack.status.MCP_URL, { method: "POST", headers: { Origin: origin } });

    assertEquals(response.status, 401);
    assertEquals(response.headers.get("Access-Control-Allow-Origin"), "*");
    await response.body?.cancel();
  });
}

for (const method of ["PUT", "PATCH"]) {
  Deno.test(`${method} /mcp answers 405`, async () => {
    const response = await fetch(stack.status.MCP_URL, { method });

    assert(response.headers.get("Allow"));
    await assertRefused(response, 405, "method_not_allowed");
  });
}

Deno.test("the gateway answers 404 for an unknown server, and one without a gateway", async () => {
  await stack.sql`
    insert into public.mcp_servers (id, organization_id, slug, name, custom_oauth_config_id, resource)
    values ('mcps_alone', 'org_demo', 'alone', 'Alone', 'coac_demo', 'https://mcp.example.com')`;

  for (const slug of ["unknown", "alone", "demo/more"]) {
    await assertRefused(
      await fetch(`${stack.status.PUBLIC_URL}/mcp/${slug}`, { method: "POST" }),
      404,
      "not_found",
    );
  }
});

Deno.test("the gateway answers 413 to a call of more than 4 MiB", async () => {
  const { tokens } = await connect(stack.status.MCP_URL, ada);

  const response = await postMessage(stack.status.MCP_URL, tokens.access_token, {
    id: 1,
    method: "tools/call",
    params: { name: "add", arguments: { a: "a".repeat(4 * 1024 * 1024) } },
  });

  await assertRefused(response, 413, "payload_too_large");
});

Deno.test("the gateway answers 503 with Retry-After while the MCP server is down, and the login lives", async () => {
  const provider = await startProvider();
  const mcpServer = startMcpServer();
  const { mcpUrl } = await makeTenant(stack, provider, { server: { upstream_url: mcpServer.url } });
  const client = await connect(mcpUrl, ada);
  await Promise.all([mcpServer, provider].map((down) => down[Symbol.asyncDispose]()));

  const response = await postMessage(mcpUrl, client.tokens.access_token, { id: 1, method: "tools/list" });

  assert(response.headers.get("Retry-After"));
  await assertRefused(response, 503, "temporarily_unavailable");
  const refreshed = await postForm(
    client.discovery.token_endpoint,
    refreshForm(client, client.tokens.refresh_token),
  );
  assertEquals(refreshed.status, 200);
  await refreshed.body?.cancel();
});

Deno.test("what the MCP server says of a malformed call reaches the client as it is", async () => {
  const { tokens } = await connect(stack.status.MCP_URL, ada);

  const response = await fetch(stack.status.MCP_URL, {
    method: "POST",
    headers: {
      "Authorization": `Bearer ${tokens.access_token}`,
      "Content-Type": "application/json",
      "Accept": "application/json, text/event-stream",
    },
    body: "{",
  });

  assertEquals(response.status, 400);
  assertEquals((await response.json()).error.code, -32700);
});

/** The same token with other claims, signed by the same key. */
async function resign(token: string, change: JWTPayload): Promise<string> {
  const [jwk] = JSON.parse(stack.secrets.signingKeys).keys;
  const header = decodeProtectedHeader(token);
  return await new SignJWT({ ...decodeJwt(token), ...change })
    .setProtectedHeader({ alg: "ES256", kid: jwk.kid, typ: header.typ! })
    .sign(await importJWK(jwk, "ES256"));
}

function encode(part: Record<string, string>): string {
  return btoa(JSON.stringify(part)).replace(/=+$/, "");
}
