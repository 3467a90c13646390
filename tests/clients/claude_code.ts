/**
 * Claude Code. Its tools are called by a model; `mcp login` knows nothing but the server's URL.
 *
 * @module
 */

import type { Desk, RunOptions } from "../support/client/desk.ts";
import type { Ran } from "../support/client/programs.ts";
import { type RealClient, succeed } from "../support/client/real_client.ts";

export const claudeCode: RealClient = {
  name: "Claude Code",
  package: "@anthropic-ai/claude-code",
  version: "2.1.332",
  node: 22,
  needsOrigin: ["from the URL alone"],
  async addServer(desk): Promise<void> {
    succeed(await run(desk, ["mcp", "add", "--transport", "http", "demo", desk.mcpUrl]));
  },
  async logIn(desk): Promise<void> {
    // Looks at the server, is refused, and remembers where that led.
    await run(desk, ["mcp", "list"]);
    await logIn(desk);
  },
  logInFromUrl: logIn,
  async listTools(desk): Promise<string> {
    await ask(desk);
    return desk.model.tools.join(" ");
  },
  async whoami(desk): Promise<string> {
    await ask(desk);
    return desk.model.results.at(-1) ?? "nothing";
  },
  async forget(desk): Promise<void> {
    succeed(await run(desk, ["mcp", "logout", "demo"]));
  },
};

async function logIn(desk: Desk): Promise<void> {
  succeed(await run(desk, ["mcp", "login", "demo"], { terminal: true }));
}

async function ask(desk: Desk): Promise<void> {
  desk.model.tools.length = desk.model.results.length = 0;
  succeed(await run(desk, ["--print", "Who am I?", "--allowedTools", "mcp__demo__whoami"]));
}

function run(desk: Desk, args: string[], options: RunOptions = {}): Promise<Ran> {
  const env = {
    ANTHROPIC_BASE_URL: desk.model.origin,
    ANTHROPIC_API_KEY: "none",
    // Names every tool to the model at once.
    ENABLE_TOOL_SEARCH: "false",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_AUTOUPDATER: "1",
    DISABLE_TELEMETRY: "1",
    DISABLE_ERROR_REPORTING: "1",
  };
  return desk.run("claude", args, { ...options, env });
}
