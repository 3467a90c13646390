// deno-lint-ignore-file no-console
/**
 * `deno task bench:gateway [rounds] [edge] [name …]`: what the gateway costs a
 * call, and whether its memory stays flat.
 *
 * Five ways lead to one MCP server: directly, through a pass-through of ten
 * lines, through the gateway, through a gateway that records no calls, and
 * through the gateway behind the local stack's front. Gateway and pass-through run in the same kind of worker, called at its
 * own port; the front is a proxy of the local stack, which a hosted project
 * does not have, and is told apart. The client is a process of its own with
 * kept connections. The ways take short turns, there and back, so that they meet
 * the same machine. Each round has workers of its own: no two processes are
 * compiled alike, and one that runs slower than its like does so to its end.
 * Numbers are medians over all turns, and a ratio is the median of the ratios of
 * turns that are neighbours.
 *
 * With `edge` the workers run in the Deno that Supabase's edge runtime
 * corresponds to, else in the one that runs this.
 *
 * The gateway's own cost includes its line of log. The log goes to a file, so
 * that no reader of it takes part of the machine.
 *
 * Memory is the worker's resident set: /proc on Linux, `ps` elsewhere.
 *
 * @module
 */

import { EDGE_DENO_VERSION, findEdgeDeno } from "../../support/run/edge_deno.ts";
import { FIRST_CALL_TARGET, type FirstCall, prepareFirstCalls } from "./first_call.ts";
import { readTask } from "../../support/run/task.ts";
import { quantile } from "../quantile.ts";
import type { Timing } from "./load.ts";
import { measureMemory, type MemoryLine, RISE_BYTES, UNDERWAY_BYTES } from "./memory.ts";
import { type Scene, setScene, type Side, sides, WARM_UP } from "./scene.ts";

const ROUNDS = 5;
/** How often each way has its turn in a round, and for how long. */
const TURNS = 8;
const SECONDS = 0.5;
/** Of the pass-through's calls per second. */
const TARGET_RATIO = 0.8;

interface Workload {
  name: string;
  tool: "text" | "stream";
  bytes: number;
  clients: number;
}

const workloads: Workload[] = [
  { name: "small call", tool: "text", bytes: 100, clients: 1 },
  { name: "small call", tool: "text", bytes: 100, clients: 16 },
  { name: "1 MB answer", tool: "text", bytes: 1_000_000, clients: 1 },
  { name: "1 MB answer", tool: "text", bytes: 1_000_000, clients: 4 },
  { name: "stream of 16 MB", tool: "stream", bytes: 16_000_000, clients: 1 },
  { name: "stream of 16 MB", tool: "stream", bytes: 16_000_000, clients: 4 },
];

/** A workload, and what each turn of each way gave. */
type Line = Workload & { timings: Record<Side, Timing[]> };

const { words } = readTask({
  task: "bench:gateway",
  summary: "Measures what the gateway costs a call, against a pass-through of ten lines.",
  word: {
    name: "ROUNDS edge NAME …",
    description: `${ROUNDS} rounds, on the edge's Deno, of workloads or memory`,
    many: true,
  },
  options: {},
});
const rounds = Number(words.find((word) => /^\d+$/.test(word)) ?? ROUNDS);
const names = words.filter((word) => /^[a-z]/.test(word) && word !== "edge");
const edgeDeno = words.includes("edge") ? await findEdgeDeno() : undefined;
await using scene = await setScene(edgeDeno);
console.log(describeRun());
const memory: MemoryLine[] = [];
if (isAsked("memory")) {
  await using ways = await scene.openWays();
  for (const side of ["pass-through", "gateway"] as const) {
    memory.push(...await measureMemory(scene, ways, side));
  }
  console.log(describeMemory(memory));
}
const lines = workloads.filter(({ name }) => isAsked(name)).map(buildLine);
if (lines.length > 0) {
  for (let round = 1; round <= rounds; round++) {
    console.error(`round ${round} of ${rounds}`);
    await measureRound(
      scene,
      lines,
      round === 1 ? sides : ["pass-through", "gateway", "gateway without records"],
    );
  }
  console.log([describeColumns(), ...lines.map(describeLine)].join("\n"));
}
const firstCalls: FirstCall[] = [];
if (isAsked("first call")) {
  const measureFirstCalls = await prepareFirstCalls(scene);
  for (let round = 1; round <= rounds; round++) {
    console.error(`first calls, round ${round} of ${rounds}`);
    firstCalls.push(await measureFirstCalls());
  }
  console.log(describeFirstCalls(firstCalls));
}
console.log(describeTargets(lines, memory));

function isAsked(name: string): boolean {
  return names.length === 0 || names.some((asked) => name.includes(asked));
}

function buildLine(workload: Workload): Line {
  return {
    ...workload,
    timings: {
      "direct": [],
      "pass-through": [],
      "gateway": [],
      "gateway without records": [],
      "front + gateway": [],
    },
  };
}

/** One round; what has just begun is warmed up before it. */
async function measureRound(scene: Scene, lines: Line[], cold: readonly Side[]): Promise<void> {
  await using ways = await scene.openWays();
  for (const side of cold) {
    await scene.runCalls({ ...ways.buildTarget(side, "text", 100), ...WARM_UP });
  }
  for (const { tool, bytes, clients, timings } of lines) {
    for (let turn = 0; turn < TURNS; turn++) {
      for (const side of turn % 2 === 0 ? sides : sides.toReversed()) {
        const target = ways.buildTarget(side, tool, bytes);
        timings[side].push(await scene.runCalls({ ...target, clients, seconds: SECONDS }));
      }
    }
  }
}

