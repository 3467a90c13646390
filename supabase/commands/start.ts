/**
 * `deno task start`: runs the embedded stack until it is told to end.
 *
 * @module
 */

import { readStartArguments } from "./arguments.ts";
import { type Output, terminal } from "../local/output.ts";
import { Problem } from "../local/problem.ts";
import { onLauncherGone } from "../local/processes/launcher.ts";
import { runTask } from "./run_task.ts";
import { type Stack, startStack } from "../local/stack.ts";
import type { Status } from "../local/stack_status.ts";

const output = terminal();
await runTask(output, run);
// The stack has stopped: timers and connections that are left are not needed.
Deno.exit(0);

async function run(): Promise<void> {
  const told = listenForEnd();
  const { signal } = told;
  const stack = await startUnlessTold(signal);
  if (stack === undefined) {
    return;
  }
  printBanner(output, stack.status);
  const databaseEnded = stack.databaseEnded.then(() => !signal.aborted);
  const failed = await Promise.race([databaseEnded, ended(signal)]);
  await stack.stop();
  if (failed) {
    throw new Problem("PostgreSQL has ended: start the stack again");
  }
  output.print("Stopped");
}

async function startUnlessTold(signal: AbortSignal): Promise<Stack | undefined> {
  try {
    return await startStack({ ...readStartArguments(Deno.args), signal });
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

function printBanner(to: Output, { MCP_URL }: Status): void {
  to.print(`
Gatepost runs. Paste this URL into an MCP client:

  ${MCP_URL}

Or try it here, in another terminal:

  deno task login            logs in with your browser and calls a tool
  deno task login --auto     the same without a browser
  deno task status           addresses and keys
  npx @modelcontextprotocol/inspector

Without Deno: npx -y deno@2.9.6 task login. Any user name logs in. Ctrl-C ends it.

Ready: ${MCP_URL}`);
}
