/**
 * Starts PostgreSQL with the platform's roles, the migrations and the seed.
 *
 * The stack starts this first. SQL tests need nothing else.
 *
 * @module
 */

import { type DataFolder, emptyDataFolder, openDataFolder } from "../data_folder.ts";
import { type Output, silence } from "../output.ts";
import { choosePort } from "../ports.ts";
import { ADMIN, hasCluster, makeCluster } from "../postgres/cluster.ts";
import { openHome, removeHome } from "../postgres/home.ts";
import { startServer } from "../postgres/server.ts";
import { readSecrets, type Secrets } from "../secrets.ts";
import { connect, databaseUrl } from "./connect.ts";
import { applyMigrations, applySeed } from "./migrations.ts";
import { DEMO_PROVIDER, preparePlatform } from "./platform.ts";

/** A running database, ready for the functions. */
export interface RunningDatabase {
  folder: DataFolder;
  secrets: Secrets;
  /** With the user `postgres`, who owns the schema and is not a superuser. */
  databaseUrl: string;
  /** With the superuser, for tests that set up what no other user may. */
  adminUrl: string;
  /** The demo provider's own database. */
  demoProviderUrl: string;
  /** Resolves when the server has ended, whoever ended it. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

/** Where the database is, and how it starts. */
export interface DatabaseOptions {
  dataDir: string;
  fresh?: boolean;
  output?: Output;
}

const supabaseFolder = new URL("../../", import.meta.url).pathname;

/** Opens a data folder and starts its database. */
export async function startDatabase({
  dataDir,
  fresh = false,
  output = silence(),
}: DatabaseOptions): Promise<RunningDatabase> {
  const folder = await openDataFolder(dataDir);
  return await startDatabaseIn(folder, fresh, output);
}

/** Starts the database of an open data folder. When the database stops, it releases the folder. */
export async function startDatabaseIn(
  folder: DataFolder,
  fresh: boolean,
  output: Output,
): Promise<RunningDatabase> {
  await using started = new AsyncDisposableStack();
  started.defer(() => folder.release());
  if (fresh) {
    await removeHome(folder);
    await emptyDataFolder(folder);
  }
  const secrets = await readSecrets(folder);
  const home = await openHome(folder, output);
  if (!(await hasCluster(home))) {
    output.step(`Making a PostgreSQL 17 database in ${home.path}`);
    await makeCluster(home, secrets.adminPassword);
  }
  const { port } = await choosePort(folder, "postgres");
  output.step(`Starting PostgreSQL on port ${port}`);
  const server = await startServer(home, port);
  started.defer(() => server.stop());
  await preparePlatform(port, secrets);
  const url = databaseUrl("postgres", secrets.postgresPassword, port, "postgres");
  await migrate(url, output);
  const stopping = started.move();
  return {
    folder,
    secrets,
    databaseUrl: url,
    adminUrl: databaseUrl(ADMIN, secrets.adminPassword, port, "postgres"),
    demoProviderUrl: databaseUrl(DEMO_PROVIDER, secrets.demoProviderPassword, port, DEMO_PROVIDER),
    ended: server.ended,
    stop: () => stopping.disposeAsync(),
  };
}

async function migrate(url: string, output: Output): Promise<void> {
  const database = connect(url);
  try {
    await applyMigrations(database, supabaseFolder, output);
    await applySeed(database, supabaseFolder, output);
  } finally {
    await database.end();
  }
}
