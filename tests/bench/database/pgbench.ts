/**
 * Runs a transaction many times: with pgbench where it is installed, else with
 * a loop over prepared statements of our own, which says so.
 *
 * @module
 */

import postgres from "postgres";

/** What one measurement gave. */
export interface Measurement {
  transactionsPerSecond: number;
  p50Milliseconds: number;
  p99Milliseconds: number;
}

/** Numbers for a statement: at random up to `last`, or each once from `first` on. */
export type Numbers = { kind: "random"; last: number } | { kind: "each"; first: number };

/** The statements of a transaction, with `:n`, and how often to run it. */
export interface Run {
  url: string;
  statements: string[];
  numbers: Numbers;
  transactions: number;
  clients: number;
}

/** Where pgbench is, if it is. */
export async function findPgbench(): Promise<string | undefined> {
  const { success } = await new Deno.Command("pgbench", {
    args: ["--version"],
    stdout: "null",
    stderr: "null",
  })
    .output().catch(() => ({ success: false }));
  return success ? "pgbench" : undefined;
}

/** Measures with pgbench. */
export async function runPgbench(binary: string, run: Run): Promise<Measurement> {
  const folder = await Deno.makeTempDir({ prefix: "gatepost-bench-" });
  const each = Math.ceil(run.transactions / run.clients);
  const choose = run.numbers.kind === "random"
    ? `\\set n random(1, ${run.numbers.last})`
    : `\\set i :i + 1\n\\set n ${run.numbers.first} + :client_id * ${each} + :i - 1`;
  const script = run.statements.map((statement) => `${statement.replaceAll(/\s+/g, " ").trim()};`);
  await Deno.writeTextFile(`${folder}/script.sql`, [choose, ...script, ""].join("\n"));
  try {
    const { success, stderr } = await new Deno.Command(binary, {
      args: [
        ...[
          "--no-vacuum",
          "--protocol=prepared",
          "--log",
          "--log-prefix=log",
          "--file=script.sql",
          "--define=i=0",
        ],
        ...[`--client=${run.clients}`, "--jobs=2", `--transactions=${each}`, run.url],
      ],
      cwd: folder,
      stdout: "null",
    }).output();
    if (!success) {
      throw new Error(`pgbench failed: ${new TextDecoder().decode(stderr).slice(0, 2_000)}`);
    }
    return await readLogs(folder, run.clients);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** pgbench logs one line a transaction: client, number, microseconds, script, seconds, microseconds. */
async function readLogs(folder: string, clients: number): Promise<Measurement> {
  const milliseconds: number[] = [];
  const ends: number[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.startsWith("log.")) {
      continue;
    }
    for (const line of (await Deno.readTextFile(`${folder}/${name}`)).trim().split("\n")) {
      const [, , took, , seconds, micro] = line.split(" ").map(Number);
      milliseconds.push((took ?? 0) / 1_000);
      ends.push((seconds ?? 0) * 1_000 + (micro ?? 0) / 1_000);
    }
  }
  return summarize(milliseconds, ends, clients);
}

/** Measures with prepared statements of postgres.js. */
export async function runLoop(run: Run): Promise<Measurement> {
  const statements = run.statements.map((statement) => statement.replaceAll(":n", "$1::bigint"));
  const pool = postgres(run.url, { max: run.clients, onnotice: () => undefined });
  const each = Math.ceil(run.transactions / run.clients);
  const milliseconds: number[] = [];
  const ends: number[] = [];
  await Promise.all(Array.from({ length: run.clients }, async (_, client) => {
    const connection = await pool.reserve();
    for (let index = 0; index < each; index++) {
      const n = run.numbers.kind === "random"
        ? 1 + Math.floor(Math.random() * run.numbers.last)
        : run.numbers.first + client * each + index;
      const started = performance.now();
      for (const statement of statements) {
        await connection.unsafe(statement, statement.includes("$1") ? [n] : [], { prepare: true });
      }
      const ended = performance.now();
      milliseconds.push(ended - started);
      ends.push(ended);
    }
    connection.release();
  }));
  await pool.end();
  return summarize(milliseconds, ends, run.clients);
}

/** The span is the sum of all that each client did, shared by the clients: pauses between are nobody's. */
function summarize(milliseconds: number[], ends: number[], clients: number): Measurement {
  const sorted = milliseconds.toSorted((one, other) => one - other);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const busy = milliseconds.reduce((sum, took) => sum + took, 0);
  const [first = 0, last = 0] = [
    Math.min(...ends.slice(0, clients)),
    ends.reduce((max, end) => Math.max(max, end), 0),
  ];
  const seconds = Math.max((last - first) / 1_000, busy / clients / 1_000);
  return {
    transactionsPerSecond: milliseconds.length / seconds,
    p50Milliseconds: at(0.5),
    p99Milliseconds: at(0.99),
  };
}
