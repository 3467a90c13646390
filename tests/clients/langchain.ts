/**
 * LangChain's adapters, in a small program of ours: they are a library.
 *
 * They keep the transport to themselves, so that a program redeems the code
 * with nothing but the server's URL.
 *
 * @module
 */

import type { Desk } from "../support/client/desk.ts";
import { type RealClient, succeed } from "../support/client/real_client.ts";

const PROGRAM = new URL("langchain_program.mjs", import.meta.url);

export const langchain: RealClient = {
  name: "LangChain adapters",
  package: "@langchain/mcp-adapters",
  version: "1.1.4",
  node: 22,
  needsOrigin: ["from a 401"],
  async addServer({ folder }): Promise<void> {
    // Node finds packages from where a program stands.
    await Deno.copyFile(PROGRAM, `${folder}/program.mjs`);
  },
  async logIn(desk): Promise<void> {
    await run(desk, "login");
  },
  listTools: (desk) => run(desk, "list"),
  whoami: (desk) => run(desk, "whoami"),
  forget: ({ home }) => Deno.remove(`${home}/login.json`),
};

async function run(desk: Desk, command: string): Promise<string> {
  return succeed(await desk.run("node", [`${desk.folder}/program.mjs`, command, desk.mcpUrl]));
}
