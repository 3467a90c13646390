/**
 * Measures a function and its floor, at every size, in short turns, so that all
 * meet the same machine whatever else it does.
 *
 * A ratio is the median of the ratios of turns of one round. Both sides run as
 * the owner of the schema: the functions do so anyway, being definer, and a
 * superuser's floor would be spared the checks of privileges.
 *
 * @module
 */

import type { Sql } from "../../support/database/database.ts";
import { fillCodes, fillExpiredSessions } from "../../support/database/fill.ts";
import { quantile } from "../quantile.ts";
import { type Numbers, type Sample, type Speed, toSpeed, type Turn } from "./samples.ts";
import { purge, type Workload } from "./workloads.ts";

const CLIENTS = 4;
const ROUNDS = 7;
/** Of one database: each side in each round. */
const TURNS = 2 * ROUNDS;
const PURGES_A_TURN = 2;

/** A filled database, and how to take a turn in it. */
export interface Bench {
  users: number;
  /** As superuser, to fill and to clean up. */
  admin: Sql;
  /** As the owner of the schema. */
  owner: Sql;
  ownerUrl: string;
  run: (turn: Turn) => Promise<Sample[]>;
}

/** What was measured of one workload at one size. */
export interface Measurement {
  users: number;
  name: string;
  function: Figures;
  floor: Figures;
  /** The function's speed as a share of its floor's. */
  ratio: number;
  /** The median time of the function as a multiple of that at the smallest size. */
  growth: number;
}

/** Medians of the turns' speeds, and quantiles of all their transactions. */
export interface Figures {
  perSecond: number;
  p50Milliseconds: number;
  p99Milliseconds: number;
}

const sides = ["function", "floor"] as const;
type Side = typeof sides[number];

/** What one size gave, turn by turn. */
interface Speeds {
  bench: Bench;
  function: Speed[];
  floor: Speed[];
}

let nextNumber = 100_000_000;

/** Measures a workload at every size. */
export async function measure(benches: Bench[], workload: Workload): Promise<Measurement[]> {
  const { numbers, transactions, name, between } = workload;
  const first = takeNumbers(TURNS * transactions);
  if (numbers === "codes") {
    for (const { admin, users } of benches) {
      await fillCodes(admin, first, nextNumber - 1, users);
      await admin.unsafe("vacuum analyze public.mcp_authorization_codes, public.upstream_oauth_tokens");
    }
  }
  return await takeTurns(benches, name, async ({ users, owner, ownerUrl, run }, side, index) => {
    if (between !== undefined) {
      await owner.unsafe(between);
    }
    const choice: Numbers = numbers === "known"
      ? { kind: "random", last: users }
      : { kind: "each", first: first + index * transactions };
    const turn = {
      url: ownerUrl,
      statement: workload[side],
      numbers: choice,
      transactions,
      clients: CLIENTS,
    };
    return toSpeed(await run(turn), CLIENTS);
  });
}

/** Measures clean-up at every size, in batches of expired sessions. */
export async function measurePurge(benches: Bench[]): Promise<Measurement[]> {
  return await takeTurns(benches, "purge 1,000 rows", async ({ admin, owner }, side) => {
    const first = takeNumbers(PURGES_A_TURN * purge.batch);
    await fillExpiredSessions(admin, first, nextNumber - 1);
    await admin.unsafe("vacuum analyze public.mcp_authorization_sessions");
    const milliseconds: number[] = [];
    for (let count = 0; count < PURGES_A_TURN; count++) {
      const started = performance.now();
      await owner.unsafe(purge[side]);
      milliseconds.push(performance.now() - started);
    }
    const [left] = await admin`select count(*)::integer as count from public.mcp_authorization_sessions`;
    if (left?.count !== 0) {
      throw new Error(`Clean-up left ${left?.count} sessions`);
    }
    const total = milliseconds.reduce((sum, took) => sum + took, 0);
    return { transactionsPerSecond: PURGES_A_TURN / (total / 1_000), milliseconds };
  });
}

/** Rounds in which every size and side has its turn, forwards and backwards. */
async function takeTurns(
  benches: Bench[],
  name: string,
  takeTurn: (bench: Bench, side: Side, index: number) => Promise<Speed>,
): Promise<Measurement[]> {
  const all: Speeds[] = benches.map((bench) => ({ bench, function: [], floor: [] }));
  const turns = all.flatMap((speeds) => sides.map((side) => ({ speeds, side })));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { speeds, side } of round % 2 === 0 ? turns : turns.toReversed()) {
      speeds[side].push(await takeTurn(speeds.bench, side, 2 * round + sides.indexOf(side)));
    }
  }
  return all.map((speeds) => summarize(name, speeds, all[0] as Speeds));
}

function summarize(name: string, { bench, ...own }: Speeds, smallest: Speeds): Measurement {
  const compare = (one: Speed[], other: Speed[], read: (speed: Speed) => number): number =>
    quantile(one.map((speed, round) => read(speed) / read(other[round] as Speed)), 0.5);
  return {
    users: bench.users,
    name,
    function: toFigures(own.function),
    floor: toFigures(own.floor),
    ratio: compare(own.function, own.floor, (speed) => speed.transactionsPerSecond),
    growth: compare(own.function, smallest.function, (speed) => quantile(speed.milliseconds, 0.5)),
  };
}

function toFigures(speeds: Speed[]): Figures {
  const milliseconds = speeds.flatMap((speed) => speed.milliseconds);
  return {
    perSecond: quantile(speeds.map((speed) => speed.transactionsPerSecond), 0.5),
    p50Milliseconds: quantile(milliseconds, 0.5),
    p99Milliseconds: quantile(milliseconds, 0.99),
  };
}

/** Numbers that were used once are not used again: new users and codes count on from here. */
function takeNumbers(count: number): number {
  const first = nextNumber;
  nextNumber += count;
  return first;
}
