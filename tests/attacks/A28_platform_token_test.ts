import { assertEquals } from "@std/assert";
import { discover, postMessage, register } from "../support/client/mcp_client.ts";
import { startMcpServer } from "../support/mcp_server/minimal.ts";
import { startProvider } from "../support/provider/provider.ts";
import { logIn } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { makeConfig, makeTenant } from "../support/stack/tenant.ts";

const stack = await useStack();

Deno.test("A28: the token of the platform's own sign-in reaches no organization's MCP server", async () => {
  await using provider = await startProvider();
  await using mcp = startMcpServer();
  const config = await makeConfig(stack, null, provider);
  const { mcpUrl } = await makeTenant(stack, provider, {
    server: {
      ...{ auth_type: "platform_oauth", custom_oauth_config_id: config, upstream_url: mcp.url },
      upstream_authorization: "upstream_token",
    },
  });
  const { tokens } = await logIn({ client: await register(await discover(mcpUrl)) });

  const response = await postMessage(mcpUrl, tokens.access_token, { id: 1, method: "ping" });

  await response.body?.cancel();
  assertEquals(response.status, 200);
  assertEquals(mcp.received.map((headers) => headers.get("Authorization")), [null]);
  assertEquals(mcp.received.map((headers) => headers.has("Gatepost-User")), [true]);
});
