/**
 * Takes turns: each side in each round at each number of users, forwards and backwards.
 *
 * So all meet the same machine, whatever else it does, and a ratio is taken
 * only of turns of one round. Refreshes come behind all logins, so that
 * PostgreSQL's counters are those of logins alone.
 *
 * @module
 */

import type { Load, Turn } from "./client/way.ts";
import { type Counters, readCounters, readWalBytes, settleCounters } from "./counters.ts";
import { readTaken, type Taken } from "./processes.ts";
import type { Side } from "./sides/side.ts";

/** What is measured: so many users at once, who log in or refresh. */
export interface Workload {
  work: Load["work"];
  users: number;
}

/** One turn, with what it took. */
export interface MeasuredTurn extends Turn, Workload {
  round: number;
  cpuMilliseconds: Record<string, number>;
  walBytes?: number;
}

/** All turns of one side. */
export interface Measured {
  side: Side;
  turns: MeasuredTurn[];
  /** Memory of the processes at the end. The database's is shared, and not counted. */
  residentBytes: Record<string, number>;
  /** What one login made PostgreSQL do, over all turns of logins. */
  counted?: Counters;
}

/** How the turns are taken. */
export interface Rounds {
  workloads: Workload[];
  rounds: number;
  seconds: number;
  runTurn: (load: Load) => Promise<Turn>;
  say: (line: string) => void;
}

/** After this, each process has compiled its code, and each connection has made its plans. */
const WARM_UP = { work: "login", users: 8, seconds: 5 } as const;

/** Takes all turns. */
export async function takeRounds(sides: Side[], asked: Rounds): Promise<Measured[]> {
  const { workloads, rounds, seconds, runTurn, say } = asked;
  const all: Measured[] = sides.map((side) => ({ side, turns: [], residentBytes: {} }));
  for (const { ways } of sides) {
    await runTurn({ ways, ...WARM_UP });
  }
  await settleCounters();
  const before = await Promise.all(sides.map(countOf));
  await takeAll("login");
  await settleCounters();
  for (const [index, measured] of all.entries()) {
    const taken = await readTaken(measured.side.roots);
    measured.residentBytes = mapValues(taken, ({ residentBytes }) => residentBytes);
    const [first, last] = [before[index], await countOf(measured.side)];
    if (first !== undefined && last !== undefined) {
      measured.counted = toShare(first, last, measured.turns.reduce((sum, { done }) => sum + done, 0));
    }
  }
  await takeAll("refresh");
  return all;

  async function takeAll(work: Load["work"]): Promise<void> {
    const wanted = workloads.filter((workload) => workload.work === work);
    for (let round = 0; wanted.length > 0 && round < rounds; round++) {
      for (const workload of wanted) {
        for (const measured of round % 2 === 0 ? all : all.toReversed()) {
          measured.turns.push({ ...await takeTurn(measured.side, workload), round });
        }
      }
      say(`${work}: round ${round + 1} of ${rounds}`);
    }
  }

  async function takeTurn(side: Side, workload: Workload): Promise<Omit<MeasuredTurn, "round">> {
    const [before, wal] = [await readTaken(side.roots), await walOf(side)];
    const turn = await runTurn({ ways: side.ways, ...workload, seconds });
    const [after, walAfter] = [await readTaken(side.roots), await walOf(side)];
    return {
      ...turn,
      ...workload,
      cpuMilliseconds: subtract(after, before),
      ...(wal === undefined || walAfter === undefined ? {} : { walBytes: walAfter - wal }),
    };
  }
}

async function countOf({ database }: Side): Promise<Counters | undefined> {
  return database === undefined ? undefined : await readCounters(database);
}

async function walOf({ database }: Side): Promise<number | undefined> {
  return database === undefined ? undefined : await readWalBytes(database);
}

function toShare(first: Counters, last: Counters, logins: number): Counters {
  return {
    commits: (last.commits - first.commits) / logins,
    indexEntries: (last.indexEntries - first.indexEntries) / logins,
  };
}

function subtract(after: Record<string, Taken>, before: Record<string, Taken>): Record<string, number> {
  return mapValues(after, ({ cpuMilliseconds }, role) => cpuMilliseconds - before[role]!.cpuMilliseconds);
}

function mapValues<Value, Result>(
  record: Record<string, Value>,
  map: (value: Value, key: string) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
