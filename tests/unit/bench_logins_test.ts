/**
 * The arithmetic and the pictures of `deno task bench`: quantiles, ratios, targets, bars.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { parse } from "node-html-parser";
import { parseStat } from "../bench/logins/processes.ts";
import type { Measured, MeasuredTurn } from "../bench/logins/rounds.ts";
import {
  compare,
  judge,
  type Target,
  toLines,
  toQuantiles,
  toRatios,
  toSpread,
} from "../bench/logins/summary.ts";
import { drawPicture } from "../bench/logins/svg.ts";

const ELEMENT = /<(\/?)([a-z]+)(?:\s+[\w:-]+="[^"<]*")*\s*(\/?)>/g;
const WORKLOAD = { work: "login", users: 8 } as const;

function buildTurn(round: number, changes: Partial<MeasuredTurn> = {}): MeasuredTurn {
  return {
    ...WORKLOAD,
    round,
    done: 10,
    perSecond: 10,
    milliseconds: { whole: [100], token: [10], refresh: [20] },
    cpuMilliseconds: { server: 300, database: 100 },
    walBytes: 20_480,
    ...changes,
  };
}

function buildMeasured(name: string, turns: MeasuredTurn[]): Measured {
  return {
    side: {
      ...{ name, versions: "", work: "", ways: [], roots: {} },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    turns,
    residentBytes: {},
  };
}

Deno.test("quantiles of a bench are values that were measured", () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);

  const quantiles = toQuantiles(values);

  assertEquals(quantiles, { p50: 51, p95: 96, p99: 100 });
});

Deno.test("a spread is the median with the least and the most", () => {
  assertEquals(toSpread([3, 9, 1]), { median: 3, low: 1, high: 9 });
});

Deno.test("a ratio of two sides is taken round by round, not of their medians", () => {
  // The machine is ten times slower in the second round: the ratio is the same.
  assertEquals(compare([100, 10, 50], [50, 5, 25]), { median: 2, low: 2, high: 2 });
});

Deno.test("a line divides what all turns took by all that was done", () => {
  const turns = [
    buildTurn(0),
    buildTurn(1, { done: 30, walBytes: 0, cpuMilliseconds: { server: 100, database: 0 } }),
  ];

  const [line] = toLines([buildMeasured("one", turns)], [WORKLOAD]);

  assertEquals(line?.walBytes, 512);
  assertEquals(line?.cpuMilliseconds, { server: 10, database: 2.5 });
  assertEquals(Object.keys(line?.steps ?? {}), ["token", "refresh"]);
});

Deno.test("a line leaves out turns of another workload", () => {
  const turns = [buildTurn(0), buildTurn(0, { users: 32, perSecond: 1_000 })];

  const [line] = toLines([buildMeasured("one", turns)], [WORKLOAD]);

  assertEquals(line?.perSecond, { median: 10, low: 10, high: 10 });
});

Deno.test("only Gatepost's sides are compared, and with the others alone", () => {
  const all = ["ours", "ours too", "theirs"].map((name) => buildMeasured(name, [buildTurn(0)]));

  const ratios = toRatios(all, [WORKLOAD], (name) => name.startsWith("ours"));

  assertEquals(ratios.map(({ of, to }) => [of, to]), [["ours", "theirs"], ["ours too", "theirs"]]);
});

Deno.test("a target is met at its bound, missed beyond it, and left out where its side was not measured", () => {
  const all = [
    buildMeasured("ours", [buildTurn(0, { perSecond: 15 })]),
    buildMeasured("theirs", [buildTurn(0, { milliseconds: { whole: [100], token: [8], refresh: [20] } })]),
  ];
  const lines = toLines(all, [WORKLOAD]);
  const ratios = toRatios(all, [WORKLOAD], (name) => name === "ours");
  const target = { ...WORKLOAD, side: "ours", over: "theirs" };
  const targets: Target[] = [
    { ...target, figure: "speed", least: 1.5 },
    { ...target, figure: "speed", least: 1.6 },
    { ...target, figure: "p99 of token", most: 1 },
    { ...target, figure: "p99 of refresh", most: 1 },
    { ...WORKLOAD, side: "ours", figure: "speed of a core", least: 7 },
    { ...target, side: "nobody", figure: "speed", least: 0 },
  ];

  const verdicts = judge(targets, lines, ratios, 2);

  assertEquals(verdicts.map(({ met, found }) => [met, found]), [
    ...[[true, 1.5], [false, 1.5], [false, 1.25], [true, 1], [true, 7.5]],
  ]);
});

Deno.test("a picture is well-formed, has a bar for each value, and scales them to the highest spread", () => {
  const bar = { own: true, low: 40, high: 80 };
  const svg = drawPicture({
    title: "Logins & <more>",
    caption: 'On "two" cores',
    charts: [{
      title: "a second",
      groups: [{
        name: "8 users",
        bars: [{ ...bar, name: "a", median: 40 }, { ...bar, name: "<b>", median: 80 }],
      }],
    }],
  });

  const picture = parse(svg);
  const widths = picture.querySelectorAll("rect").map((rect) => Number(rect.getAttribute("width")));
  assertEquals(widths.length, 2);
  assert(Math.abs(widths[0]! * 2 - widths[1]!) < 0.3, `${widths}`);
  assert(!svg.includes("<b>") && !svg.includes("<more>"));
  assertWellFormed(svg);
});

Deno.test("a picture of nothing measured has bars without a width", () => {
  const bar = { name: "a", own: false, median: 0, low: 0, high: 0 };
  const svg = drawPicture({
    title: "",
    caption: "",
    charts: [{ title: "", groups: [{ name: "", bars: [bar] }] }],
  });

  assertEquals(parse(svg).querySelector("rect")?.getAttribute("width"), "0");
  assertWellFormed(svg);
});

Deno.test("processor time and memory of a process are read behind a name with brackets and spaces", () => {
  const stat = "42 (a (b) c) S 7 42 42 0 -1 4194560 100 0 0 0 5 6 7 8 20 0 9 0 1000 2000000 300 0";

  assertEquals(parseStat(stat), { parent: 7, ticks: 26, pages: 300 });
});

Deno.test("a process that has ended has no figures", () => {
  assertEquals(parseStat(""), undefined);
});

/** Every element is closed by its own name, and every `&` begins a reference (XML 1.0 sections 3.1 and 4.1). */
function assertWellFormed(xml: string): void {
  const open: string[] = [];
  for (const [, closing, name, empty] of xml.matchAll(ELEMENT)) {
    if (closing) {
      assertEquals(open.pop(), name);
    } else if (!empty) {
      open.push(name!);
    }
  }
  assertEquals(open, []);
  const rest = xml.replaceAll(ELEMENT, "");
  assert(!rest.includes("<"), rest);
  assert(!/&(?!#\d+;)/.test(xml));
}
