// deno-lint-ignore-file no-console explicit-function-return-type
/**
 * A program with LangChain's adapters, as their README has it: `node langchain_program.mjs login|list|whoami URL`.
 *
 * Keeps what the adapters hand it in `login.json` of its working folder, and
 * waits for the browser on a loopback port that stays the same.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

// By name, at run time: they are installed beside the program and are none of the project's packages.
const load = (name) => import(name);
const { MultiServerMCPClient } = await load("@langchain/mcp-adapters");
const { auth } = await load("@modelcontextprotocol/sdk/client/auth.js");

const [command, url] = process.argv.slice(2);
const kept = readKept();
kept.port ??= 20_000 + Math.floor(Math.random() * 20_000);
const redirectUrl = `http://localhost:${kept.port}/callback`;
const arrived = Promise.withResolvers();

const authProvider = {
  redirectUrl,
  clientMetadata: { client_name: "LangChain", redirect_uris: [redirectUrl] },
  clientInformation: () => kept.client,
  saveClientInformation: (client) => keep({ client }),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => keep({ tokens }),
  saveCodeVerifier: (verifier) => keep({ verifier }),
  codeVerifier: () => kept.verifier,
  // What the server no longer knows; without this the SDK would go on with it.
  invalidateCredentials: (scope) =>
    keep({ tokens: undefined, ...(scope === "all" ? { client: undefined } : {}) }),
  async redirectToAuthorization(authorizeUrl) {
    await listen();
    spawn(process.env.BROWSER, [authorizeUrl.href], { stdio: "ignore" });
  },
};

await main().catch((error) => {
  console.error(error);
  process.exit(1);
});
process.exit(0);

async function main() {
  if (command === "login") {
    await openClient().getTools().catch(() => undefined);
    await auth(authProvider, { serverUrl: url, authorizationCode: await arrived.promise });
    return;
  }
  const tools = await openClient().getTools();
  if (command === "list") {
    return console.log(tools.map(({ name }) => name).join(" "));
  }
  console.log(await tools.find(({ name }) => name.endsWith("whoami")).invoke({}));
}

function openClient() {
  return new MultiServerMCPClient({
    mcpServers: { demo: { transport: "http", url, authProvider } },
    useStandardContentBlocks: true,
  });
}

function listen() {
  return new Promise((resolve) => {
    const server = createServer((request, response) => {
      arrived.resolve(new URL(request.url, redirectUrl).searchParams.get("code"));
      response.end("Done");
    });
    server.listen(kept.port, "localhost", resolve);
  });
}

function readKept() {
  try {
    return JSON.parse(readFileSync("login.json", "utf8"));
  } catch {
    return {};
  }
}

function keep(changes) {
  Object.assign(kept, changes);
  writeFileSync("login.json", JSON.stringify(kept));
}
