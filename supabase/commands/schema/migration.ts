/**
 * The migration that makes the whole schema, as it is until the first release.
 *
 * @module
 */

import { readSchemaFiles } from "./schema_files.ts";

/** The folder of what is true. */
export const SCHEMAS_FOLDER = new URL("../../schemas", import.meta.url).pathname;
/** The folder of what is deployed. */
export const MIGRATIONS_FOLDER = new URL("../../migrations", import.meta.url).pathname;
/** The generated migration's file. */
export const GENERATED_MIGRATION = "20261101000000_schema.sql";

/** Whether the migrations are deployed somewhere, so that nobody may rewrite them: see supabase/schemas/README.md. */
export async function isReleased(): Promise<boolean> {
  return !(await listMigrations()).includes(GENERATED_MIGRATION);
}

/** The names of all migrations, in the order in which they are applied. */
export async function listMigrations(): Promise<string[]> {
  const names = (await Array.fromAsync(Deno.readDir(MIGRATIONS_FOLDER))).map(({ name }) => name);
  return names.filter((name) => name.endsWith(".sql")).sort();
}

const HEADER = `-- The whole schema. Made from supabase/schemas by \`deno task schema\`; never edited.

-- A function's body may name what comes after it.
set check_function_bodies = off;
`;

const FOOTER = `reset check_function_bodies;
`;

/** The text of the migration. The same files give the same text. */
export async function buildMigration(schemasFolder = SCHEMAS_FOLDER): Promise<string> {
  const files = await readSchemaFiles(schemasFolder);
  return [HEADER, ...files.map(({ text }) => text), FOOTER].join("\n");
}
