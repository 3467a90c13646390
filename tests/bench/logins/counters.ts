/**
 * What PostgreSQL has counted: commits, WAL and index entries.
 *
 * @module
 */

import type { Database } from "../../../supabase/local/database/connect.ts";

/** Counted so far in one database; the WAL in the whole server. */
export interface Counters {
  commits: number;
  indexEntries: number;
}

/** A connection that rests hands over what it has counted within so many seconds. */
const SETTLING_SECONDS = 11;

/** Waits until every connection has handed over what it has counted. */
export async function settleCounters(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, SETTLING_SECONDS * 1_000));
}

/** Reads a database's counters. An update that is not HOT enters its row into every index of the table. */
export async function readCounters(database: Database): Promise<Counters> {
  const [row] = await database`
    select
      (select xact_commit from pg_stat_database where datname = current_database())::float8 as commits,
      coalesce(sum((n_tup_ins + n_tup_upd - n_tup_hot_upd) * indexes), 0)::float8 as entries
    from pg_stat_user_tables
    join lateral (
      select count(*) as indexes from pg_index where indrelid = relid
    ) as counted on true`;
  return { commits: Number(row?.["commits"]), indexEntries: Number(row?.["entries"]) };
}

/** Where the server's write-ahead log stands, in bytes. */
export async function readWalBytes(database: Database): Promise<number> {
  const [row] = await database`select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as bytes`;
  return Number(row?.["bytes"]);
}
