/**
 * Takes a turn with pgbench, over prepared statements.
 *
 * @module
 */

import type { Sample, Turn } from "./samples.ts";

/** Whether pgbench is installed. */
export async function hasPgbench(): Promise<boolean> {
  const { success } = await new Deno.Command("pgbench", {
    args: ["--version"],
    stdout: "null",
    stderr: "null",
  }).output().catch(() => ({ success: false }));
  return success;
}

/** Runs the turn's transactions, and fails if one of them fails. */
export async function runPgbench(
  { url, statement, numbers, transactions, clients }: Turn,
): Promise<Sample[]> {
  const folder = await Deno.makeTempDir({ prefix: "gatepost-bench-" });
  const each = Math.ceil(transactions / clients);
  const choose = numbers.kind === "random"
    ? `\\set n random(1, ${numbers.last})`
    : `\\set i :i + 1\n\\set n ${numbers.first} + :client_id * ${each} + :i - 1`;
  await Deno.writeTextFile(
    `${folder}/script.sql`,
    `${choose}\n${statement.replaceAll(/\s+/g, " ").trim()};\n`,
  );
  try {
    const { success, stderr } = await new Deno.Command("pgbench", {
      args: [
        ...["--no-vacuum", "--protocol=prepared", "--file=script.sql", "--define=i=0"],
        ...["--log", "--log-prefix=log", `--client=${clients}`, `--transactions=${each}`, url],
      ],
      cwd: folder,
      stdout: "null",
    }).output();
    if (!success) {
      throw new Error(`pgbench failed: ${new TextDecoder().decode(stderr).slice(0, 2_000)}`);
    }
    return await readLogs(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** pgbench logs one line a transaction: client, number, microseconds, script, and its end in seconds and microseconds. */
async function readLogs(folder: string): Promise<Sample[]> {
  const samples: Sample[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.startsWith("log.")) {
      continue;
    }
    for (const line of (await Deno.readTextFile(`${folder}/${name}`)).trim().split("\n")) {
      const [client = NaN, , took = NaN, , seconds = NaN, micro = NaN] = line.split(" ").map(Number);
      samples.push({ client, milliseconds: took / 1_000, endedAt: seconds * 1_000 + micro / 1_000 });
    }
  }
  return samples;
}
