/**
 * mcp-remote: three processes that share one store, as three windows of an editor start it.
 *
 * @module
 */

import type { Desk } from "../support/client/desk.ts";
import type { JsonRpcProcess } from "../support/client/json_rpc_process.ts";
import type { RealClient } from "../support/client/real_client.ts";

const PROCESSES = 3;

const running = new WeakMap<Desk, JsonRpcProcess[]>();

export const mcpRemote: RealClient = {
  name: "mcp-remote, three processes",
  package: "mcp-remote",
  version: "0.15.1",
  node: 22,
  async logIn(desk): Promise<void> {
    await stop(desk);
    const processes = Array.from({ length: PROCESSES }, () => desk.start("mcp-remote", [desk.mcpUrl]));
    running.set(desk, processes);
    await Promise.all(processes.map(initialize));
  },
  async listTools(desk): Promise<string> {
    const [text] = await askAll(desk, "tools/list", {});
    return text!;
  },
  async whoami(desk): Promise<string> {
    const [text] = await askAll(desk, "tools/call", { name: "whoami", arguments: {} });
    return text!;
  },
  async forget(desk): Promise<void> {
    await stop(desk);
    await Deno.remove(`${desk.home}/.mcp-auth`, { recursive: true });
  },
  close: stop,
};

async function initialize(process: JsonRpcProcess): Promise<void> {
  await process.request("initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  });
  await process.notify("notifications/initialized");
}

/** Asks all of them at once, and returns what they say if they agree. */
async function askAll(desk: Desk, method: string, params: unknown): Promise<string[]> {
  const processes = running.get(desk) ?? [];
  const answers = await Promise.all(processes.map(async (process) => {
    return JSON.stringify(await process.request(method, params));
  }));
  if (new Set(answers).size !== 1) {
    throw new Error(`They disagree: ${answers.join("\n")}`);
  }
  return answers;
}

async function stop(desk: Desk): Promise<void> {
  await Promise.all((running.get(desk) ?? []).map((process) => process.stop()));
  running.delete(desk);
}
