/**
 * What the measurement ran on, and how busy that was with other things.
 *
 * @module
 */

import type { Database } from "../../../supabase/local/database/connect.ts";

/** The machine. */
export interface Machine {
  processor: string;
  processors: number;
  memoryGigabytes: number;
  system: string;
  deno: string;
  postgres: string;
  /** How many processes were running on average in the minute before the start. */
  loadBefore: number;
  measuredAt: string;
}

/** With more than so much running beside it, the figures are those of a busy machine. */
export const QUIET_LOAD = 0.5;

/** Reads what can be read of the machine, but for PostgreSQL. Begin with it: later the load is the bench's own. */
export async function readMachine(): Promise<Omit<Machine, "postgres">> {
  const cpuinfo = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  return {
    processor: /^model name\s*: (.*)$/m.exec(cpuinfo)?.[1] ?? Deno.build.arch,
    processors: navigator.hardwareConcurrency,
    memoryGigabytes: Math.round(Deno.systemMemoryInfo().total / 1024 ** 3),
    system: `${Deno.build.os} ${Deno.osRelease()}`,
    deno: Deno.version.deno,
    loadBefore: Math.round(Deno.loadavg()[0]! * 100) / 100,
    measuredAt: new Date().toISOString().slice(0, 16) + "Z",
  };
}

/** PostgreSQL, and the settings that its speed depends on. */
export async function describePostgres(database: Database): Promise<string> {
  const [row] = await database`
    select split_part(version(), ' on ', 1) as version, current_setting('shared_buffers') as buffers,
      current_setting('synchronous_commit') as commits, current_setting('fsync') as fsync`;
  return `${row?.["version"]}, shared_buffers ${row?.["buffers"]}, synchronous_commit ${row?.["commits"]}, ` +
    `fsync ${row?.["fsync"]}`;
}

/** One sentence, with a warning where the machine was busy. */
export function describeMachine({ processor, processors, measuredAt, loadBefore }: Machine): string {
  const busy = loadBefore > QUIET_LOAD ? `; busy with other work (load ${loadBefore}): ratios only` : "";
  return `${processors} × ${processor}, ${measuredAt.slice(0, 10)}${busy}`;
}
