/**
 * What is measured of the stack while it is under load: memory of its workers, rows of its tables.
 *
 * @module
 */

import { residentBytesOf } from "../../supabase/local/processes/process_table.ts";
import { findFunctionWorkers } from "../support/stack/function_workers.ts";
import type { TestStack } from "../support/stack/stack.ts";

/** One moment of the stack. */
export interface Measurement {
  /** The function worker with the most memory. */
  workerBytes: number;
  /** Rows of every table that has any. */
  rows: Record<string, number>;
}

/** Takes a measurement. */
export async function measure(stack: TestStack): Promise<Measurement> {
  const workers = await findFunctionWorkers(stack.pid);
  const bytes = await Promise.all(workers.map(residentBytesOf));
  return { workerBytes: Math.max(...bytes), rows: await countAllRows(stack) };
}

async function countAllRows({ sql }: TestStack): Promise<Record<string, number>> {
  const tables = await sql<{ name: string }[]>`
    select relname as name from pg_catalog.pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname`;
  const rows: Record<string, number> = {};
  for (const { name } of tables) {
    const [counted] = await sql`select count(*)::integer as count from public.${sql(name)}`;
    if (counted!["count"] > 0) {
      rows[name] = counted!["count"];
    }
  }
  return rows;
}
