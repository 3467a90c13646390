/**
 * Codex, known by its document, and registered. Its app server lists and calls tools without a model.
 *
 * @module
 */

import type { Desk } from "../support/client/desk.ts";
import type { JsonRpcProcess } from "../support/client/json_rpc_process.ts";
import { type RealClient, succeed } from "../support/client/real_client.ts";

export const codex = buildCodex("Codex", "auto");
export const codexRegistered = buildCodex("Codex, registered", "dcr");

function buildCodex(name: string, registration: "auto" | "dcr"): RealClient {
  return {
    name,
    package: "@openai/codex",
    version: "0.169.0",
    node: 22,
    addServer,
    async logIn(desk): Promise<void> {
      succeed(await desk.run("codex", ["mcp", "login", "demo", "--oauth-client-registration", registration]));
    },
    async listTools(desk): Promise<string> {
      return JSON.stringify(await ask(desk, (server) => server.request("mcpServerStatus/list", {})));
    },
    async whoami(desk): Promise<string> {
      return JSON.stringify(await ask(desk, callWhoami));
    },
    async forget(desk): Promise<void> {
      succeed(await desk.run("codex", ["mcp", "logout", "demo"]));
    },
  };
}

/** By hand: `codex mcp add` logs in at once. */
async function addServer({ home, mcpUrl }: Desk): Promise<void> {
  await Deno.mkdir(`${home}/.codex`, { recursive: true });
  const settings = `check_for_update_on_startup = false
[analytics]
enabled = false
[mcp_servers.demo]
url = "${mcpUrl}"
`;
  await Deno.writeTextFile(`${home}/.codex/config.toml`, settings);
}

async function ask(
  desk: Desk,
  question: (server: JsonRpcProcess) => Promise<unknown>,
): Promise<unknown> {
  const server = desk.start("codex", ["app-server"]);
  try {
    await server.request("initialize", { clientInfo: { name: "test", title: "Test", version: "1" } });
    await server.notify("initialized");
    return await question(server);
  } finally {
    await server.stop();
  }
}

async function callWhoami(server: JsonRpcProcess): Promise<unknown> {
  const { thread } = await server.request("thread/start", {}) as { thread: { id: string } };
  return await server.request("mcpServer/tool/call", {
    threadId: thread.id,
    server: "demo",
    tool: "whoami",
    arguments: {},
  });
}
