// deno-lint-ignore-file no-console
/**
 * `deno task bench:db [users …] [name …] [setting=value …]`: how fast the
 * database core is, how much of that the checks cost, and what becomes of it as
 * the tables grow.
 *
 * Fills a database each with 1,000, 100,000 and 1,000,000 end users, and with a
 * server at its bounds, then measures all of them in turns. PostgreSQL runs as `deno task start` runs it:
 * durable, with the settings it comes with. A setting is changed by
 * `shared_buffers=4GB` (what of the growth is a cache too small?) or
 * `synchronous_commit=off` (what is left without the disk?).
 *
 * @module
 */

import { connect, inDatabase } from "../../../supabase/local/database/connect.ts";
import { type RunningDatabase, startDatabase } from "../../../supabase/local/database/start_database.ts";
import type { Sql } from "../../support/database/database.ts";
import { fillCrowd, fillUsers, prepareFilling, settle } from "../../support/database/fill.ts";
import { readTask } from "../../support/run/task.ts";
import { runLoop } from "./loop.ts";
import { hasPgbench, runPgbench } from "./pgbench.ts";
import { describeBytes, describeMeasurement, heading } from "./table.ts";
import { type Bench, measure, measurePurge } from "./turns.ts";
import { workloads } from "./workloads.ts";

const BATCH = 50_000;

const { words } = readTask({
  task: "bench:db",
  summary: "Measures the RPCs of a login as the tables grow, against statements without a check.",
  word: {
    name: "USERS … NAME … SETTING=VALUE …",
    description: "sizes (1000 100000 1000000), workloads, and settings of PostgreSQL",
    many: true,
  },
  options: {},
});
const asked = words.filter((word) => /^\d+$/.test(word)).map(Number);
const sizes = asked.length > 0 ? asked : [1_000, 100_000, 1_000_000];
const settings = words.filter((word) => word.includes("="));
const names = words.filter((word) => /^[a-z]+$/.test(word));

const dataDir = await Deno.makeTempDir({ prefix: "gatepost-bench-" });
await Deno.chmod(dataDir, 0o711);
try {
  if (settings.length > 0) {
    await withDatabase(changeSettings);
  }
  await withDatabase(measureAll);
} finally {
  await Deno.remove(dataDir, { recursive: true });
}

async function withDatabase(act: (running: RunningDatabase) => Promise<void>): Promise<void> {
  const running = await startDatabase({ dataDir: `${dataDir}/stack` });
  try {
    await act(running);
  } finally {
    await running.stop();
  }
}

async function changeSettings({ adminUrl }: RunningDatabase): Promise<void> {
  const admin = connect(inDatabase(adminUrl, "template1"));
  for (const setting of settings) {
    const [name, value] = setting.split("=", 2);
    await admin.unsafe(`alter system set ${name} = '${value}'`);
  }
  await admin.end();
}

async function measureAll(running: RunningDatabase): Promise<void> {
  const admin = connect(inDatabase(running.adminUrl, "template1"));
  const run = await hasPgbench() ? runPgbench : runLoop;
  console.log(`${await describeServer(admin)}, ${run === runPgbench ? "pgbench" : "a loop of our own"}`);

  const benches: Bench[] = [];
  for (const users of sizes) {
    const name = `filled_${users}`;
    await admin.unsafe(`create database ${name} template postgres owner postgres`);
    const ownerUrl = inDatabase(running.databaseUrl, name);
    const bench = {
      users,
      admin: connect(inDatabase(running.adminUrl, name)),
      owner: connect(ownerUrl),
      ownerUrl,
      run,
    };
    await fill(bench.admin, users);
    benches.push(bench);
  }
  await admin`checkpoint`;

  console.log(`\n${heading}`);
  for (const workload of workloads.filter(({ name }) => isAsked(name))) {
    console.log((await measure(benches, workload)).map(describeMeasurement).join("\n"));
  }
  if (isAsked("purge")) {
    console.log((await measurePurge(benches)).map(describeMeasurement).join("\n"));
  }
  await Promise.all(
    [admin, ...benches.flatMap((bench) => [bench.admin, bench.owner])].map((sql) => sql.end()),
  );
}

function isAsked(name: string): boolean {
  return names.length === 0 || names.some((one) => name.includes(one));
}

async function fill(admin: Sql, users: number): Promise<void> {
  const started = performance.now();
  await prepareFilling(admin);
  for (let first = 1; first <= users; first += BATCH) {
    await fillUsers(admin, first, Math.min(first + BATCH - 1, users));
  }
  await fillCrowd(admin);
  await settle(admin);
  const seconds = (performance.now() - started) / 1_000;
  console.log(
    `${users.toLocaleString("en")} end users in ${seconds.toFixed(0)} s; ${await describeBytes(admin)}`,
  );
}

async function describeServer(admin: Sql): Promise<string> {
  const [server] = await admin`
    select split_part(version(), ' on ', 1) as version, current_setting('shared_buffers') as buffers,
      current_setting('synchronous_commit') as commits`;
  return `${server?.version}, shared_buffers ${server?.buffers}, synchronous_commit ${server?.commits}, ` +
    `${navigator.hardwareConcurrency} processors`;
}
