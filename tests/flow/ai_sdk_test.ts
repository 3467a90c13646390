/**
 * The AI SDK's MCP client (`@ai-sdk/mcp`), whose sign-in starts from the server's URL alone.
 *
 * An application calls `auth()` in a route of its own, before any request to
 * the server; there is no 401 that would name the documents.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { auth, createMCPClient, type MCPClient } from "@ai-sdk/mcp";
import { makeSdkMemory, recordRequests } from "../support/client/sdk_provider.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack("own");

type AuthProvider = Parameters<typeof auth>[0];
type Tokens = Parameters<AuthProvider["saveTokens"]>[0];
type Client = Parameters<NonNullable<AuthProvider["saveClientInformation"]>>[0];
type AuthorizationServer = Parameters<NonNullable<AuthProvider["saveAuthorizationServerInformation"]>>[0];

Deno.test("the AI SDK signs in from the URL alone, lists, calls and refreshes", async () => {
  const memory = makeSdkMemory<Client, Tokens>();
  const authProvider = toAuthProvider(memory.provider);
  const { requests, fetch: fetchFn } = recordRequests(stack.status.PUBLIC_URL);
  const serverUrl = stack.status.MCP_URL;

  assertEquals(await auth(authProvider, { serverUrl, fetchFn: fetchFn as typeof fetch }), "REDIRECT");
  assert(!requests.some((request) => request.includes(" /mcp/demo ")), requests.join("\n"));

  const returned = await memory.logIn({ userName: "ada" });
  const arrived = {
    authorizationCode: returned.get("code")!,
    callbackState: returned.get("state")!,
    callbackIssuer: returned.get("iss")!,
  };
  const options = { serverUrl, fetchFn: fetchFn as typeof fetch, ...arrived };
  assertEquals(await auth(authProvider, options), "AUTHORIZED");

  const client = await createMCPClient({ transport: { type: "http", url: serverUrl, authProvider } });
  try {
    assertEquals(client.initializeResult.protocolVersion, "2026-07-28");
    const tools = await client.tools();
    assertEquals(Object.keys(tools).sort(), ["add", "whoami"]);
    assertEquals((await whoami(client)).userinfo.sub, "ada");

    const before = await authProvider.tokens();
    memory.spoilAccessToken();

    assertEquals((await whoami(client)).userinfo.sub, "ada");
    assertNotEquals((await authProvider.tokens())?.refresh_token, before?.refresh_token);
  } finally {
    await client.close();
  }
});

/** It asks for a little more than the official SDKs do. */
function toAuthProvider(
  provider: ReturnType<typeof makeSdkMemory<Client, Tokens>>["provider"],
): AuthProvider {
  let server: AuthorizationServer | undefined;
  return {
    ...provider,
    storedState: () => provider.state(),
    isClientInformationDynamicallyRegistered: () => true,
    authorizationServerInformation: () => server,
    saveAuthorizationServerInformation(found): void {
      server = found;
    },
  };
}

async function whoami(client: MCPClient): Promise<{ userinfo: { sub: string } }> {
  const { whoami } = await client.tools();
  const result = await whoami!.execute!({}, { toolCallId: "1", messages: [], context: undefined });
  return JSON.parse((result as { content: { text: string }[] }).content[0]!.text);
}
