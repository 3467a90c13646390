/**
 * `deno task start`: installs the packages of the embedded stack, and runs it.
 *
 * Nothing here needs a package, so that Deno loads this file at once. It would
 * install without a word what a plain import of the stack needs.
 *
 * @module
 */

import { installPackages } from "../local/install_packages.ts";
import { terminal } from "../local/output.ts";
import { readStartArguments } from "./arguments.ts";
import { runTask } from "./run_task.ts";

const RUN_STACK = new URL("start/run_stack.ts", import.meta.url).href;

const output = terminal();
await runTask(output, async () => {
  const args = readStartArguments(Deno.args);
  await installPackages([RUN_STACK], output);
  const { runStack }: typeof import("./start/run_stack.ts") = await import(RUN_STACK);
  await runStack(args, output);
});
// The stack has stopped: timers and connections that are left are not needed.
Deno.exit(0);
