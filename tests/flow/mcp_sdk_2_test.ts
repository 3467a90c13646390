/**
 * The official SDK, line 2 (`@modelcontextprotocol/client`), in both of its eras.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import {
  Client,
  type OAuthClientProvider,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from "@modelcontextprotocol/client";
import { makeSdkMemory, recordRequests, type SdkMemory } from "../support/client/sdk_provider.ts";
import { useStack } from "../support/stack/stack.ts";

type Memory = SdkMemory<StoredOAuthClientInformation, StoredOAuthTokens>;
type Recorder = ReturnType<typeof recordRequests>;
type Mode = "legacy" | "auto" | { pin: string };

const stack = await useStack("own");

const eras: { name: string; mode: Mode; protocolVersion: string }[] = [
  { name: "the revision it starts with by default", mode: "legacy", protocolVersion: "2025-11-25" },
  { name: "the revision it finds by asking", mode: "auto", protocolVersion: "2026-07-28" },
  { name: "the stateless revision alone", mode: { pin: "2026-07-28" }, protocolVersion: "2026-07-28" },
];

for (const { name, mode, protocolVersion } of eras) {
  Deno.test(`SDK 2 logs in, calls, refreshes and calls again in ${name} (${protocolVersion})`, async () => {
    const memory: Memory = makeSdkMemory();
    const recorder = recordRequests(stack.status.PUBLIC_URL);

    const refused = openTransport(memory, recorder);
    await assertRejects(() => connect(refused, mode), UnauthorizedError);

    assertEquals(recorder.requests.splice(0), [
      "POST /mcp/demo 401",
      "GET /oauth/demo/.well-known/oauth-protected-resource 200",
      "GET /.well-known/oauth-authorization-server/functions/v1/oauth/demo 200",
      "POST /oauth-register/demo 201",
    ]);

    await refused.finishAuth(await memory.logIn({ userName: "grace" }));
    const client = await connect(openTransport(memory, recorder), mode);

    assertEquals(client.getNegotiatedProtocolVersion(), protocolVersion);
    assertEquals((await client.listTools()).tools.map(({ name }) => name), ["add", "whoami"]);
    assertEquals(await callTool(client, "add", { a: 2, b: 40 }), "42");
    const { mcp_server_user_id, userinfo } = JSON.parse(await callTool(client, "whoami"));
    assert(/^mcpu_[A-Za-z0-9_-]{12}$/.test(mcp_server_user_id));
    assertEquals(userinfo.email, "grace@example.com");

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

function openTransport(memory: Memory, recorder: Recorder): StreamableHTTPClientTransport {
  return new StreamableHTTPClientTransport(new URL(stack.status.MCP_URL), {
    authProvider: memory.provider as OAuthClientProvider,
    fetch: recorder.fetch,
  });
}

async function connect(transport: StreamableHTTPClientTransport, mode: Mode): Promise<Client> {
  const client = new Client({ name: "flow-test", version: "1.0.0" }, { versionNegotiation: { mode } });
  await client.connect(transport);
  return client;
}

async function callTool(client: Client, name: string, args: Record<string, unknown> = {}): Promise<string> {
  const { content } = await client.callTool({ name, arguments: args });
  return (content as { text: string }[])[0]!.text;
}
