/**
 * Gatepost's logins as its tables grow: end users, organizations and workers.
 *
 * @module
 */

import { connect } from "../../../supabase/local/database/connect.ts";
import type { Stack } from "../../../supabase/local/stack.ts";
import { fillOrganizations, fillUsers, prepareFilling, settle } from "../../support/database/fill.ts";
import type { Prepared } from "./ground.ts";
import { describeMachine, describePostgres, type Machine } from "./machine.ts";
import { takeRounds, type Workload } from "./rounds.ts";
import { type GatepostSide, startGatepost } from "./sides/gatepost.ts";
import { compare, type Line, type Spread, toLines, toSpread } from "./summary.ts";
import { drawPicture } from "./svg.ts";
import { quantile } from "../quantile.ts";

/** How a growth is measured. */
interface Asked {
  rounds: number;
  seconds: number;
  million: boolean;
  machine: Omit<Machine, "postgres">;
  say: (line: string) => void;
}

/** How large a stack is. */
interface Size {
  users: number;
  organizations: number;
  workers: number;
}

const SIZES: Size[] = [
  { users: 1_000, organizations: 1, workers: 1 },
  { users: 100_000, organizations: 1, workers: 1 },
  { users: 100_000, organizations: 1_000, workers: 1 },
  { users: 100_000, organizations: 1_000, workers: 2 },
];
const MILLION: Size = { users: 1_000_000, organizations: 1_000, workers: 2 };
/** So many of the organizations are logged in to. */
const BUSY_ORGANIZATIONS = 20;
const BATCH = 50_000;
const WORKLOAD: Workload = { work: "login", users: 8 };

/** One size, with its speed as a multiple of the smallest's. */
interface Grown extends Size {
  line: Line;
  p99: Spread;
  ratio: Spread;
}

/** Measures every size in turns. */
export async function measureGrowth(
  { folder, upstreamUrl, runTurn }: Prepared,
  { rounds, seconds, million, machine, say }: Asked,
): Promise<{ results: unknown; markdown: string; svg: string }> {
  await using started = new AsyncDisposableStack();
  const sizes = million ? [...SIZES, MILLION] : SIZES;
  const sides: GatepostSide[] = [];
  for (const size of sizes) {
    const { workers, organizations } = size;
    sides.push(started.use(
      await startGatepost({
        ...{ name: nameOf(size), path: "over REST", folder, upstreamUrl, stack: { workers } },
        organizations: Math.min(organizations, BUSY_ORGANIZATIONS),
        fill: (stack) => fill(stack, size),
      }),
    ));
    say(`${nameOf(size)}: filled`);
  }
  const all = await takeRounds(sides, { workloads: [WORKLOAD], rounds, seconds, runTurn, say });
  const lines = toLines(all, [WORKLOAD]);
  const speeds = all.map(({ turns }) => turns.map(({ perSecond }) => perSecond));
  const grown = sizes.map((size, index): Grown => ({
    ...size,
    line: lines[index]!,
    p99: toSpread(all[index]!.turns.map(({ milliseconds }) => quantile(milliseconds.whole, 0.99))),
    ratio: compare(speeds[index]!, speeds[0]!),
  }));
  const full: Machine = { ...machine, postgres: await describePostgres(sides[0]!.database!) };
  return {
    results: { machine: full, rounds, seconds, grown },
    markdown: describe(full, grown),
    svg: draw(full, grown),
  };
}

async function fill({ adminUrl }: Stack, { users, organizations }: Size): Promise<void> {
  const admin = connect(adminUrl);
  try {
    await prepareFilling(admin);
    if (organizations > 1) {
      await fillOrganizations(admin, organizations);
    }
    for (let first = 1; first <= users; first += BATCH) {
      await fillUsers(admin, first, Math.min(first + BATCH - 1, users));
    }
    await settle(admin);
    // Else it comes while the first logins are measured.
    await admin`checkpoint`;
  } finally {
    await admin.end();
  }
}

function nameOf({ users, organizations, workers }: Size): string {
  const count = (number: number, one: string): string =>
    `${number.toLocaleString("en")} ${one}${number === 1 ? "" : "s"}`;
  return `${count(users, "user")}, ${count(organizations, "org")}, ${count(workers, "worker")}`;
}

function describe(machine: Machine, grown: Grown[]): string {
  const rows = grown.map(({ line: { side, perSecond, whole }, ratio }) =>
    `| ${side} | ${perSecond.median.toFixed(1)} | ${whole.p50.toFixed(0)} | ${whole.p99.toFixed(0)} | ` +
    `${ratio.median.toFixed(2)} (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}) |`
  );
  return [
    "# Logins as the tables grow",
    `${describeMachine(machine)}. ${machine.postgres}. Eight users at once log in, to at most ` +
    `${BUSY_ORGANIZATIONS} of the organizations.`,
    [
      "| size | logins a second | p50 ms | p99 ms | speed, as a multiple of the smallest's |",
      "| --- | --- | --- | --- | --- |",
      ...rows,
    ].join("\n"),
  ].join("\n\n") + "\n";
}

function draw(machine: Machine, grown: Grown[]): string {
  const toBars = (read: (one: Grown) => Spread) =>
    grown.map((one) => ({ ...read(one), name: one.line.side, own: true }));
  return drawPicture({
    title: "Gatepost's logins as its tables grow",
    caption: describeMachine(machine),
    charts: [
      {
        title: "logins a second",
        groups: [{ name: "8 users at once", bars: toBars(({ line }) => line.perSecond) }],
      },
      { title: "p99 of a login, ms", groups: [{ name: "8 users at once", bars: toBars(({ p99 }) => p99) }] },
    ],
  });
}
