/**
 * Takes a turn without pgbench: a loop over prepared statements of postgres.js.
 *
 * Its own cost is part of every transaction, so ratios come out nearer to one.
 *
 * @module
 */

import postgres from "postgres";
import type { Sample, Turn } from "./samples.ts";

/** Runs the turn's transactions, and fails if one of them fails. */
export async function runLoop(
  { url, statement, numbers, transactions, clients }: Turn,
): Promise<Sample[]> {
  const pool = postgres(url, { max: clients, onnotice: () => undefined });
  const text = statement.replaceAll(":n", "$1::bigint");
  const each = Math.ceil(transactions / clients);
  const samples: Sample[] = [];
  await Promise.all(Array.from({ length: clients }, async (_, client) => {
    const connection = await pool.reserve();
    for (let index = 0; index < each; index++) {
      const n = numbers.kind === "random"
        ? 1 + Math.floor(Math.random() * numbers.last)
        : numbers.first + client * each + index;
      const started = performance.now();
      await connection.unsafe(text, [n], { prepare: true });
      const endedAt = performance.now();
      samples.push({ client, milliseconds: endedAt - started, endedAt });
    }
    connection.release();
  }));
  await pool.end();
  return samples;
}
