/**
 * Scope rules on the running stack: a tool that needs more, a client that steps up, and a call that works then.
 *
 * The servers and clients are those of the official SDK.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { OAuthClientProvider as Provider1 } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client as Client1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as Transport1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type {
  OAuthClientInformationMixed as Registration1,
  OAuthTokens as Tokens1,
} from "@modelcontextprotocol/sdk/shared/auth.js";
import {
  Client as Client2,
  type OAuthClientProvider as Provider2,
  type StoredOAuthClientInformation as Registration2,
  type StoredOAuthTokens as Tokens2,
  StreamableHTTPClientTransport as Transport2,
} from "@modelcontextprotocol/client";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { postMessage, readMessage } from "../support/client/mcp_client.ts";
import {
  type ReferenceKind,
  type ReferenceServer,
  startReferenceServer,
} from "../support/mcp_server/reference/servers.ts";
import { makeSdkMemory, recordRequests } from "../support/client/sdk_provider.ts";

const stack = await useStack();

const ADA = { userName: "ada" };
const SCOPES = ["openid", "read", "write", "audit", "people", "admin", "offline_access"];
const POLICY = {
  scopes_supported: SCOPES,
  required_scopes: ["read"],
  scope_rules: [
    { method: "tools/call", name: "large", scopes: ["write", "audit"] },
    { method: "resources/read", name: "test://people/*", scopes: ["people"] },
    { method: "prompts/*", scopes: ["write"] },
  ],
  scope_hierarchy: { write: ["read"], admin: ["write", "audit"] },
};

interface RuledScene extends Scene {
  server: ReferenceServer;
}

/** Sets a scene with a reference server behind the gateway, and rules for it. */
async function setRuledScene(kind: ReferenceKind): Promise<RuledScene> {
  const server = startReferenceServer(kind);
  const scene = await setScene(stack, { server: { upstream_url: server.url, ...POLICY } });
  return {
    ...scene,
    server,
    async [Symbol.asyncDispose](): Promise<void> {
      await scene[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The scopes that a recorded challenge asked for. */
function watchChallenges(
  fetcher: (input: string | URL, init?: RequestInit) => Promise<Response>,
): { challenges: string[]; fetch: typeof fetcher } {
  const challenges: string[] = [];
  return {
    challenges,
    async fetch(input, init): Promise<Response> {
      const response = await fetcher(input, init);
      const scope = / scope="([^"]*)"/.exec(response.headers.get("WWW-Authenticate") ?? "")?.[1];
      if (scope !== undefined) {
        challenges.push(`${response.status} ${scope}`);
      }
      return response;
    },
  };
}

const modes: [ReferenceKind, "legacy" | { pin: string }, revision: string][] = [
  ["SDK 2, stateful", "legacy", "2025-11-25"],
  ["SDK 2, stateless", { pin: "2026-07-28" }, "2026-07-28"],
];
for (const [kind, mode, revision] of modes) {
  Deno.test(`SDK 2 in ${revision} steps up once for a tool that needs more, and everything else works all along`, async () => {
    await using scene = await setRuledScene(kind);
    const memory = makeSdkMemory<Registration2, Tokens2>();
    const recorder = recordRequests(stack.status.PUBLIC_URL);
    const { challenges, fetch } = watchChallenges(recorder.fetch);
    const open = (): Transport2 =>
      new Transport2(new URL(scene.tenant.mcpUrl), { authProvider: memory.provider as Provider2, fetch });
    const client = new Client2({ name: "stepping", version: "1.0.0" }, { versionNegotiation: { mode } });
    const refused = open();
    await assertRejects(() => client.connect(refused));
    await refused.finishAuth(await memory.logIn(ADA));
    const transport = open();
    await client.connect(transport);

    const scopes = [memory.provider.tokens()?.scope];
    const others = async (): Promise<unknown[]> => [
      (await client.listTools()).tools.length,
      (await client.callTool({ name: "echo", arguments: { value: "said" } })).content,
      (await client.readResource({ uri: "test://greeting" })).contents.length,
    ];
    const before = await others();
    await assertRejects(
      () => client.callTool({ name: "large", arguments: { bytes: 4 } }),
      Error,
      "Unauthorized",
    );
    const meanwhile = await others();
    await transport.finishAuth(await memory.logIn(ADA));
    scopes.push(memory.provider.tokens()?.scope);
    const { content } = await client.callTool({ name: "large", arguments: { bytes: 4 } });
    const after = await others();
    const prompt = await client.getPrompt({ name: "greet", arguments: { name: "Ada" } });
    const negotiated = client.getNegotiatedProtocolVersion();
    const sessions = scene.server.countSessions();
    await client.close();

    assertEquals([negotiated, sessions], [revision, kind === "SDK 2, stateful" ? 1 : 0]);
    assertEquals(content, [{ type: "text", text: "0123" }]);
    assertEquals([meanwhile, after], [before, before]);
    assertEquals(JSON.stringify(prompt).includes("Greet Ada"), true);
    assertEquals(scopes, ["read", "read write audit"]);
    assertEquals(challenges, ["401 read", "403 write audit"]);
    assertEquals(recorder.requests.filter((request) => request.includes("oauth-register")).length, 1);
  });
}

Deno.test("SDK 1 steps up where it has no refresh token, and where it has one tries that in vain and says so", async () => {
  await using scene = await setRuledScene("SDK 1, stateful");
  const memory = makeSdkMemory<Registration1, Tokens1>();
  const recorder = recordRequests(stack.status.PUBLIC_URL);
  const { challenges, fetch } = watchChallenges(recorder.fetch);
  const open = (): Transport1 =>
    new Transport1(new URL(scene.tenant.mcpUrl), { authProvider: memory.provider as Provider1, fetch });
  const client = new Client1({ name: "stepping", version: "1.0.0" });
  const connect = (transport: Transport1): Promise<void> =>
    client.connect(transport as Parameters<Client1["connect"]>[0]);
  const finish = async (transport: Transport1): Promise<void> =>
    await transport.finishAuth((await memory.logIn(ADA)).get("code")!);
  const callLarge = (): Promise<unknown> => client.callTool({ name: "large", arguments: { bytes: 4 } });
  const refused = open();
  await assertRejects(() => connect(refused));
  await finish(refused);
  const transport = open();
  await connect(transport);

  await assertRejects(callLarge, Error, "403 after trying upscoping");
  const { refresh_token: _, ...tokens } = memory.provider.tokens()!;
  memory.provider.saveTokens(tokens);
  // It steps up once at most until something has worked.
  await client.callTool({ name: "echo", arguments: { value: "said" } });
  challenges.length = 0;
  await assertRejects(callLarge, Error, "Unauthorized");
  await finish(transport);
  const answer = await callLarge();
  await client.close();

  assertEquals(JSON.stringify(answer).includes("0123"), true);
  assertEquals([memory.provider.tokens()?.scope, challenges], ["write audit", ["403 write audit"]]);
});

/** Whether a login with these scopes may do each of some things, as statuses. */
async function attempt(scene: Scene, scope: string): Promise<number[]> {
  const { tokens } = await logIn(scene, { scope });
  const statuses: number[] = [];
  for (const [method, params] of ATTEMPTS) {
    const response = await postMessage(scene.tenant.mcpUrl, tokens.access_token, { id: 1, method, params });
    await response.text();
    statuses.push(response.status);
  }
  return statuses;
}

const ATTEMPTS: [method: string, params: Record<string, unknown>][] = [
  ["tools/call", { name: "echo", arguments: { value: "x" } }],
  ["tools/call", { name: "large", arguments: { bytes: 4 } }],
  ["prompts/get", { name: "greet", arguments: { name: "Ada" } }],
  ["resources/read", { uri: "test://people/7" }],
  ["resources/read", { uri: "test://greeting" }],
];
const GRANTS: [scope: string, statuses: number[]][] = [
  ["openid", [403, 403, 403, 403, 403]],
  ["read", [200, 403, 403, 403, 200]],
  ["write", [200, 403, 200, 403, 200]],
  ["write audit", [200, 200, 200, 403, 200]],
  ["admin", [200, 200, 200, 403, 200]],
  ["read people", [200, 403, 403, 200, 200]],
  ["admin people", [200, 200, 200, 200, 200]],
];
for (const [scope, statuses] of GRANTS) {
  Deno.test(`a login for ${scope} may do what its scopes and all that they include allow`, async () => {
    await using scene = await setRuledScene("SDK 2, stateless");

    assertEquals(await attempt(scene, scope), statuses);
  });
}

Deno.test("whatever a challenge asks for is granted, named in the metadata, and enough at the first try", async () => {
  await using scene = await setRuledScene("SDK 2, stateless");
  const { mcpUrl, issuer } = scene.tenant;
  const supported: string[] =
    (await (await fetch(`${issuer}/.well-known/oauth-protected-resource`)).json()).scopes_supported;
  for (const [method, params] of ATTEMPTS) {
    const call = (token: string): Promise<Response> => postMessage(mcpUrl, token, { id: 1, method, params });
    const refused = await call((await logIn(scene, { scope: "openid" })).tokens.access_token);
    await refused.body?.cancel();
    const [, scope = ""] = / scope="([^"]*)"/.exec(refused.headers.get("WWW-Authenticate") ?? "") ?? [];

    const { tokens } = await logIn(scene, { scope });
    const response = await call(tokens.access_token);

    assertEquals([refused.status, tokens.scope, response.status], [403, scope, 200]);
    assert("result" in await readMessage(response));
    assertEquals(scope.split(" ").filter((asked) => !supported.includes(asked)), []);
  }
});

Deno.test("a refresh widens nothing: the scopes of a login are those that were approved", async () => {
  await using scene = await setRuledScene("SDK 2, stateless");
  const { tokens } = await logIn(scene, { scope: "read" });

  const response = await fetch(scene.client.discovery.token_endpoint, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "refresh_token",
      refresh_token: tokens.refresh_token,
      client_id: scene.client.clientId,
      scope: "read write audit",
    }),
  });
  const refreshed = await response.json();
  const call = await postMessage(scene.tenant.mcpUrl, refreshed.access_token, {
    id: 1,
    method: "tools/call",
    params: { name: "large", arguments: { bytes: 4 } },
  });
  await call.body?.cancel();

  assertEquals([response.status, refreshed.scope, call.status], [200, "read", 403]);
});
