/**
 * `deno task bundle [DIR]`: makes one file of every function, ready to be deployed.
 *
 * @module
 */

import { terminal } from "../local/output.ts";
import { readBundleArguments } from "./arguments.ts";
import { bundleFunctions } from "./deploy/bundle_functions.ts";
import { runTask } from "./run_task.ts";

const output = terminal();
await runTask(output, async () => {
  const { folder, ...options } = readBundleArguments(Deno.args);
  const names = await bundleFunctions(folder, options);
  output.print(`${names.length} functions in ${folder}/supabase/functions`);
  output.print(`supabase functions deploy --use-api --workdir ${folder}`);
});
