/**
 * Writes down what was measured: as JSON, as tables in Markdown, and as a picture.
 *
 * @module
 */

import { type Step, steps } from "./client/way.ts";
import { describeMachine, type Machine } from "./machine.ts";
import type { Line, Quantiles, Ratio, SideSummary, Spread, Verdict } from "./summary.ts";
import type { Bar, Picture } from "./svg.ts";
import { isOurs } from "./targets.ts";

/** Everything that is published. */
export interface Results {
  machine: Machine;
  rounds: number;
  seconds: number;
  sides: SideSummary[];
  lines: Line[];
  ratios: Ratio[];
  verdicts: Verdict[];
}

/** The tables. */
export function toMarkdown({ machine, rounds, seconds, sides, lines, ratios, verdicts }: Results): string {
  const logins = lines.filter(({ work }) => work === "login");
  const shown = steps.filter((step) => logins.some((line) => line.steps[step] !== undefined));
  return [
    "# Whole logins, side by side",
    `${
      describeMachine(machine)
    }. ${machine.postgres}; ${machine.memoryGigabytes} GB, ${machine.system}, Deno ` +
    `${machine.deno}. ${rounds} rounds, in which every side has a turn of ${seconds} seconds at each number of users. ` +
    "A ratio is the median of the ratios of turns of one round, with the least and the most behind it. Clients and the " +
    "provider upstream run on the same machine.",
    "## What each login is",
    table(["side", "versions", "its login"], sides.map(({ side, versions, work }) => [side, versions, work])),
    "## Speed",
    table(
      ["side", "work", "users", "a second", "p50 ms", "p95 ms", "p99 ms", "processor ms each", "WAL kB each"],
      lines.map((line) => [
        ...[line.side, line.work, `${line.users}`, spread(line.perSecond, 0), ...quantiles(line.whole)],
        describeCpu(line),
        line.walBytes === undefined ? "–" : (line.walBytes / 1024).toFixed(1),
      ]),
    ),
    "## Ratios",
    table(
      ["of", "to", "work", "users", "ratio"],
      ratios.map((ratio) => [ratio.of, ratio.to, ratio.work, `${ratio.users}`, spread(ratio, 2)]),
    ),
    "## Targets",
    table(
      ["side", "figure", "wanted", "found", "", "why"],
      verdicts.map((verdict) => [
        verdict.side,
        `${verdict.figure}${verdict.over === undefined ? "" : `, as a multiple of ${verdict.over}'s`}`,
        verdict.least === undefined ? `at most ${verdict.most}` : `at least ${verdict.least}`,
        verdict.found.toFixed(2),
        verdict.met ? "met" : "missed",
        verdict.met ? "" : explain(verdict, lines),
      ]),
    ),
    "## Steps of a login",
    "p50, p95 and p99 in milliseconds.",
    table(
      ["side", "users", ...shown],
      logins.map((line) => [line.side, `${line.users}`, ...shown.map((step) => describeStep(line, step))]),
    ),
    "## What a login costs",
    "Index entries are those of its rows: an update that is not HOT makes one in each index of its table.",
    table(
      ["side", "commits", "index entries", "memory at the end, MB"],
      sides.map(({ side, commits, indexEntries, residentMegabytes }) => [
        side,
        commits?.toFixed(1) ?? "–",
        indexEntries?.toFixed(1) ?? "–",
        describeRoles(residentMegabytes),
      ]),
    ),
  ].join("\n\n") + "\n";
}

/** The picture: logins a second. */
export function toPicture({ machine, lines }: Results): Picture {
  const logins = lines.filter(({ work }) => work === "login");
  const groups = [...new Set(logins.map(({ users }) => users))].map((users) => ({
    name: users === 1 ? "1 user" : `${users} users at once`,
    bars: logins.filter((line) => line.users === users).map((line): Bar => ({
      ...line.perSecond,
      name: line.side,
      own: isOurs(line.side),
    })),
  }));
  return {
    title: "Whole logins a second",
    caption: describeMachine(machine),
    charts: [{ title: "median over the rounds; the line is the least and the most", groups }],
  };
}

/** Where the processor's time goes is what decides on a machine that is full. */
function explain({ side, over, work, users }: Verdict, lines: Line[]): string {
  return [side, over].flatMap((name) => {
    const line = lines.find((line) => line.side === name && line.work === work && line.users === users);
    return line === undefined ? [] : `${name}: ${describeCpu(line)} ms of processor each`;
  }).join("; ");
}

function describeCpu({ cpuMilliseconds }: Line): string {
  const total = Object.values(cpuMilliseconds).reduce((sum, value) => sum + value, 0);
  return `${total.toFixed(1)} (${describeRoles(cpuMilliseconds, 1)})`;
}

function describeRoles(roles: Record<string, number>, digits = 0): string {
  return Object.entries(roles).map(([role, value]) => `${role} ${value.toFixed(digits)}`).join(", ");
}

function describeStep(line: Line, step: Step): string {
  const found = line.steps[step];
  return found === undefined ? "–" : quantiles(found).join(" / ");
}

function quantiles({ p50, p95, p99 }: Quantiles): string[] {
  return [p50, p95, p99].map((value) => value.toFixed(value < 10 ? 1 : 0));
}

function spread({ median, low, high }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

function table(heading: string[], rows: string[][]): string {
  return [heading, heading.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
