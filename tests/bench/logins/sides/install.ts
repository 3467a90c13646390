/**
 * Installs what Gatepost is compared with, in a folder of its own below `.output`, and starts its servers.
 *
 * Versions are pinned to those that were measured. Nobody else downloads them.
 *
 * @module
 */

import { splitLines } from "../../../../supabase/local/processes/lines.ts";
import { installNode } from "../../../support/client/installed_client.ts";

/** better-auth's plug-ins name the very versions of what they share with it. */
const PACKAGES = {
  "@better-auth/core": "1.7.5",
  "@better-auth/mcp": "1.7.5",
  "@better-auth/oauth-provider": "1.7.5",
  "@better-auth/utils": "0.4.2",
  "@better-fetch/fetch": "1.3.2",
  "@cloudflare/workers-oauth-provider": "1.2.3",
  "better-auth": "1.7.5",
  "better-call": "1.4.0",
  "jose": "6.2.17",
  "miniflare": "4.20260730.0",
  "oidc-provider": "9.13.3",
  "pg": "8.23.1",
};

/** miniflare wants one of at least 22. */
const NODE = 24;

const servers = new URL("../servers/", import.meta.url);

/** The folder of all servers, with their packages, and the Node.js that runs them. */
export interface Installed {
  folder: string;
  node: string;
  versionOf: (name: keyof typeof PACKAGES) => string;
  nodeVersion: string;
}

/** A server that runs. */
export interface Server extends AsyncDisposable {
  url: string;
  pid: number;
}

/** Installs the packages unless they are there, and copies the servers beside them. */
export async function installSides(): Promise<Installed> {
  const manifest = JSON.stringify({ private: true, type: "module", dependencies: PACKAGES }, null, 2);
  const folder = new URL("../../../../.output/bench-logins", import.meta.url).pathname;
  await Deno.mkdir(folder, { recursive: true });
  const installed = await Deno.readTextFile(`${folder}/installed.json`).catch(() => "");
  if (installed !== manifest) {
    await Deno.writeTextFile(`${folder}/package.json`, manifest);
    const { success, stderr } = await new Deno.Command("npm", {
      args: ["install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"],
      cwd: folder,
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) {
      throw new Error(`The packages cannot be installed: ${new TextDecoder().decode(stderr)}`);
    }
    await Deno.writeTextFile(`${folder}/installed.json`, manifest);
  }
  // Node.js finds packages from where a program stands.
  for await (const { name } of Deno.readDir(servers)) {
    await Deno.copyFile(new URL(name, servers), `${folder}/${name}`);
  }
  const node = await installNode(NODE);
  const { stdout } = await new Deno.Command(node, { args: ["--version"] }).output();
  const nodeVersion = `Node.js ${new TextDecoder().decode(stdout).trim().slice(1)}`;
  return { folder, node, nodeVersion, versionOf: (name) => `${name} ${PACKAGES[name]}` };
}

/** Starts one of the servers. Its log goes to a file, and to the terminal if it does not start. */
export async function startServer(
  { folder, node }: Installed,
  script: string,
  setup: Record<string, unknown>,
): Promise<Server> {
  const process = new Deno.Command(node, {
    args: [script],
    cwd: folder,
    env: { NODE_ENV: "production", NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const log = await Deno.open(`${folder}/${script}.log`, { write: true, create: true, truncate: true });
  const logged = process.stderr.pipeTo(log.writable);
  const input = process.stdin.getWriter();
  await input.write(new TextEncoder().encode(`${JSON.stringify(setup)}\n`));
  const { promise: port, resolve } = Promise.withResolvers<string | undefined>();
  const read = (async () => {
    const lines = process.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(splitLines());
    for await (const line of lines) {
      const [, found] = /^\{"listening":(\d+)\}$/.exec(line) ?? [];
      if (found !== undefined) {
        resolve(found);
      }
    }
    resolve(undefined);
  })();
  const stop = async (): Promise<void> => {
    await input.close().catch(() => undefined);
    await Promise.all([process.status, read, logged]);
  };
  const listening = await port;
  if (listening === undefined) {
    await stop();
    throw new Error(`${script} does not start: ${await Deno.readTextFile(`${folder}/${script}.log`)}`);
  }
  return { url: `http://127.0.0.1:${listening}`, pid: process.pid, [Symbol.asyncDispose]: stop };
}
