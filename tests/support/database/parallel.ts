/**
 * Makes SQL run at the same time, and shows who waits for whom.
 *
 * @module
 */

import type { Sql } from "./database.ts";

/** Runs an act `count` times at once and collects what comes of it. */
export function runAtOnce<Result>(count: number, act: (index: number) => Promise<Result>): Promise<Result[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => act(index)));
}

/** Counts how often each outcome came. */
export function countOutcomes(rows: { outcome?: unknown }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of rows) {
    counts[String(outcome)] = (counts[String(outcome)] ?? 0) + 1;
  }
  return counts;
}

/** The process id of a connection. */
export async function readBackend(connection: Sql): Promise<number> {
  const [row] = await connection`select pg_backend_pid() as pid`;
  return Number(row?.pid);
}

/** Returns once a connection waits for a lock; fails if it does not come to that. */
export async function untilBlocked(observer: Sql, backend: number): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline) {
    const [row] = await observer`select cardinality(pg_blocking_pids(${backend})) > 0 as blocked`;
    if (row?.blocked) {
      return;
    }
  }
  throw new Error(`Connection ${backend} does not wait for a lock`);
}
