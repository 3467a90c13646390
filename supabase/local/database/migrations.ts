/**
 * Applies `supabase/migrations` and `supabase/seed.sql`.
 *
 * Both are recorded where the Supabase CLI records them, so that
 * `supabase migration list` and `db push` against this database agree.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Output } from "../output.ts";
import { Problem, toSentence } from "../problem.ts";
import type { TransactionSql } from "postgres";
import type { Database } from "./connect.ts";

/** One file of `supabase/migrations`. */
interface Migration {
  version: string;
  name: string;
  text: string;
}

/** Applies the migrations that are not applied yet, in order. */
export async function applyMigrations(
  database: Database,
  supabaseFolder: string,
  output: Output,
): Promise<void> {
  await makeHistory(database);
  const migrations = await readMigrations(`${supabaseFolder}/migrations`);
  const applied = await readHistory(database);
  checkKnown(migrations, applied);
  const pending: Migration[] = [];
  for (const migration of migrations) {
    const text = applied.get(migration.version);
    if (text === undefined) {
      pending.push(migration);
    } else {
      checkUnchanged(migration, text);
    }
  }
  if (pending.length > 0) {
    output.step(`Applying ${pending.length} migrations`);
  }
  for (const migration of pending) {
    await applyOne(database, migration);
  }
}

/** Applies the seed unless it has been applied. */
export async function applySeed(database: Database, supabaseFolder: string, output: Output): Promise<void> {
  const path = "supabase/seed.sql";
  const text = await Deno.readTextFile(`${supabaseFolder}/seed.sql`).catch(() => undefined);
  if (text === undefined) {
    return;
  }
  const hash = createHash("sha256").update(text).digest("hex");
  const [seeded] = await database`
    select hash from supabase_migrations.seed_files where path = ${path}`;
  if (seeded !== undefined) {
    return;
  }
  output.step(`Applying ${path}`);
  await database.begin(async (transaction) => {
    await runFile(path, text, transaction);
    await transaction`
      insert into supabase_migrations.seed_files (path, hash)
      values (${path}, ${hash})`;
  });
}

async function applyOne(database: Database, { version, name, text }: Migration): Promise<void> {
  await database.begin(async (transaction) => {
    await runFile(`supabase/migrations/${version}_${name}.sql`, text, transaction);
    await transaction`
      insert into supabase_migrations.schema_migrations
        (version, name, statements)
      values (${version}, ${name}, ${[text]})`;
  });
}

/** Runs a file. When PostgreSQL refuses it, the error names the file and the line. */
export async function runFile(path: string, text: string, transaction: TransactionSql): Promise<void> {
  try {
    await transaction.unsafe(text).simple();
  } catch (error) {
    const { position } = error as { position?: string };
    const line = position === undefined ? "" : `:${text.slice(0, Number(position)).split("\n").length}`;
    throw new Problem(`Cannot apply ${path}${line}: ${toSentence(error)}`, { cause: error });
  }
}

async function makeHistory(database: Database): Promise<void> {
  await database
    .unsafe(
      `
    create schema if not exists supabase_migrations;
    create table if not exists supabase_migrations.schema_migrations (
      version text not null primary key,
      statements text[],
      name text
    );
    create table if not exists supabase_migrations.seed_files (
      path text not null primary key,
      hash text not null
    );
  `,
    )
    .simple();
}

async function readHistory(database: Database): Promise<Map<string, string>> {
  const rows = await database<{ version: string; text: string }[]>`
    select version, array_to_string(statements, '') as text
    from supabase_migrations.schema_migrations`;
  return new Map(rows.map(({ version, text }) => [version, text]));
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const migrations: Migration[] = [];
  for await (const { name: file } of Deno.readDir(folder)) {
    const [, version, name] = /^(\d+)_(.+)\.sql$/.exec(file) ?? [];
    if (version === undefined || name === undefined) {
      continue;
    }
    const text = await Deno.readTextFile(`${folder}/${file}`);
    migrations.push({ version, name, text });
  }
  return migrations.sort((one, other) => (one.version < other.version ? -1 : 1));
}

/** Checks that the database has no migration that this version does not know. */
function checkKnown(migrations: Migration[], applied: Map<string, string>): void {
  const known = new Set(migrations.map(({ version }) => version));
  const [unknown] = [...applied.keys()].filter((version) => !known.has(version));
  if (unknown !== undefined) {
    throw new Problem(
      `The database has migration ${unknown}, which is not in supabase/migrations: start with --fresh to make the database anew`,
    );
  }
}

/** Compares without spaces and semicolons, because the Supabase CLI stores single statements. */
function checkUnchanged(migration: Migration, applied: string): void {
  const bare = (text: string): string => text.replace(/[\s;]+/g, "");
  if (bare(migration.text) === bare(applied)) {
    return;
  }
  throw new Problem(
    `The file supabase/migrations/${migration.version}_${migration.name}.sql has changed since it was applied: start with --fresh to make the database anew`,
  );
}
