/**
 * URLs as people type and clients build them: a slash or a query behind a server's URL, and discovery from it alone.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { decodeJwt } from "jose";
import { auth, type OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js";
import type { OAuthClientInformationMixed, OAuthTokens } from "@modelcontextprotocol/sdk/shared/auth.js";
import {
  callTool,
  connect,
  discover,
  logIn,
  redemptionForm,
  refreshForm,
  register,
  requestTokens,
} from "../support/client/mcp_client.ts";
import { makeSdkMemory, recordRequests } from "../support/client/sdk_provider.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack("own");

/** Behind the URL of a server, as they were seen in clients. */
const TYPED = [
  "/",
  "?utm_source=plugin", // getsentry/sentry-for-ai#334
  "/?project_ref=abc", // envoyproxy/ai-gateway#1731
];
for (const typed of TYPED) {
  Deno.test(`a server's URL with ${typed} behind it is discovered, logged in to and called`, async () => {
    const { MCP_URL } = stack.status;

    const { tokens } = await connect(MCP_URL + typed, { userName: "ada" }, { resource: MCP_URL + typed });
    const answer = await callTool(MCP_URL + typed, tokens.access_token, "add", { a: 2, b: 40 });

    assertEquals([decodeJwt(tokens.access_token).aud, answer], [MCP_URL, "42"]);
  });

  Deno.test(`a code and a refresh that name the server with ${typed} behind it are for that server`, async () => {
    const client = await register(await discover(stack.status.MCP_URL));
    const resource = stack.status.MCP_URL.replace("http://", "HTTP://") + typed;
    const { attempt, code } = await logIn(client, { userName: "ada" }, { resource });

    const form = redemptionForm(client, code, attempt.codeVerifier);
    const first = await requestTokens(client.discovery, { ...form, resource });
    const second = await requestTokens(client.discovery, {
      ...refreshForm(client, first.refresh_token),
      resource,
    });

    const audiences = [first, second].map(({ access_token }) => decodeJwt(access_token).aud);
    assertEquals(audiences, [stack.status.MCP_URL, stack.status.MCP_URL]);
  });
}

Deno.test("every endpoint takes a slash at its end", async () => {
  const document = await (await fetch(`${stack.status.ISSUER}/.well-known/openid-configuration`)).json();
  const endpoints = Object.entries(document)
    .filter(([name]) => /_(endpoint|uri)$/.test(name))
    .map(([, url]) => String(url));
  const urls = [...endpoints, stack.status.MCP_URL, `${stack.status.PUBLIC_URL}/oauth-callback/org_x`];

  const answers = [];
  for (const url of urls) {
    const [without, behind] = [await ask(url), await ask(`${url}/`)];
    assertEquals(behind, without);
    answers.push(without.status);
  }

  assertEquals(answers.length >= 9 && !answers.includes(404), true);
});

async function ask(url: string): Promise<{ status: number; body: string }> {
  const method = /jwks|userinfo|callback/.test(url) ? "GET" : "POST";
  const response = await fetch(url, { method, headers: { Accept: "application/json" } });
  return { status: response.status, body: await response.text() };
}

Deno.test("the SDK logs in from a server's URL alone, without a 401, and redeems the code in a callback route", async () => {
  const { API_URL, MCP_URL } = stack.status;
  const memory = makeSdkMemory<OAuthClientInformationMixed, OAuthTokens>();
  // A callback route is another process than the one that asked: nothing that was discovered is left.
  const provider = { ...memory.provider, discoveryState: () => undefined } as OAuthClientProvider;
  const recorder = recordRequests(API_URL);
  const options = { serverUrl: MCP_URL, fetchFn: recorder.fetch };

  const asked = await auth(provider, options);
  const returned = await memory.logIn({ userName: "ada" });
  const redeemed = await auth(provider, {
    ...options,
    authorizationCode: returned.get("code")!,
    iss: returned.get("iss")!,
  });

  assertEquals([asked, redeemed], ["REDIRECT", "AUTHORIZED"]);
  assertEquals(recorder.requests, [
    "GET /.well-known/oauth-protected-resource/functions/v1/mcp/demo 200",
    "GET /.well-known/oauth-authorization-server/functions/v1/oauth/demo 200",
    "POST /functions/v1/oauth-register/demo 201",
    "GET /.well-known/oauth-protected-resource/functions/v1/mcp/demo 200",
    "GET /.well-known/oauth-authorization-server/functions/v1/oauth/demo 200",
    "POST /functions/v1/oauth-token/demo 200",
  ]);
  assertEquals(
    await callTool(MCP_URL, (await provider.tokens())!.access_token, "add", { a: 2, b: 40 }),
    "42",
  );
});

/** Paths at the origin that lead nowhere while no server is the default one. */
const NOWHERE = [
  "/",
  "/.well-known",
  "/.well-known/",
  "/.well-known/oauth-protected-resource",
  "/.well-known/oauth-authorization-server",
  "/.well-known/openid-configuration",
  "/.well-known/oauth-protected-resource/mcp/demo",
  "/.well-known/oauth-protected-resource/functions/v1/oauth/demo",
  "/.well-known/openid-configuration/functions/v1/mcp/demo",
  "/.well-known/jwks.json",
  "/authorize",
  "/token",
  "/register",
  "/mcp/demo",
  "/functions/v1/mcp/demo/sub/path",
];
for (const path of NOWHERE) {
  Deno.test(`the origin answers 404 in JSON at ${path}`, async () => {
    for (const method of ["GET", "POST"]) {
      const response = await fetch(stack.status.API_URL + path, { method });
      await response.body?.cancel();

      const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
      const isRefused = response.status === 404 || (method === "POST" && response.status === 405);
      assertEquals([isRefused, isJson], [true, true]);
    }
  });
}
