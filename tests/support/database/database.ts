/**
 * A fresh database for a test file, on the one server of the test run.
 *
 * The server is PostgreSQL 17 with the platform's roles and the migrations, as
 * `deno task start` has it; a database is a copy of that, made in a moment.
 * Every connection says who it is: the functions' role, a platform user, or the
 * owner of the schema for what a test sets up or looks at.
 *
 * @module
 */

import postgres from "postgres";
import { inDatabase } from "../../../supabase/local/database/connect.ts";

/** A pool of connections. */
export type Sql = postgres.Sql;

/** One test file's database. */
export interface TestDatabase {
  /** As the Edge Functions: `service_role`. */
  service: Sql;
  /** As the owner of the schema, past every grant and policy. */
  owner: Sql;
  /** The URL as superuser, for what only one may do. */
  adminUrl: string;
  /** The URL as the schema's owner, which the REST layer connects with. */
  databaseUrl: string;
  /** Opens more connections as `service_role`. */
  openService(max: number): Sql;
  /** Opens one connection as a platform user, or as `anon` without one. */
  openPlatformUser(userId?: string): Sql;
  close(): Promise<void>;
}

/** A row that a function returned. */
export type Row = Record<string, unknown>;

/** Makes a database and connects to it. */
export async function openDatabase(): Promise<TestDatabase> {
  const server = await findServer();
  const url = new URL(server.adminUrl);
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  await runOnServer(url, `create database ${name} template postgres owner postgres`);
  const adminUrl = inDatabase(server.adminUrl, name);
  const pools: Sql[] = [];
  const open = (max: number, settings: Record<string, string>): Sql => {
    const pool = postgres(adminUrl, {
      max,
      onnotice: () => undefined,
      connection: { options: Object.entries(settings).map(([key, value]) => `-c ${key}=${value}`).join(" ") },
    });
    pools.push(pool);
    return pool;
  };
  const database: TestDatabase = {
    service: open(1, { role: "service_role" }),
    owner: open(1, { role: "postgres" }),
    adminUrl,
    databaseUrl: inDatabase(server.databaseUrl, name),
    openService: (max) => open(max, { role: "service_role" }),
    openPlatformUser: (userId) =>
      userId === undefined ? open(1, { role: "anon" }) : open(1, {
        role: "authenticated",
        "request.jwt.claims": JSON.stringify({ sub: userId, role: "authenticated" }),
      }),
    close: async () => {
      await Promise.all(pools.map((pool) => pool.end()));
      await runOnServer(url, `drop database ${name} with (force)`);
    },
  };
  await Promise.all([database.service`select 1`, database.owner`select 1`]);
  return database;
}

/** Calls a function with named arguments and returns its row; a text that it returns is its outcome. */
export async function call(sql: Sql, name: string, args: Row): Promise<Row> {
  const names = Object.keys(args).map((key, index) => `${key} => $${index + 1}`).join(", ");
  const rows = await sql.unsafe(
    `select * from public.${name}(${names})`,
    Object.values(args) as postgres.ParameterOrJSON<never>[],
    { prepare: true },
  );
  const [row] = rows;
  return typeof row?.[name] === "string" ? { outcome: row[name] } : { ...row };
}

/** The SQLSTATE that a promise is rejected with; undefined where it is not. */
export async function findSqlState(act: () => PromiseLike<unknown>): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

async function runOnServer(url: URL, statement: string): Promise<void> {
  const admin = postgres(inDatabase(url.href, "template1"), { max: 1 });
  try {
    await admin.unsafe(statement);
  } finally {
    await admin.end();
  }
}

interface Server {
  adminUrl: string;
  databaseUrl: string;
}

/** The run's server, which the first file starts. */
async function findServer(): Promise<Server> {
  const folder = new URL("../../../.output/", import.meta.url).pathname;
  await Deno.mkdir(folder, { recursive: true });
  const urlFile = `${folder}database-${Deno.pid}`;
  const read = (): Promise<Server | undefined> =>
    Deno.readTextFile(urlFile).then((text) => JSON.parse(text) as Server, () => undefined);
  const known = await read();
  if (known !== undefined) {
    return known;
  }
  const server = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--allow-all",
      new URL("server.ts", import.meta.url).href,
      `${Deno.pid}`,
      urlFile,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  server.unref();
  let running = true;
  server.status.then(() => running = false, () => undefined);
  while (running) {
    const found = await read();
    if (found !== undefined) {
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("The database of the SQL tests cannot be started: see above");
}
