/**
 * Runs the embedded stack until it is told to end.
 *
 * @module
 */

import type { Output } from "../../local/output.ts";
import { Problem } from "../../local/problem.ts";
import { onLauncherGone } from "../../local/processes/launcher.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import type { StartArguments } from "../arguments.ts";

/** Starts the stack, prints where it is, and stops it when it is told to. */
export async function runStack(args: StartArguments, output: Output): Promise<void> {
  const told = listenForEnd();
  const { signal } = told;
  const stack = await startUnlessTold(args, signal);
  if (stack === undefined) {
    return;
  }
  printBanner(output, stack);
  const databaseEnded = stack.databaseEnded.then(() => !signal.aborted);
  const failed = await Promise.race([databaseEnded, ended(signal)]);
  await stack.stop();
  if (failed) {
    throw new Problem("PostgreSQL has ended: start the stack again");
  }
  output.print("Stopped");
}

async function startUnlessTold(args: StartArguments, signal: AbortSignal): Promise<Stack | undefined> {
  try {
    return await startStack({ ...args, console: true, signal });
  } catch (error) {
    if (signal.aborted) {
      return undefined;
    }
    throw error;
  }
}

/** Ctrl-C, SIGTERM and a terminal that closes all stop the stack. */
function listenForEnd(): AbortController {
  const controller = new AbortController();
  const end = (): void => controller.abort();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(name, end);
  }
  onLauncherGone(end);
  return controller;
}

async function ended(signal: AbortSignal): Promise<false> {
  await new Promise((resolve) => {
    if (signal.aborted) {
      return resolve(undefined);
    }
    signal.addEventListener("abort", resolve);
  });
  return false;
}

function printBanner(to: Output, { status: { DOOR, MCP_URL }, console }: Stack): void {
  to.print(`
Gatepost runs. Paste this URL into an MCP client:

  ${MCP_URL}

Or try it here, in another terminal:

  deno task login            logs in with your browser and calls a tool
  deno task login --auto     the same without a browser
  deno task status           addresses and keys
  npx @modelcontextprotocol/inspector@2
                             in a page of your browser; wants Node.js 22.19 or later

${
    console === undefined ? "" : `
The console is at ${console.url}
Sign in as ${console.owner.email} with the password ${console.owner.password}
`
  }
Without Deno: npx -y deno@2.9.6 task login. Any user name logs in. Ctrl-C ends it.
The functions reach the database ${DOOR === "direct" ? "directly" : "over the REST layer"}.

Ready: ${MCP_URL}`);
}
