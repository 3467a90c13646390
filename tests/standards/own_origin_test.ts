/**
 * The stack on an origin of its own: every URL at its root, found as the RFCs say, from a bare URL to a call.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";
import type {
  OAuthClientInformationMixed,
  OAuthClientProvider,
  OAuthTokens,
} from "@modelcontextprotocol/client";
import * as oauth from "oauth4webapi";
import { callTool, discover, logInAndRedeem, register } from "../support/client/mcp_client.ts";
import { makeSdkMemory, recordRequests } from "../support/client/sdk_provider.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack("own", { ownOrigin: true, defaultServer: "demo" });

Deno.test("the public URL, the issuer and the MCP URL stand at the root", () => {
  const { API_URL, PUBLIC_URL, ISSUER, MCP_URL } = stack.status;

  assertEquals([PUBLIC_URL, ISSUER, MCP_URL], [API_URL, `${API_URL}/oauth/demo`, `${API_URL}/mcp/demo`]);
});

Deno.test("the official SDK finds the document at the root on its first try and ends in a call", async () => {
  const memory = makeSdkMemory<OAuthClientInformationMixed, OAuthTokens>();
  const recorder = recordRequests(stack.status.PUBLIC_URL);
  const open = (): StreamableHTTPClientTransport =>
    new StreamableHTTPClientTransport(new URL(stack.status.MCP_URL), {
      authProvider: memory.provider as OAuthClientProvider,
      fetch: recorder.fetch,
    });
  const refused = open();
  await assertRejects(() => new Client({ name: "t", version: "1" }).connect(refused), UnauthorizedError);

  assertEquals(recorder.requests, [
    "POST /mcp/demo 401",
    "GET /oauth/demo/.well-known/oauth-protected-resource 200",
    "GET /.well-known/oauth-authorization-server/oauth/demo 200",
    "POST /oauth-register/demo 201",
  ]);

  await refused.finishAuth(await memory.logIn({ userName: "ada" }));
  const client = new Client({ name: "t", version: "1" });
  await client.connect(open());
  const { content } = await client.callTool({ name: "add", arguments: { a: 2, b: 40 } });

  assertEquals(content, [{ type: "text", text: "42" }]);
  await client.close();
});

for (const algorithm of ["oidc", "oauth2"] as const) {
  Deno.test(`oauth4webapi discovers the issuer by ${algorithm}`, async () => {
    const issuer = new URL(stack.status.ISSUER);
    const options = { algorithm, [oauth.allowInsecureRequests]: true };

    const server = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, options),
    );

    assertEquals(server.token_endpoint, `${stack.status.PUBLIC_URL}/oauth-token/demo`);
  });
}

Deno.test("oauth4webapi discovers the resource at the root", async () => {
  const resource = new URL(stack.status.MCP_URL);

  const response = await oauth.resourceDiscoveryRequest(resource, { [oauth.allowInsecureRequests]: true });
  const document = await oauth.processResourceDiscoveryResponse(resource, response);

  assertEquals(document.authorization_servers, [stack.status.ISSUER]);
});

Deno.test("every endpoint that the document names answers at the root", async () => {
  const document = await readJson(`${stack.status.ISSUER}/.well-known/openid-configuration`);
  const endpoints = Object.entries(document).filter(([name]) => /_(endpoint|uri)$/.test(name));

  const statuses = await Promise.all(endpoints.map(async ([, url]) => {
    const response = await fetch(String(url), { redirect: "manual" });
    await response.body?.cancel();
    return response.status;
  }));

  assert(endpoints.length >= 7);
  assertEquals(statuses.filter((status) => status === 404 || status >= 500), []);
});

for (const path of ["/", "/.well-known", "/.well-known/security.txt", "/favicon.ico", "/nothing/demo"]) {
  Deno.test(`the origin answers 404 in JSON at ${path}`, async () => {
    const response = await fetch(`${stack.status.PUBLIC_URL}${path}`);

    assertEquals(response.status, 404);
    assertEquals(response.headers.get("Content-Type"), "application/json");
    await response.body?.cancel();
  });
}

Deno.test("a client that knows the origin alone finds the one server that the deployment names", async () => {
  const { PUBLIC_URL, ISSUER, MCP_URL } = stack.status;

  const resource = await readJson(`${PUBLIC_URL}/.well-known/oauth-protected-resource`);
  const server = await readJson(`${PUBLIC_URL}/.well-known/oauth-authorization-server`);

  assertEquals([resource.resource, server.issuer], [MCP_URL, ISSUER]);
});

/** The MCP revision of 2025-03-26: where an origin publishes nothing, its endpoints have these names. */
Deno.test("a client that finds no document logs in by the default paths", async () => {
  const { PUBLIC_URL, MCP_URL } = stack.status;
  const [authorization_endpoint, token_endpoint, registration_endpoint] = ["authorize", "token", "register"]
    .map((name) => `${PUBLIC_URL}/${name}`) as [string, string, string];
  const discovery = {
    ...await discover(MCP_URL),
    authorization_endpoint,
    token_endpoint,
    registration_endpoint,
  };

  const { tokens } = await logInAndRedeem(await register(discovery), { userName: "ada" });

  assertEquals(await callTool(MCP_URL, tokens.access_token, "add", { a: 2, b: 40 }), "42");
});

async function readJson(url: string): Promise<Record<string, unknown>> {
  return await (await fetch(url)).json();
}
