// deno-lint-ignore-file no-console
/**
 * `deno task bench:db [users …] [name …]`: how fast the database core is, and how much of
 * that the checks cost.
 *
 * Fills 1,000, 100,000 and 1,000,000 end users and measures after each, the
 * function and its floor in turns, so that both meet the same machine.
 * PostgreSQL runs as `deno task start` runs it, durable; `--no-sync` leaves the
 * disk out of it, which shows the processor's part alone.
 *
 * @module
 */

import postgres from "postgres";
import { startDatabase } from "../../../supabase/local/database/start_database.ts";
import type { Sql } from "../../support/database.ts";
import { fillCodes, fillExpiredSessions, fillUsers, prepareFilling, settle } from "../../support/fill.ts";
import { findPgbench, type Measurement, type Numbers, runLoop, runPgbench } from "./pgbench.ts";
import { purge, type Workload, workloads } from "./workloads.ts";

const CLIENTS = 4;
const ROUNDS = 3;

const sizes = Deno.args.filter((argument) => /^\d+$/.test(argument)).map(Number);
const names = Deno.args.filter((argument) => /^[a-z]/.test(argument));
const isSynchronous = !Deno.args.includes("--no-sync");
const pgbench = await findPgbench();
let nextNumber = 100_000_000;

interface Line {
  users: number;
  name: string;
  function: Measurement;
  floor: Measurement;
  byHand?: Measurement;
}

const sides = ["function", "floor", "byHand"] as const;

const dataDir = await Deno.makeTempDir({ prefix: "gatepost-bench-" });
await Deno.chmod(dataDir, 0o711);
const running = await startDatabase({ dataDir: `${dataDir}/stack` });
try {
  const owner = postgres(running.adminUrl, { max: 1, onnotice: () => undefined });
  await prepareFilling(owner);
  if (!isSynchronous) {
    await owner.unsafe("alter system set synchronous_commit = off");
    await owner`select pg_reload_conf()`;
  }
  console.log(describeRun(await owner`select version()`));
  const lines: Line[] = [];
  let users = 0;
  for (const size of sizes.length > 0 ? sizes : [1_000, 100_000, 1_000_000]) {
    await fillTo(owner, users, size);
    users = size;
    console.log(await describeSize(owner, users));
    for (const workload of workloads.filter(({ name }) => isAsked(name))) {
      lines.push(await measureInTurns(owner, workload, users));
      console.log(describeLine(lines.at(-1) as Line));
    }
    if (isAsked("purge")) {
      lines.push(await measurePurge(owner, users));
      console.log(describeLine(lines.at(-1) as Line));
    }
  }
  console.log(describeTargets(lines));
  await owner.end();
} finally {
  await running.stop();
  await Deno.remove(dataDir, { recursive: true });
}

function isAsked(name: string): boolean {
  return names.length === 0 || names.some((asked) => name.includes(asked));
}

async function fillTo(owner: Sql, from: number, to: number): Promise<void> {
  const started = performance.now();
  const batch = 50_000;
  for (let first = from + 1; first <= to; first += batch) {
    await fillUsers(owner, first, Math.min(first + batch - 1, to));
  }
  await settle(owner);
  const seconds = (performance.now() - started) / 1_000;
  console.log(`\n${to.toLocaleString("en")} end users, filled in ${seconds.toFixed(0)} s`);
}

/** Numbers that were used once are not used again: new users and codes count on from here. */
function takeNumbers(count: number): number {
  const first = nextNumber;
  nextNumber += count;
  return first;
}

async function measureInTurns(owner: Sql, workload: Workload, users: number): Promise<Line> {
  const measured: Record<typeof sides[number], Measurement[]> = { function: [], floor: [], byHand: [] };
  const asked = sides.filter((side) => workload[side].length > 0);
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of round % 2 === 0 ? asked : asked.toReversed()) {
      const numbers = await prepareNumbers(owner, workload, users);
      await owner`checkpoint`;
      const run = {
        url: running.adminUrl,
        statements: side === "byHand" ? ["begin", ...workload.byHand, "commit"] : [workload[side]],
        numbers,
        transactions: workload.transactions / ROUNDS,
        clients: CLIENTS,
      };
      measured[side].push(await (pgbench === undefined ? runLoop(run) : runPgbench(pgbench, run)));
    }
  }
  return {
    users,
    name: workload.name,
    function: average(measured.function),
    floor: average(measured.floor),
    ...(measured.byHand.length > 0 ? { byHand: average(measured.byHand) } : {}),
  };
}

async function prepareNumbers(
  owner: Sql,
  { numbers, transactions }: Workload,
  users: number,
): Promise<Numbers> {
  if (numbers === "known") {
    return { kind: "random", last: users };
  }
  const first = takeNumbers(transactions);
  if (numbers === "codes") {
    await fillCodes(owner, first, first + transactions - 1, users);
    await settle(owner);
  }
  return { kind: "each", first };
}

