/**
 * Measures a function and its floor in short turns, so that both meet the same
 * machine whatever else it does.
 *
 * The ratio is the median of the ratios of turns that follow each other. Both
 * sides run as the owner of the schema: the functions do so anyway, being
 * definer, and a superuser's floor would be spared the checks of privileges.
 *
 * @module
 */

import type { Sql } from "../../support/database.ts";
import { fillCodes, fillExpiredSessions } from "../../support/fill.ts";
import { type Numbers, quantile, type Sample, type Speed, toSpeed, type Turn } from "./samples.ts";
import { purge, type Workload } from "./workloads.ts";

const CLIENTS = 4;
const ROUNDS = 9;
const PURGES_A_TURN = 2;

/** What was measured of one workload at one size. */
export interface Measurement {
  users: number;
  name: string;
  function: Figures;
  floor: Figures;
  ratio: number;
}

/** Medians of the turns' speeds, and quantiles of all their transactions. */
export interface Figures {
  perSecond: number;
  p50Milliseconds: number;
  p99Milliseconds: number;
}

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

const sides = ["function", "floor"] as const;
type Side = typeof sides[number];

let nextNumber = 100_000_000;

/** Measures a workload. */
export async function measure(bench: Bench, workload: Workload): Promise<Measurement> {
  const { numbers, transactions } = workload;
  const first = takeNumbers(2 * ROUNDS * transactions);
  if (numbers === "codes") {
    await fillCodes(bench.admin, first, nextNumber - 1, bench.users);
    await bench.admin.unsafe("vacuum analyze public.mcp_authorization_codes, public.upstream_oauth_tokens");
  }
  await bench.admin`checkpoint`;
  let next = first;
  return await takeTurns(bench.users, workload.name, async (side) => {
    const choice: Numbers = numbers === "known"
      ? { kind: "random", last: bench.users }
      : { kind: "each", first: next };
    next += transactions;
    const samples = await bench.run({
      url: bench.ownerUrl,
      statement: workload[side],
      numbers: choice,
      transactions,
      clients: CLIENTS,
    });
    return toSpeed(samples, CLIENTS);
  });
}

/** Measures clean-up, in batches of expired sessions. */
export async function measurePurge(bench: Bench): Promise<Measurement> {
  const rows = PURGES_A_TURN * purge.batch;
  return await takeTurns(bench.users, "purge 1,000 rows", async (side) => {
    const first = takeNumbers(rows);
    await fillExpiredSessions(bench.admin, first, first + rows - 1);
    await bench.admin.unsafe("vacuum analyze public.mcp_authorization_sessions");
    const milliseconds: number[] = [];
    for (let count = 0; count < PURGES_A_TURN; count++) {
      const started = performance.now();
      await bench.owner.unsafe(purge[side]);
      milliseconds.push(performance.now() - started);
    }
    const [left] = await bench
      .admin`select count(*)::integer as count from public.mcp_authorization_sessions`;
    if (left?.count !== 0) {
      throw new Error(`Clean-up left ${left?.count} sessions`);
    }
    const total = milliseconds.reduce((sum, took) => sum + took, 0);
    return { transactionsPerSecond: PURGES_A_TURN / (total / 1_000), milliseconds };
  });
}

async function takeTurns(
  users: number,
  name: string,
  takeTurn: (side: Side) => Promise<Speed>,
): Promise<Measurement> {
  const speeds: Record<Side, Speed[]> = { function: [], floor: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      speeds[side].push(await takeTurn(side));
    }
  }
  const ratios = speeds.function.map(({ transactionsPerSecond }, round) =>
    transactionsPerSecond / (speeds.floor[round]?.transactionsPerSecond ?? NaN)
  );
  return {
    users,
    name,
    function: toFigures(speeds.function),
    floor: toFigures(speeds.floor),
    ratio: quantile(ratios, 0.5),
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
