/**
 * Opens connections to the embedded PostgreSQL.
 *
 * @module
 */

import postgres from "postgres";

/** A pool of connections. */
export type Database = postgres.Sql;

/** The URL of a database of this server. */
export function databaseUrl(user: string, password: string, port: number, database: string): string {
  return `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`;
}

/** The URL of another database of the same server. */
export function inDatabase(url: string, name: string): string {
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}

/** Connects lazily, with at most `max` connections; notices are not shown. */
export function connect(url: string, max = 1): Database {
  return postgres(url, { max, onnotice: () => undefined });
}
