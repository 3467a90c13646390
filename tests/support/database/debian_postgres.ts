/**
 * A database on Debian's PostgreSQL, which has what the one from npm has not: pgTAP, plpgsql_check and pg_cron.
 *
 * It gets the platform's roles, the migrations and the seed as every database
 * here, and the extensions, which on the platform their owner may add.
 *
 * @module
 */

import { openDataFolder } from "../../../supabase/local/data_folder.ts";
import { connect, databaseUrl } from "../../../supabase/local/database/connect.ts";
import { applyMigrations, applySeed } from "../../../supabase/local/database/migrations.ts";
import { preparePlatform } from "../../../supabase/local/database/platform.ts";
import { silence } from "../../../supabase/local/output.ts";
import { findFreePort } from "../../../supabase/local/ports.ts";
import { ADMIN, asStandIn, clusterPath } from "../../../supabase/local/postgres/cluster.ts";
import type { Home } from "../../../supabase/local/postgres/home.ts";
import { startServer } from "../../../supabase/local/postgres/server.ts";
import { findStandIn } from "../../../supabase/local/postgres/stand_in.ts";
import { readSecrets } from "../../../supabase/local/secrets.ts";

/** A running database. */
export interface DebianDatabase {
  /** The folder of the programs, `psql` among them. */
  binaries: string;
  /** As `postgres`, who owns the schema and is no superuser. */
  databaseUrl: string;
  stop(): Promise<void>;
}

/** What has to be installed, for a person to read. */
export const PACKAGES =
  "postgresql-15, postgresql-15-pgtap, postgresql-15-plpgsql-check, postgresql-15-cron and libtap-parser-sourcehandler-pgtap-perl";
const EXTENSIONS = ["pgtap", "plpgsql_check", "pg_cron"];

const supabaseFolder = new URL("../../../supabase", import.meta.url).pathname;

/** The newest PostgreSQL of Debian that has the extensions; undefined where that or `pg_prove` is missing. */
export async function findDebianPostgres(): Promise<string | undefined> {
  if (!(await listFolder("/usr/bin")).some(({ name }) => name === "pg_prove")) {
    return undefined;
  }
  const installed: string[] = [];
  for (const { name } of await listFolder("/usr/lib/postgresql")) {
    const files = (await listFolder(`/usr/share/postgresql/${name}/extension`)).map((file) => file.name);
    if (EXTENSIONS.every((extension) => files.includes(`${extension}.control`))) {
      installed.push(name);
    }
  }
  const newest = installed.sort((one, other) => Number(other) - Number(one))[0];
  return newest === undefined ? undefined : `/usr/lib/postgresql/${newest}`;
}

/** Makes a cluster in a folder of its own, and starts it. A database that pg_cron watches cannot be copied. */
export async function startDebianDatabase(
  programs: string,
  { withCron = false } = {},
): Promise<DebianDatabase> {
  await using started = new AsyncDisposableStack();
  const folder = await openDataFolder(await Deno.makeTempDir({ prefix: "gatepost-debian-" }));
  started.defer(() => Deno.remove(folder.path, { recursive: true }));
  started.defer(() => folder.release());
  const secrets = await readSecrets(folder);
  const home = await makeHome(folder.path, programs);
  await makeCluster(home, secrets.adminPassword);
  if (withCron) {
    await Deno.writeTextFile(`${clusterPath(home)}/postgresql.auto.conf`, CRON_SETTINGS, { append: true });
  }
  const port = findFreePort();
  const server = await startServer(home, port);
  started.defer(() => server.stop());
  await preparePlatform(port, secrets);
  await addExtensions(databaseUrl(ADMIN, secrets.adminPassword, port, "postgres"), withCron);
  const url = databaseUrl("postgres", secrets.postgresPassword, port, "postgres");
  await migrate(url);
  const stopping = started.move();
  return { binaries: `${programs}/bin`, databaseUrl: url, stop: () => stopping.disposeAsync() };
}

async function makeHome(path: string, binaries: string): Promise<Home> {
  const home = `${path}/postgres`;
  await Deno.mkdir(home, { mode: 0o700 });
  const standIn = await findStandIn();
  if (standIn === undefined) {
    return { path: home, binaries };
  }
  await Deno.chown(home, standIn.uid, standIn.gid);
  return { path: home, binaries, standIn };
}

/** Not as the stack does it: the collations that PostgreSQL 17 brings along are missing before. */
async function makeCluster(home: Home, password: string): Promise<void> {
  const passwordFile = `${home.path}/password`;
  await Deno.writeTextFile(passwordFile, password, { mode: 0o600 });
  if (home.standIn !== undefined) {
    await Deno.chown(passwordFile, home.standIn.uid, home.standIn.gid);
  }
  const { success } = await new Deno.Command(`${home.binaries}/bin/initdb`, {
    ...asStandIn(home),
    args: [
      ...["--pgdata", clusterPath(home), "--username", ADMIN, "--pwfile", passwordFile],
      ...["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"],
    ],
    stdout: "null",
    stderr: "inherit",
  }).output();
  if (!success) {
    throw new Error("initdb failed: see above");
  }
}

/** Workers of the server's own, because a connection would need the password. */
const CRON_SETTINGS = `
shared_preload_libraries = 'pg_cron'
cron.database_name = 'postgres'
cron.use_background_workers = on
`;

async function addExtensions(adminUrl: string, withCron: boolean): Promise<void> {
  const database = connect(adminUrl);
  try {
    await database`create extension pgtap with schema extensions`;
    await database`create extension plpgsql_check with schema extensions`;
    if (withCron) {
      await database`create extension pg_cron with schema pg_catalog`;
      await database`grant usage on schema cron to postgres`;
    }
  } finally {
    await database.end();
  }
}

async function migrate(url: string): Promise<void> {
  const database = connect(url);
  try {
    await applyMigrations(database, supabaseFolder, silence());
    await applySeed(database, supabaseFolder, silence());
  } finally {
    await database.end();
  }
}

async function listFolder(path: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(path));
  } catch {
    return [];
  }
}
