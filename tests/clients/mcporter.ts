/**
 * mcporter. It refreshes a token that ends within a minute from the server's URL alone.
 *
 * @module
 */

import { findFreePort } from "../../supabase/local/ports.ts";
import { type RealClient, succeed } from "../support/client/real_client.ts";

export const mcporter: RealClient = {
  name: "mcporter",
  package: "mcporter",
  version: "0.12.3",
  node: 24,
  needsOrigin: ["call"],
  async addServer({ home, mcpUrl }): Promise<void> {
    // With a port of its choice it registers anew at each login, and with that throws its tokens away.
    const oauthRedirectUrl = `http://127.0.0.1:${findFreePort()}/callback`;
    await Deno.mkdir(`${home}/config`);
    await Deno.writeTextFile(
      `${home}/config/mcporter.json`,
      JSON.stringify({ mcpServers: { demo: { url: mcpUrl, auth: "oauth", oauthRedirectUrl } } }),
    );
  },
  async logIn(desk): Promise<void> {
    succeed(await desk.run("mcporter", ["auth", "demo"]));
  },
  async listTools(desk): Promise<string> {
    return succeed(await desk.run("mcporter", ["list", "demo", "--schema"]));
  },
  async whoami(desk): Promise<string> {
    return succeed(await desk.run("mcporter", ["call", "demo.whoami"]));
  },
  async forget(desk): Promise<void> {
    succeed(await desk.run("mcporter", ["config", "logout", "demo"]));
  },
};
