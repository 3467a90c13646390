/**
 * A database made from the migrations and one made from the schemas, on a server of their own.
 *
 * @module
 */

import { openDataFolder } from "../../local/data_folder.ts";
import { connect, databaseUrl, inDatabase } from "../../local/database/connect.ts";
import { applyMigrations, runFile } from "../../local/database/migrations.ts";
import { preparePlatform } from "../../local/database/platform.ts";
import { silence } from "../../local/output.ts";
import { findFreePort } from "../../local/ports.ts";
import { makeCluster } from "../../local/postgres/cluster.ts";
import { openHome } from "../../local/postgres/home.ts";
import { startServer } from "../../local/postgres/server.ts";
import { readSecrets } from "../../local/secrets.ts";
import { SCHEMAS_FOLDER } from "./migration.ts";
import { readSchemaFiles } from "./schema_files.ts";

/** Two databases of one server. */
export interface TwoDatabases {
  /** The URL of the one that has the migrations, as the owner of the schema. */
  fromMigrations: string;
  /** The URL of the one that has the schemas, as the owner of the schema. */
  fromSchemas: string;
  stop(): Promise<void>;
}

const supabaseFolder = new URL("../..", import.meta.url).pathname;

/** Starts the server in a folder that goes with it, and makes both databases. */
export async function openTwoDatabases(): Promise<TwoDatabases> {
  await using started = new AsyncDisposableStack();
  const path = await Deno.makeTempDir({ prefix: "gatepost-schema-" });
  started.defer(() => Deno.remove(path, { recursive: true }));
  const folder = await openDataFolder(path);
  started.defer(() => folder.release());
  const secrets = await readSecrets(folder);
  const home = await openHome(folder, silence());
  await makeCluster(home, secrets.adminPassword);
  const port = findFreePort();
  const server = await startServer(home, port);
  started.defer(() => server.stop());
  await preparePlatform(port, secrets);

  const platform = databaseUrl("postgres", secrets.postgresPassword, port, "postgres");
  const [fromMigrations, fromSchemas] = [inDatabase(platform, "migrations"), inDatabase(platform, "schemas")];
  await withDatabase(inDatabase(platform, "template1"), async (database) => {
    await database`create database migrations template postgres`;
    await database`create database schemas template postgres`;
  });
  await withDatabase(fromMigrations, async (database) => {
    await applyMigrations(database, supabaseFolder, silence());
    // What was applied when is no part of the schema.
    await database`drop schema supabase_migrations cascade`;
  });
  await withDatabase(fromSchemas, applySchemas);
  const stopping = started.move();
  return { fromMigrations, fromSchemas, stop: () => stopping.disposeAsync() };
}

type Database = ReturnType<typeof connect>;

async function applySchemas(database: Database): Promise<void> {
  await database.begin(async (transaction) => {
    await transaction`set local check_function_bodies = off`;
    for (const { path, text } of await readSchemaFiles(SCHEMAS_FOLDER)) {
      await runFile(`supabase/schemas/${path}`, text, transaction);
    }
  });
}

async function withDatabase(url: string, act: (database: Database) => Promise<void>): Promise<void> {
  const database = connect(url);
  try {
    await act(database);
  } finally {
    await database.end();
  }
}
