// deno-lint-ignore-file no-console
/**
 * `deno task bench:usage`: how long the views of usage take, as a member asks them
 * over supabase-js, and what becomes of it as calls and people grow.
 *
 * Fills two databases server-side, one a tenth of the other, and asks both in turns.
 * PostgreSQL runs as `deno task start` runs it. With `--folder` the filled databases
 * stay there, and are used again. Fails where a median is above 100 ms.
 *
 * @module
 */

import { connect, inDatabase } from "../../../supabase/local/database/connect.ts";
import { type RunningDatabase, startDatabase } from "../../../supabase/local/database/start_database.ts";
import { openRest, type TestRest } from "../../support/database/rest.ts";
import { readTask } from "../../support/run/task.ts";
import { quantile } from "../quantile.ts";
import { fill, measured, type Size, USER_ID } from "./fill.ts";
import { type Asked, QUESTIONS } from "./questions.ts";

const ROUNDS = 21;
const MOST_MILLISECONDS = 100;

const { values } = readTask({
  task: "bench:usage",
  summary: "Measures the views of usage over supabase-js, at a size and at a tenth of it.",
  options: {
    calls: { value: "N", description: "recorded calls (10000000)" },
    users: { value: "N", description: "people of the organization that is measured (100000)" },
    organizations: { value: "N", description: "organizations (1000)" },
    folder: { value: "DIR", description: "keeps the filled databases there" },
  },
});
const whole: Size = {
  calls: Number(values.calls ?? 10_000_000),
  users: Number(values.users ?? 100_000),
  organizations: Number(values.organizations ?? 1_000),
};
const tenth: Size = {
  calls: Math.ceil(whole.calls / 10),
  users: Math.ceil(whole.users / 10),
  organizations: Math.max(1, Math.ceil(whole.organizations / 10)),
};

const dataDir = values.folder ?? await Deno.makeTempDir({ prefix: "gatepost-bench-" });
await Deno.mkdir(dataDir, { recursive: true });
await Deno.chmod(dataDir, 0o711);
let slow = 0;
try {
  const running = await startDatabase({ dataDir: `${dataDir}/stack` });
  try {
    slow = await measure(running);
  } finally {
    await running.stop();
  }
} finally {
  if (values.folder === undefined) {
    await Deno.remove(dataDir, { recursive: true });
  }
}
if (slow > 0) {
  console.error(`${slow} questions took more than ${MOST_MILLISECONDS} ms`);
  Deno.exit(1);
}

interface Filled {
  rest: TestRest;
  asked: Asked;
  client: ReturnType<TestRest["openClient"]>;
}

async function measure(running: RunningDatabase): Promise<number> {
  const small = await openFilled(running, tenth);
  const large = await openFilled(running, whole);
  console.log(`\n${"question".padEnd(44)} ${"p50".padStart(8)} ${"p95".padStart(8)} ${"growth".padStart(8)}`);
  let above = 0;
  for (const question of QUESTIONS) {
    const times: { small: number[]; large: number[] } = { small: [], large: [] };
    for (let round = 0; round < ROUNDS; round++) {
      times.small.push(await ask(small, question, 0));
      times.large.push(await ask(large, question, question.min));
    }
    const [before, after] = [quantile(times.small.slice(1), 0.5), quantile(times.large.slice(1), 0.5)];
    above += after > MOST_MILLISECONDS ? 1 : 0;
    console.log(
      `${question.name.padEnd(44)} ${describe(after)} ${describe(quantile(times.large.slice(1), 0.95))} ${
        `×${(after / before).toFixed(1)}`.padStart(8)
      }`,
    );
  }
  await small.rest.close();
  await large.rest.close();
  return above;
}

function describe(milliseconds: number): string {
  return `${milliseconds.toFixed(1)} ms`.padStart(8);
}

async function ask(
  { client, asked }: Filled,
  question: typeof QUESTIONS[number],
  min: number,
): Promise<number> {
  const started = performance.now();
  const { data, error } = await question.ask(client, asked);
  const milliseconds = performance.now() - started;
  if (error !== null || data === null || data.length < min) {
    throw new Error(`${question.name} answers ${data?.length} lines: ${JSON.stringify(error)}`);
  }
  return milliseconds;
}

async function openFilled(running: RunningDatabase, size: Size): Promise<Filled> {
  const name = `usage_${size.calls}_${size.users}_${size.organizations}`;
  const server = connect(inDatabase(running.adminUrl, "template1"));
  const [known] = await server`select from pg_database where datname = ${name}`;
  if (known === undefined) {
    // Only a database that is filled to the end has the name.
    await server.unsafe("drop database if exists usage_filling");
    await server.unsafe("create database usage_filling template postgres owner postgres");
    const filling = connect(inDatabase(running.adminUrl, "usage_filling"));
    const started = performance.now();
    await fill(filling, size, (step) => {
      console.log(`${((performance.now() - started) / 1_000).toFixed(0).padStart(5)} s  ${step}`);
    });
    await filling.end();
    await server.unsafe(`alter database usage_filling rename to ${name}`);
  }
  await server.end();

  const admin = connect(inDatabase(running.adminUrl, name));
  const userId = crypto.randomUUID();
  await admin`insert into auth.users (id) values (${userId})`;
  await admin`
    insert into public.organization_members (organization_id, user_id, role)
    values (${measured.organizationId}, ${userId}, 'member')`;
  const [person] = await admin.unsafe(
    `select ${USER_ID} as id from (values (${measured.userNumber})) as one (n)`,
  );
  const [about] = await admin`
    select pg_size_pretty(pg_database_size(current_database())) as size,
      (select sum(calls)::bigint from public.mcp_call_sums where method = 'tools/call') as calls`;
  console.log(
    `${Number(about?.calls).toLocaleString("en")} calls, ${size.users.toLocaleString("en")} people, ` +
      `${size.organizations.toLocaleString("en")} organizations: ${about?.size}`,
  );
  await admin.end();
  const rest = await openRest({ databaseUrl: inDatabase(running.databaseUrl, name) });
  return {
    rest,
    client: rest.openClient(userId),
    asked: {
      organizationId: measured.organizationId,
      serverId: measured.serverId,
      userId: String(person?.id),
    },
  };
}
