/**
 * Gemini CLI. It logs in from within a session, and asks whether it may open the browser.
 *
 * @module
 */

import type { Desk, RunOptions } from "../support/client/desk.ts";
import type { Ran } from "../support/client/programs.ts";
import { type RealClient, succeed } from "../support/client/real_client.ts";

export const geminiCli: RealClient = {
  name: "Gemini CLI",
  package: "@google/gemini-cli",
  version: "0.61.0",
  node: 22,
  async addServer({ home, mcpUrl }): Promise<void> {
    await Deno.mkdir(`${home}/.gemini`);
    await Deno.writeTextFile(
      `${home}/.gemini/settings.json`,
      JSON.stringify({
        general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
        privacy: { usageStatisticsEnabled: false },
        telemetry: { enabled: false },
        security: { auth: { selectedType: "gemini-api-key" }, folderTrust: { enabled: false } },
        mcpServers: { demo: { httpUrl: mcpUrl, trust: true } },
      }),
    );
  },
  async logIn(desk): Promise<void> {
    const login = ["--prompt", "/mcp auth demo"];
    const { output } = await run(desk, login, { terminal: true, answer: { to: "[Y/n]", with: "Y\n" } });
    // It ends with an error all the same: the command's answer is one for a session.
    if (!output.includes("Successfully authenticated")) {
      throw new Error(output);
    }
  },
  async listTools(desk): Promise<string> {
    await ask(desk);
    return desk.model.tools.join(" ");
  },
  async whoami(desk): Promise<string> {
    await ask(desk);
    return desk.model.results.at(-1) ?? "nothing";
  },
  async forget({ home }): Promise<void> {
    await Deno.remove(`${home}/.gemini/mcp-oauth-tokens.json`);
  },
};

async function ask(desk: Desk): Promise<void> {
  desk.model.tools.length = desk.model.results.length = 0;
  succeed(await run(desk, ["--model", "gemini-2.5-flash", "--yolo", "--prompt", "Who am I?"]));
}

function run(desk: Desk, args: string[], options: RunOptions = {}): Promise<Ran> {
  const env = { GEMINI_API_KEY: "none", GOOGLE_GEMINI_BASE_URL: desk.model.origin };
  return desk.run("gemini", args, { ...options, env });
}
