/**
 * Writes down what was measured.
 *
 * @module
 */

import type { Sql } from "../../support/database/database.ts";
import type { Measurement } from "./turns.ts";

const columns = ["users", "tps", "floor", "ratio", "p50 ms", "floor", "growth", "p99 ms", "floor"];

/** The heading of the table. */
export const heading = toLine("", columns);

/** One line of the table. */
export function describeMeasurement(
  { name, users, function: own, floor, ratio, growth }: Measurement,
): string {
  return toLine(name, [
    users.toLocaleString("en"),
    own.perSecond.toFixed(0),
    floor.perSecond.toFixed(0),
    ratio.toFixed(2),
    own.p50Milliseconds.toFixed(2),
    floor.p50Milliseconds.toFixed(2),
    growth.toFixed(2),
    own.p99Milliseconds.toFixed(2),
    floor.p99Milliseconds.toFixed(2),
  ]);
}

function toLine(name: string, cells: string[]): string {
  return name.padEnd(22) + cells.map((cell) => cell.padStart(10)).join("");
}

/** What a row of each table takes, for an end user, for a login and for what dashboards show of it. */
export async function describeBytes(admin: Sql): Promise<string> {
  const rows = await admin`
    select kind, sum(pg_table_size(oid) / reltuples)::integer as tables, sum(pg_indexes_size(oid) / reltuples)::integer as indexes
    from pg_catalog.pg_class
    join (values
      ('mcp_server_user', 'an end user', 1), ('mcp_server_user_identities', 'an end user', 1),
      ('upstream_oauth_tokens', 'a login', 2), ('mcp_proxy_tokens', 'a login', 2),
      ('mcp_server_session', 'its session and an audit event', 3), ('mcp_audit_events', 'its session and an audit event', 3)
    ) as counted (name, kind, place) on counted.name = relname
    where relnamespace = 'public'::regnamespace
    group by kind, place
    order by place`;
  return "bytes: " +
    rows.map(({ kind, tables, indexes }) => `${kind} ${tables} + ${indexes} of indexes`).join("; ");
}
