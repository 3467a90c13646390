/**
 * `deno task login`: a small MCP client for the command line.
 *
 * It is built with the official SDK and does what every client does with the
 * URL of an MCP server: it reads the metadata, registers, sends the person to
 * log in, and calls tools.
 *
 * @module
 */

import { Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";
import { type LoginArguments, readLoginArguments } from "./arguments.ts";
import { listenForCallback } from "./login/callback_listener.ts";
import { buildClientProvider } from "./login/client_provider.ts";
import { buildExplainingFetch } from "./login/explain_requests.ts";
import { openBrowser } from "./login/open_browser.ts";
import { bypassProxyOnLoopback } from "../local/loopback_proxy.ts";
import { terminal } from "../local/output.ts";
import { Problem, toSentence } from "../local/problem.ts";
import { runTask } from "./run_task.ts";
import { readStatus } from "../local/stack_status.ts";
import { walkLogin } from "./login/walk_login.ts";

bypassProxyOnLoopback();
const output = terminal();
await runTask(output, run);
Deno.exit(0);

async function run(): Promise<void> {
  const args = readLoginArguments(Deno.args);
  const mcpUrl = args.mcpUrl ?? (await readStatus(args.dataDir)).MCP_URL;
  output.step(`Connecting to ${mcpUrl}`);
  try {
    await callTools(await logIn(mcpUrl, args));
  } catch (error) {
    throw new Problem(`The login failed: ${toSentence(error)}`);
  }
}

/** Connects. Logs in when the server asks for a login, as Gatepost does. */
async function logIn(mcpUrl: string, args: LoginArguments): Promise<Client> {
  const callback = listenForCallback();
  const authorize = Promise.withResolvers<URL>();
  const authProvider = buildClientProvider(callback.redirectUri, authorize.resolve);
  const makeTransport = (): StreamableHTTPClientTransport =>
    new StreamableHTTPClientTransport(new URL(mcpUrl), {
      authProvider,
      fetch: buildExplainingFetch(mcpUrl, output),
    });
  const refused = makeTransport();
  try {
    return await connect(refused);
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) {
      throw error;
    }
  }
  const url = await authorize.promise;
  await visit(url, args);
  const parameters = await callback.arrived;
  if (parameters.get("state") !== url.searchParams.get("state")) {
    throw new Problem("A callback came that belongs to another login");
  }
  output.step("Callback received");
  await refused.finishAuth(parameters);
  output.step("Tokens received");
  return await connect(makeTransport());
}

async function connect(transport: StreamableHTTPClientTransport): Promise<Client> {
  const client = new Client({ name: "gatepost-login", version: "1.0.0" });
  await client.connect(transport);
  return client;
}

/** Sends the person to the login, or with `--auto` walks through it without a person. */
async function visit(url: URL, args: LoginArguments): Promise<void> {
  output.print(`\nAuthorize URL:\n  ${url}\n`);
  if (args.auto) {
    const { userName } = args;
    const onStep = output.step;
    const redirect = await walkLogin(url, { userName, onStep });
    await (await fetch(redirect)).body?.cancel();
    return;
  }
  const opened = await openBrowser(url);
  output.step(
    opened
      ? "Opened it in your browser: waiting for you to log in"
      : "Open it in a browser on this machine: waiting for you to log in",
  );
}

async function callTools(client: Client): Promise<void> {
  const { tools } = await client.listTools();
  output.step(`Tools: ${tools.map(({ name }) => name).join(", ")}`);
  if (tools.some(({ name }) => name === "whoami")) {
    const { content } = await client.callTool({ name: "whoami" });
    output.step("whoami:");
    for (const part of content) {
      if (part.type === "text") {
        output.print(part.text);
      }
    }
  }
  await client.close();
}
