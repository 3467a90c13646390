/**
 * `deno task deploy`: bundles every function and hands the bundles over to the Supabase CLI.
 *
 * `supabase functions deploy` deploys the same functions from their sources.
 *
 * @module
 */

import { terminal } from "../local/output.ts";
import { BUNDLE_FOLDER, readDeployArguments } from "./arguments.ts";
import { bundleFunctions } from "./deploy/bundle_functions.ts";
import { runSupabase } from "./deploy/supabase_cli.ts";
import { runTask } from "./run_task.ts";

const LINKED_PROJECT = new URL("../.temp/project-ref", import.meta.url);

const output = terminal();
await runTask(output, async () => {
  const { project, yes, ...options } = readDeployArguments(Deno.args);
  const names = await bundleFunctions(BUNDLE_FOLDER, options);
  output.print(`${names.length} functions in ${BUNDLE_FOLDER}`);
  // The link is to the folder of the sources, and the CLI works in another one.
  const remote = project ?? (await Deno.readTextFile(LINKED_PROJECT).catch(() => "")).trim();
  await runSupabase([
    "functions",
    "deploy",
    "--use-api",
    `--workdir=${BUNDLE_FOLDER}`,
    ...(remote === "" ? [] : [`--remote=${remote}`]),
    ...(yes ? ["--yes"] : []),
  ]);
});
