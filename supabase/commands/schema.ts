/**
 * `deno task schema`: writes the migration that makes what `supabase/schemas` says.
 *
 * Until the first release there is one migration, and this rewrites it. Once a
 * release has deployed it, nobody rewrites it: `deno task schema:diff` proposes
 * the next step, and this refuses.
 *
 * @module
 */

import { terminal } from "../local/output.ts";
import { Problem } from "../local/problem.ts";
import { runTask } from "./run_task.ts";
import { buildMigration, GENERATED_MIGRATION, MIGRATIONS_FOLDER } from "./schema/migration.ts";

const output = terminal();
await runTask(output, async () => {
  for await (const { name } of Deno.readDir(MIGRATIONS_FOLDER)) {
    if (name.endsWith(".sql") && name !== GENERATED_MIGRATION) {
      throw new Problem(
        `supabase/migrations/${name} is a release or a step: use deno task schema:diff <name>`,
      );
    }
  }
  await Deno.writeTextFile(`${MIGRATIONS_FOLDER}/${GENERATED_MIGRATION}`, await buildMigration());
  output.print(`supabase/migrations/${GENERATED_MIGRATION}`);
});
