/**
 * `deno task schema`: writes the migration that makes what `supabase/schemas` says.
 *
 * Until the first release there is one migration, and this rewrites it. Once it
 * is released nobody rewrites it: this refuses, and `deno task schema:diff`
 * proposes the next step.
 *
 * @module
 */

import { terminal } from "../local/output.ts";
import { Problem } from "../local/problem.ts";
import { readCommandLine } from "./command_line.ts";
import { runTask } from "./run_task.ts";
import { buildMigration, GENERATED_MIGRATION, isReleased, MIGRATIONS_FOLDER } from "./schema/migration.ts";

const SUMMARY = "Writes the migration that makes what supabase/schemas says, as long as nothing is released.";

const output = terminal();
await runTask(output, async () => {
  readCommandLine({ task: "schema", summary: SUMMARY, options: {} }, Deno.args);
  if (await isReleased()) {
    throw new Problem("The migrations are released: propose a step with deno task schema:diff <name>");
  }
  await Deno.writeTextFile(`${MIGRATIONS_FOLDER}/${GENERATED_MIGRATION}`, await buildMigration());
  output.print(`supabase/migrations/${GENERATED_MIGRATION}`);
});
