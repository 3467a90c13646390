/**
 * `deno task schema:diff <name>`: proposes the migration from what is released to what `supabase/schemas` says.
 *
 * Writes it, tries it on a database of its own, and tells which statements
 * delete something. A person reads every statement before it is committed.
 *
 * @module
 */

import { terminal } from "../local/output.ts";
import { Problem } from "../local/problem.ts";
import { connect } from "../local/database/connect.ts";
import { readCommandLine } from "./command_line.ts";
import { runTask } from "./run_task.ts";
import { compareCatalogues, readCatalogue } from "./schema/catalogue.ts";
import { isReleased, listMigrations, MIGRATIONS_FOLDER } from "./schema/migration.ts";
import { proposeStep } from "./schema/propose_step.ts";
import { openTwoDatabases, type TwoDatabases } from "./schema/two_databases.ts";

const output = terminal();
await runTask(output, async () => {
  const { words: [name] } = readCommandLine({
    task: "schema:diff",
    summary: "Proposes the migration from what is released to what supabase/schemas says.",
    word: { name: "NAME", description: "what the step is called, such as add_logo_url" },
    options: {},
  }, Deno.args);
  if (name === undefined || !/^[a-z][a-z0-9_]*$/.test(name)) {
    throw new Problem("Give the step one name in lower case: deno task schema:diff add_logo_url");
  }
  if (!(await isReleased())) {
    throw new Problem("Nothing is released yet: write the migration anew with deno task schema");
  }
  const databases = await openTwoDatabases();
  try {
    await propose(name, databases);
  } finally {
    await databases.stop();
  }
});

async function propose(name: string, { fromMigrations, fromSchemas }: TwoDatabases): Promise<void> {
  const step = await proposeStep(fromMigrations, fromSchemas);
  if (step === undefined) {
    output.print("supabase/migrations make what supabase/schemas say: there is no step to take");
    return;
  }
  const file = `${await nextVersion()}_${name}.sql`;
  await Deno.writeTextFile(`${MIGRATIONS_FOLDER}/${file}`, header(name) + step.sql);
  output.print(`supabase/migrations/${file}`);
  for (const statement of step.destructive) {
    output.print(`Deletes something: ${statement}`);
  }
  for (const difference of await tryStep(step.sql, fromMigrations, fromSchemas)) {
    output.problem(`Differs after the step: ${difference}`);
  }
}

function header(name: string): string {
  return `-- ${name}: say here what this step is for.
--
-- Proposed by \`deno task schema:diff\`. Read every statement.

`;
}

/** Now, or a second after the last step. */
async function nextVersion(): Promise<string> {
  const now = Number(new Date().toISOString().replaceAll(/\D/g, "").slice(0, 14));
  const last = Number((await listMigrations()).at(-1)?.split("_")[0] ?? 0);
  return String(Math.max(now, last + 1));
}

/** What still differs once the step has been taken. */
async function tryStep(sql: string, fromUrl: string, toUrl: string): Promise<string[]> {
  const [from, to] = [connect(fromUrl), connect(toUrl)];
  try {
    await from.begin((transaction) => transaction.unsafe(sql).simple());
    const { onlyInFirst, onlyInSecond } = compareCatalogues(
      await readCatalogue(from),
      await readCatalogue(to),
    );
    return [
      ...onlyInFirst.map((fact) => `migrations: ${fact}`),
      ...onlyInSecond.map((fact) => `schemas: ${fact}`),
    ];
  } finally {
    await Promise.all([from.end(), to.end()]);
  }
}
