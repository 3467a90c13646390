/**
 * MCP Inspector 2, its command line.
 *
 * @module
 */

import type { Desk } from "../support/client/desk.ts";
import type { Ran } from "../support/client/programs.ts";
import { type RealClient, succeed } from "../support/client/real_client.ts";

export const inspector2: RealClient = {
  name: "MCP Inspector CLI",
  package: "@modelcontextprotocol/inspector",
  version: "2.12.0",
  node: 22,
  async logIn(desk): Promise<void> {
    await listTools(desk);
  },
  listTools,
  async whoami(desk): Promise<string> {
    return succeed(await run(desk, ["--method", "tools/call", "--tool-name", "whoami"]));
  },
  async forget(desk): Promise<void> {
    // Deletes what is stored before it connects; that it then logs in at once does no harm.
    await run(desk, ["--relogin", "--method", "tools/list"]);
  },
};

async function listTools(desk: Desk): Promise<string> {
  return succeed(await run(desk, ["--method", "tools/list"]));
}

function run(desk: Desk, args: string[]): Promise<Ran> {
  return desk.run("mcp-inspector", ["--cli", desk.mcpUrl, "--transport", "http", ...args], {
    env: {
      // Logs in without a terminal, and keeps the tokens where there is no keychain.
      MCP_AUTO_OPEN_ENABLED: "true",
      MCP_INSPECTOR_SECRET_STORE: "file",
    },
  });
}
