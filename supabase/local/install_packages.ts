/**
 * Installs the packages of everything that the stack runs in processes of
 * their own, which have neither the rights nor the environment to do it.
 *
 * @module
 */

import type { FunctionSettings } from "./functions/function_settings.ts";
import { Problem } from "./problem.ts";

const PROCESSES = ["rest/rest_process.ts", "demo/demo_process.ts", "functions/function_worker.ts"];

/** Asks Deno to fetch what is missing; it shows on the terminal what it does. */
export async function installPackages(functions: FunctionSettings[], quiet: boolean): Promise<void> {
  const own = PROCESSES.map((path) => new URL(path, import.meta.url).href);
  if (!(await cache(own, quiet))) {
    throw new Problem(
      "Cannot install the packages: make sure that this machine reaches npm, and start again",
    );
  }
  // A function that cannot be loaded says so when its worker starts.
  await cache(
    functions.map(({ entrypoint }) => entrypoint),
    quiet,
  );
}

async function cache(modules: string[], quiet: boolean): Promise<boolean> {
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", "--config", config, ...modules],
    stdin: "null",
    stdout: "null",
    stderr: quiet ? "null" : "inherit",
  }).output();
  return success;
}
