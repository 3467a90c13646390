/**
 * Installs npm packages, and says so in one line.
 *
 * The stack's child processes cannot install theirs: they have neither the
 * permissions nor the environment variables for it.
 *
 * @module
 */

import type { FunctionSettings } from "./functions/function_settings.ts";
import type { Output } from "./output.ts";
import { Problem } from "./problem.ts";
import { splitLines } from "./processes/lines.ts";

const PROCESSES = ["rest/rest_process.ts", "demo/demo_process.ts", "functions/function_worker.ts"];

/** Installs what the children need. */
export async function installChildPackages(functions: FunctionSettings[], output: Output): Promise<void> {
  await installPackages(PROCESSES.map((path) => new URL(path, import.meta.url).href), output);
  // A failure is ignored: a worker reports a function that cannot be loaded.
  await cache(functions.map(({ entrypoint }) => entrypoint), output);
}

/** Installs what modules need and is missing. */
export async function installPackages(modules: string[], output: Output): Promise<void> {
  const errors = await cache(modules, output);
  if (errors !== undefined) {
    throw new Problem(
      `${errors}\nCannot install the packages: make sure that this machine reaches npm, and start again`
        .trim(),
    );
  }
}

/** Lets Deno fetch what is missing, and returns what it says where it cannot. */
async function cache(modules: string[], output: Output): Promise<string | undefined> {
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["cache", "--config", config, ...modules],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let packages = 0;
  const others: string[] = [];
  for await (const line of process.stderr.pipeThrough(new TextDecoderStream()).pipeThrough(splitLines())) {
    if (/^Download .*\.tgz$/.test(line)) {
      output.progress("Installing packages from npm", ++packages);
    } else if (!/^(Download|Initialize) /.test(line)) {
      others.push(line);
    }
  }
  const { success } = await process.status;
  if (packages > 0 && success) {
    output.step(`Installed ${packages} packages from npm`);
  }
  return success ? undefined : others.join("\n");
}
