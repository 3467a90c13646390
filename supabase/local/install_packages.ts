/**
 * Installs the npm packages of the stack's child processes.
 *
 * The children cannot install them: they have neither the permissions nor the
 * environment variables for it.
 *
 * @module
 */

import type { FunctionSettings } from "./functions/function_settings.ts";
import { Problem } from "./problem.ts";

const PROCESSES = ["rest/rest_process.ts", "demo/demo_process.ts", "functions/function_worker.ts"];

/** Lets Deno fetch the missing packages. Deno shows its progress on the terminal. */
export async function installPackages(functions: FunctionSettings[], quiet: boolean): Promise<void> {
  const own = PROCESSES.map((path) => new URL(path, import.meta.url).href);
  if (!(await cache(own, quiet))) {
    throw new Problem(
      "Cannot install the packages: make sure that this machine reaches npm, and start again",
    );
  }
  // The result is ignored: a worker reports a function that cannot be loaded.
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