async function measurePurge(owner: Sql, users: number): Promise<Line> {
  const rows = 20_000;
  const measured: Partial<Record<"function" | "floor", Measurement>> = {};
  await owner`update public.mcp_authorization_codes set expires_at = now() + interval '1 day'`;
  for (const side of ["function", "floor"] as const) {
    const first = takeNumbers(rows);
    await fillExpiredSessions(owner, first, first + rows - 1);
    await settle(owner);
    const milliseconds: number[] = [];
    for (let deleted = 0; deleted < rows; deleted += purge.batch) {
      const started = performance.now();
      await owner.unsafe(purge[side]);
      milliseconds.push(performance.now() - started);
    }
    const [left] = await owner`select count(*)::integer as count from public.mcp_authorization_sessions`;
    if (left?.count !== 0) {
      throw new Error(`Clean-up left ${left?.count} sessions`);
    }
    const sorted = milliseconds.toSorted((one, other) => one - other);
    const total = milliseconds.reduce((sum, took) => sum + took, 0);
    measured[side] = {
      transactionsPerSecond: rows / (total / 1_000),
      p50Milliseconds: sorted[Math.floor(sorted.length / 2)] ?? 0,
      p99Milliseconds: sorted.at(-1) ?? 0,
    };
  }
  return { users, name: "purge (rows, a thousand a time)", ...measured } as Line;
}

function average(measurements: Measurement[]): Measurement {
  const mean = (read: (one: Measurement) => number): number =>
    measurements.reduce((sum, one) => sum + read(one), 0) / measurements.length;
  return {
    transactionsPerSecond: mean((one) => one.transactionsPerSecond),
    p50Milliseconds: mean((one) => one.p50Milliseconds),
    p99Milliseconds: mean((one) => one.p99Milliseconds),
  };
}

function describeRun([row]: Record<string, unknown>[]): string {
  const tool = pgbench === undefined
    ? "a loop over prepared statements (no pgbench here)"
    : "pgbench, prepared";
  const disk = isSynchronous ? "durable commits" : "commits that do not wait for the disk";
  return `${
    String(row?.version).split(" on ")[0]
  }, ${disk}, ${CLIENTS} clients, ${tool}, ${navigator.hardwareConcurrency} processors
${"".padEnd(34)}${
    ["tps", "floor", "ratio", "by hand", "ratio", "p50 ms", "floor", "p99 ms", "floor"].map((name) =>
      name.padStart(9)
    ).join("")
  }`;
}

function describeLine({ name, function: own, floor, byHand }: Line): string {
  const columns = [
    own.transactionsPerSecond.toFixed(0),
    floor.transactionsPerSecond.toFixed(0),
    ratio(own, floor).toFixed(2),
    ...(byHand === undefined
      ? ["", ""]
      : [byHand.transactionsPerSecond.toFixed(0), ratio(own, byHand).toFixed(2)]),
    own.p50Milliseconds.toFixed(2),
    floor.p50Milliseconds.toFixed(2),
    own.p99Milliseconds.toFixed(2),
    floor.p99Milliseconds.toFixed(2),
  ];
  return name.padEnd(34) + columns.map((column) => column.padStart(9)).join("");
}

function ratio(own: Measurement, other: Measurement): number {
  return own.transactionsPerSecond / other.transactionsPerSecond;
}

async function describeSize(owner: Sql, users: number): Promise<string> {
  const [size] = await owner`
    select sum(pg_table_size(oid)) filter (where relname like 'mcp_server_user%')::bigint as user_tables,
      sum(pg_indexes_size(oid)) filter (where relname like 'mcp_server_user%')::bigint as user_indexes,
      sum(pg_table_size(oid)) filter (where relname in ('upstream_oauth_tokens', 'mcp_proxy_tokens'))::bigint as login_tables,
      sum(pg_indexes_size(oid)) filter (where relname in ('upstream_oauth_tokens', 'mcp_proxy_tokens'))::bigint as login_indexes
    from pg_catalog.pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`;
  const each = (bytes: unknown): string => (Number(bytes) / users).toFixed(0);
  return `bytes an end user: ${each(size?.user_tables)} in tables, ${each(size?.user_indexes)} in indexes; ` +
    `a login: ${each(size?.login_tables)} in tables, ${each(size?.login_indexes)} in indexes`;
}

/** The targets: 0.7 of the floor for what writes, and a p50 that hardly grows with the tables. */
function describeTargets(lines: Line[]): string {
  const written = lines.filter(({ name }) => /^(provision|redeem|rotate)/.test(name));
  if (written.length === 0) {
    return "";
  }
  const worst = written.reduce((one, other) =>
    ratio(one.function, one.floor) < ratio(other.function, other.floor) ? one : other
  );
  const growth = workloads.filter(({ name }) => isAsked(name)).map(({ name }) => {
    const own = lines.filter((line) => line.name === name);
    const first = own[0]?.function.p50Milliseconds ?? 0;
    return `${name} ${((own.at(-1)?.function.p50Milliseconds ?? 0) / first).toFixed(2)}`;
  });
  return `
lowest ratio of provision, redeem and rotate: ${
    ratio(worst.function, worst.floor).toFixed(2)
  } (${worst.name} at ${worst.users.toLocaleString("en")}); target 0.70
p50 at the largest size over p50 at the smallest: ${growth.join(", ")}; target 1.30`;
}