function takeMedian(values: number[]): number {
  return quantile(values, 0.5);
}

function describeRun(): string {
  const { arch, os } = Deno.build;
  const version = edgeDeno ? EDGE_DENO_VERSION : Deno.version.deno;
  return [
    `workers on Deno ${version}, ${os} ${arch}, ${navigator.hardwareConcurrency} processors`,
    `${rounds} rounds of ${TURNS} turns of ${SECONDS} s a way, workers warm by ${WARM_UP.calls} calls`,
    "one access token, verified once in 30 s",
  ].join("; ");
}

function describeMemory(lines: MemoryLine[]): string {
  const row = (cells: string[]): string =>
    cells.map((cell, index) => index < 2 ? cell.padEnd(22) : cell.padStart(10)).join("");
  const titles = row(["memory of the worker, MB", "", "before", "peak", "rise", "after", "underway"]);
  return [
    `\n${titles}`,
    ...lines.map(({ side, name, before, peak, after, underway }) =>
      row([
        side,
        name,
        ...[before, peak, peak - before, after].map(toMegabytes),
        underway === undefined ? "" : toMegabytes(underway),
      ])
    ),
  ].join("\n");
}

function toMegabytes(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(1);
}

function describeColumns(): string {
  const titles = [...sides.map(toTitle), "of direct", "of pass-thr.", "of unrecorded", "front's"];
  return `\n${"calls a second".padEnd(28)}${titles.map((title) => title.padStart(16)).join("")}`;
}

function toTitle(side: Side): string {
  return side === "gateway without records" ? "unrecorded" : side;
}

function describeLine(line: Line): string {
  const rates = sides.map((side) =>
    toRate(takeMedian(line.timings[side].map(({ callsPerSecond }) => callsPerSecond)))
  );
  const ratios = ([
    ["gateway", "direct"],
    ["gateway", "pass-through"],
    ["gateway", "gateway without records"],
    ["front + gateway", "gateway"],
  ] as const)
    .map(([one, other]) => findRatio(line, one, other).toFixed(2));
  return describeName(line).padEnd(28) + [...rates, ...ratios].map((cell) => cell.padStart(16)).join("") + `
    added milliseconds: to direct ${describeAdded(line, "gateway", "direct")}; to the pass-through ${
    describeAdded(line, "gateway", "pass-through")
  }; by the front ${describeAdded(line, "front + gateway", "gateway")}`;
}

function describeAdded({ timings }: Line, side: Side, other: Side): string {
  const added = (percentile: "p50Milliseconds" | "p99Milliseconds"): string =>
    toSigned(
      takeMedian(timings[side].map((timing) => timing[percentile])) -
        takeMedian(timings[other].map((timing) => timing[percentile])),
    );
  return `p50 ${added("p50Milliseconds")}, p99 ${added("p99Milliseconds")}`;
}

function describeName({ name, clients }: Workload): string {
  return `${name}, ${clients} client${clients === 1 ? "" : "s"}`;
}

function toRate(callsPerSecond: number): string {
  return callsPerSecond.toFixed(callsPerSecond < 100 ? 1 : 0);
}

function toSigned(milliseconds: number): string {
  return (milliseconds < 0 ? "" : "+") + milliseconds.toFixed(2);
}

function findRatio({ timings }: Line, side: Side, other: Side): number {
  return takeMedian(
    timings[side].map(({ callsPerSecond }, turn) => callsPerSecond / timings[other][turn]!.callsPerSecond),
  );
}

/** The ratios are those of each round, from the least to the greatest. */
function describeFirstCalls(measured: FirstCall[]): string {
  const ratios = measured.map(({ first, rpc }) => first / rpc).toSorted((one, other) => one - other);
  const [rpc, direct, first, next] = (["rpc", "direct", "first", "next"] as const).map((side) =>
    takeMedian(measured.map((round) => round[side])).toFixed(2)
  );
  return `\nfirst call of a person, milliseconds at the median: ${first}; the next ${next}; the RPC alone ${rpc}; ` +
    `the MCP server alone ${direct}\n` +
    judge(
      takeMedian(ratios) <= FIRST_CALL_TARGET,
      `first call: ${takeMedian(ratios).toFixed(2)} of the RPC (${ratios[0]!.toFixed(2)} to ${
        ratios.at(-1)!.toFixed(2)
      } over ${measured.length} rounds), target at most ${FIRST_CALL_TARGET}`,
    );
}

function describeTargets(lines: Line[], memory: MemoryLine[]): string {
  const verdicts = [
    ...lines.map((line) => {
      const reached = findRatio(line, "gateway", "pass-through");
      return judge(
        reached >= TARGET_RATIO,
        `${describeName(line)}: ${
          reached.toFixed(2)
        } of the pass-through's calls a second, target ${TARGET_RATIO}`,
      );
    }),
    ...memory.filter(({ side }) => side === "gateway").map(({ name, before, peak, underway }) =>
      judge(
        peak - before <= RISE_BYTES && (underway ?? 0) <= UNDERWAY_BYTES,
        `${name}: memory rose by ${toMegabytes(peak - before)} MB, target at most ${
          toMegabytes(RISE_BYTES)
        }` +
          (underway === undefined
            ? ""
            : `; ${toMegabytes(underway)} MB underway, target at most ${toMegabytes(UNDERWAY_BYTES)}`),
      )
    ),
  ];
  return `\n${verdicts.join("\n")}`;
}

function judge(isMet: boolean, sentence: string): string {
  return `${isMet ? "met   " : "MISSED"}  ${sentence}`;
}
