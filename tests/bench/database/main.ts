// deno-lint-ignore-file no-console
/**
 * `deno task bench:db [users …] [name …]`: how fast the database core is, and how much of
 * that the checks cost.
 *
 * Fills 1,000, 100,000 and 1,000,000 end users and measures after each.
 * PostgreSQL runs as `deno task start` runs it: durable, with the settings it
 * comes with. `--no-sync` leaves the disk out of it, which shows the
 * processor's part alone.
 *
 * @module
 */

import postgres from "postgres";
import { type RunningDatabase, startDatabase } from "../../../supabase/local/database/start_database.ts";
import type { Sql } from "../../support/database.ts";
import { fillUsers, prepareFilling, settle } from "../../support/fill.ts";
import { runLoop } from "./loop.ts";
import { hasPgbench, runPgbench } from "./pgbench.ts";
import { describeBytes, describeGrowth, describeMeasurement, heading } from "./table.ts";
import { type Bench, measure, type Measurement, measurePurge } from "./turns.ts";
import { workloads } from "./workloads.ts";

const BATCH = 50_000;

const asked = Deno.args.filter((argument) => /^\d+$/.test(argument)).map(Number);
const sizes = asked.length > 0 ? asked : [1_000, 100_000, 1_000_000];
const names = Deno.args.filter((argument) => /^[a-z]/.test(argument));

const dataDir = await Deno.makeTempDir({ prefix: "gatepost-bench-" });
await Deno.chmod(dataDir, 0o711);
try {
  const running = await startDatabase({ dataDir: `${dataDir}/stack` });
  try {
    await measureAll(running);
  } finally {
    await running.stop();
  }
} finally {
  await Deno.remove(dataDir, { recursive: true });
}

async function measureAll({ adminUrl, databaseUrl }: RunningDatabase): Promise<void> {
  const admin = postgres(adminUrl, { max: 1, onnotice: () => undefined });
  const owner = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  const run = await hasPgbench() ? runPgbench : runLoop;
  await prepareFilling(admin);
  if (Deno.args.includes("--no-sync")) {
    await admin.unsafe("alter system set synchronous_commit = off");
    await admin`select pg_reload_conf()`;
  }
  console.log(`${await describeServer(admin)}, ${run === runPgbench ? "pgbench" : "a loop of our own"}`);

  const measurements: Measurement[] = [];
  let filled = 0;
  for (const users of sizes) {
    await fillTo(admin, filled, users);
    filled = users;
    console.log(`${await describeBytes(admin)}\n${heading}`);
    for await (const measurement of measureSize({ users, admin, owner, ownerUrl: databaseUrl, run })) {
      measurements.push(measurement);
      console.log(describeMeasurement(measurement));
    }
  }
  console.log(`\nlowest ratio, and growth from ${sizes[0]} to ${filled}\n${describeGrowth(measurements)}`);
  await Promise.all([admin.end(), owner.end()]);
}

async function* measureSize(bench: Bench): AsyncGenerator<Measurement> {
  for (const workload of workloads.filter(({ name }) => isAsked(name))) {
    yield await measure(bench, workload);
  }
  if (isAsked("purge")) {
    yield await measurePurge(bench);
  }
}

function isAsked(name: string): boolean {
  return names.length === 0 || names.some((one) => name.includes(one));
}

async function fillTo(admin: Sql, from: number, to: number): Promise<void> {
  const started = performance.now();
  for (let first = from + 1; first <= to; first += BATCH) {
    await fillUsers(admin, first, Math.min(first + BATCH - 1, to));
  }
  await settle(admin);
  const seconds = (performance.now() - started) / 1_000;
  console.log(`\n${to.toLocaleString("en")} end users, filled in ${seconds.toFixed(0)} s`);
}

async function describeServer(admin: Sql): Promise<string> {
  const [server] = await admin`
    select split_part(version(), ' on ', 1) as version, current_setting('shared_buffers') as buffers,
      current_setting('synchronous_commit') as commits`;
  return `${server?.version}, shared_buffers ${server?.buffers}, synchronous_commit ${server?.commits}, ` +
    `${navigator.hardwareConcurrency} processors`;
}
