/**
 * opencode.
 *
 * @module
 */

import type { Desk } from "../support/client/desk.ts";
import type { Ran } from "../support/client/programs.ts";
import { type RealClient, succeed } from "../support/client/real_client.ts";

export const opencode: RealClient = {
  name: "opencode",
  package: "opencode-ai",
  version: "1.18.33",
  node: 22,
  async addServer({ home, mcpUrl, model }): Promise<void> {
    await Deno.writeTextFile(
      `${home}/opencode.json`,
      JSON.stringify({
        autoupdate: false,
        share: "disabled",
        mcp: { demo: { type: "remote", url: mcpUrl } },
        model: "local/model",
        provider: {
          local: {
            npm: "@ai-sdk/openai-compatible",
            name: "Local",
            options: { baseURL: `${model.origin}/v1`, apiKey: "none" },
            models: { model: { name: "Model", tool_call: true } },
          },
        },
      }),
    );
  },
  async logIn(desk): Promise<void> {
    succeed(await run(desk, ["mcp", "auth", "demo"]));
  },
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

async function ask(desk: Desk): Promise<void> {
  desk.model.tools.length = desk.model.results.length = 0;
  succeed(await run(desk, ["run", "Who am I?"]));
}

function run(desk: Desk, args: string[]): Promise<Ran> {
  return desk.run("opencode", args, {
    env: { OPENCODE_DISABLE_AUTOUPDATE: "1", OPENCODE_DISABLE_MODELS_FETCH: "1" },
  });
}
