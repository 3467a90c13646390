/**
 * The official SDK, line 1 (`@modelcontextprotocol/sdk`), from a bare URL to a call after a refresh.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { type OAuthClientProvider, UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { OAuthClientInformationMixed, OAuthTokens } from "@modelcontextprotocol/sdk/shared/auth.js";
import { makeSdkMemory, recordRequests, type SdkMemory } from "../support/client/sdk_provider.ts";
import { useStack } from "../support/stack/stack.ts";

type Memory = SdkMemory<OAuthClientInformationMixed, OAuthTokens>;
type Recorder = ReturnType<typeof recordRequests>;

const stack = await useStack("own");

for (const authMethod of ["none", "client_secret_post", "client_secret_basic"]) {
  Deno.test(`SDK 1 discovers, registers with ${authMethod}, logs in, calls, refreshes and calls again`, async () => {
    const memory: Memory = makeSdkMemory(authMethod);
    const recorder = recordRequests(stack.status.PUBLIC_URL);

    const refused = openTransport(memory, recorder);
    await assertRejects(() => connect(refused), UnauthorizedError);

    assertEquals(recorder.requests.splice(0), [
      "POST /mcp/demo 401",
      "GET /oauth/demo/.well-known/oauth-protected-resource 200",
      "GET /.well-known/oauth-authorization-server/functions/v1/oauth/demo 200",
      "POST /oauth-register/demo 201",
    ]);

    const returned = await memory.logIn({ userName: "ada" });
    await refused.finishAuth(returned.get("code")!);
    const client = await connect(openTransport(memory, recorder));

    assertEquals(memory.provider.tokens()?.scope, "openid email profile");
    const { tools } = await client.listTools();
    assertEquals(tools.map(({ name }: { name: string }) => name), ["add", "whoami"]);
    assertEquals(await callTool(client, "add", { a: 2, b: 40 }), "42");
    const { mcp_server_user_id, userinfo } = JSON.parse(await callTool(client, "whoami"));
    assert(/^mcpu_[A-Za-z0-9_-]{12}$/.test(mcp_server_user_id));
    assertEquals(userinfo.sub, "ada");

    const before = memory.provider.tokens();
    recorder.requests.length = 0;
    memory.spoilAccessToken();

    assertEquals(await callTool(client, "add", { a: 1, b: 1 }), "2");
    assert(recorder.requests.includes("POST /mcp/demo 401"));
    assert(recorder.requests.includes("POST /oauth-token/demo 200"));
    assertEquals(recorder.requests.at(-1), "POST /mcp/demo 200");
    assertNotEquals(memory.provider.tokens()?.refresh_token, before?.refresh_token);
    await client.close();
  });
}

Deno.test("SDK 1 negotiates the revision 2025-11-25 through the gateway", async () => {
  const memory: Memory = makeSdkMemory();
  const recorder = recordRequests(stack.status.PUBLIC_URL);
  const refused = openTransport(memory, recorder);
  await assertRejects(() => connect(refused), UnauthorizedError);
  await refused.finishAuth((await memory.logIn({ userName: "ada" })).get("code")!);

  const transport = openTransport(memory, recorder);
  const client = await connect(transport);

  assertEquals(transport.protocolVersion, "2025-11-25");
  assertEquals(client.getServerVersion()?.name, "gatepost-demo");
  await client.close();
});

function openTransport(memory: Memory, recorder: Recorder): StreamableHTTPClientTransport {
  return new StreamableHTTPClientTransport(new URL(stack.status.MCP_URL), {
    authProvider: memory.provider as OAuthClientProvider,
    fetch: recorder.fetch,
  });
}

async function connect(transport: StreamableHTTPClientTransport): Promise<Client> {
  const client = new Client({ name: "flow-test", version: "1.0.0" });
  // The SDK's own types disagree under exactOptionalPropertyTypes.
  await client.connect(transport as Parameters<Client["connect"]>[0]);
  return client;
}

async function callTool(client: Client, name: string, args: Record<string, unknown> = {}): Promise<string> {
  const { content } = await client.callTool({ name, arguments: args });
  return (content as { text: string }[])[0]!.text;
}
