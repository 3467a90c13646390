/**
 * Runs the tests: `deno task test [suite …]`.
 *
 * Picks the import map, installs the older Deno that Supabase's edge runtime
 * corresponds to, runs the suites, two at a time, and prints a summary. The last line
 * counts: `N passed, N failed`.
 *
 * @module
 */

import { pickImportMap } from "./support/run/import_map.ts";
import { findEdgeDeno } from "./support/run/edge_deno.ts";
import { runSuite, type Suite, type SuiteResult } from "./support/run/suite.ts";
import { readNames, readTask } from "./support/run/task.ts";
import { checkTypes } from "./support/run/types.ts";

/** Some of each suite once more, with functions that speak to PostgreSQL without the REST layer. */
const WITHOUT_REST = [
  "tests/flow/round_trips_test.ts",
  "tests/attacks/A19_injection_test.ts",
  "tests/attacks/A20_killed_process_test.ts",
  "tests/attacks/A35_unstorable_texts_test.ts",
  "tests/gateway/vault_refresh_test.ts",
];

/** Suites of minutes, the longest first. */
const LONGEST = ["attacks", "sql", "flow", "standards", "faults"];

const { words } = readTask({
  task: "test",
  summary: "Runs the tests, two suites at a time, and counts them.",
  word: { name: "SUITE …", description: "these suites alone, such as unit or attacks", many: true },
  options: {},
});
const importMap = await pickImportMap();
const edgeDeno = await findEdgeDeno();

const suites: Suite[] = [
  { name: "unit", paths: ["tests/unit"] },
  { name: "endpoints", paths: ["tests/endpoints"] },
  ...(edgeDeno ? [{ name: "edge", paths: ["tests/unit", "tests/endpoints"], deno: edgeDeno }] : []),
  { name: "style", paths: ["tests/style"] },
  { name: "sql", paths: ["tests/sql"] },
  { name: "pgtap", paths: ["tests/pgtap"] },
  { name: "model", paths: ["tests/model"] },
  { name: "flow", paths: ["tests/flow"] },
  { name: "standards", paths: ["tests/standards"] },
  { name: "attacks", paths: ["tests/attacks"] },
  { name: "gateway", paths: ["tests/gateway"] },
  { name: "direct", paths: WITHOUT_REST, env: { GATEPOST_TEST_DOOR: "direct" } },
  { name: "deploy", paths: ["tests/deploy"] },
  { name: "faults", paths: ["tests/faults"] },
  { name: "fuzz", paths: ["tests/fuzz"] },
];

/** Suites that run only when they are named: they take long, or their result depends on how busy the machine is. */
const onDemand: Suite[] = [
  { name: "console", paths: ["tests/console"] },
  { name: "crash", paths: ["tests/crash"] },
  { name: "flood", paths: ["tests/flood"] },
];

const isWhole = words.length === 0;
const all = [...suites, ...onDemand];
const named = readNames(words, all.map(({ name }) => name));
const chosen = isWhole ? suites : all.filter(({ name }) => named.includes(name));
if (isWhole && !(await checkTypes(importMap))) {
  say("\n0 passed, 1 failed: the types are wrong, see above");
  Deno.exit(1);
}
const results = await runInLanes(chosen);

say("");
for (const { name, passed, failed, skipped, seconds } of results) {
  const note = skipped > 0 ? `, ${skipped} skipped` : "";
  say(`${name.padEnd(10)} ${passed} passed, ${failed} failed${note} (${seconds.toFixed(0)} s)`);
}
const total = (field: "passed" | "failed"): number => results.reduce((sum, result) => sum + result[field], 0);
for (const { name, failures } of results) {
  failures.forEach((failure) => say(`FAILED in ${name}: ${failure}`));
}
say(`\n${total("passed")} passed, ${total("failed")} failed`);
Deno.exit(total("failed") === 0 && total("passed") > 0 ? 0 : 1);

/** Runs two suites at a time: each waits as long as it works. The longest begin first. */
async function runInLanes(chosen: Suite[]): Promise<SuiteResult[]> {
  const isAlone = chosen.length === 1;
  const queue = chosen.toSorted((one, other) => rank(one) - rank(other));
  const ended = new Map<Suite, SuiteResult>();
  const lane = async (): Promise<void> => {
    for (let suite = queue.shift(); suite; suite = queue.shift()) {
      ended.set(suite, await runSuite({ ...suite, isAlone, isChecked: isWhole }, importMap));
    }
  };
  await Promise.all([lane(), lane()]);
  return chosen.map((suite) => ended.get(suite)!);
}

function rank({ name }: Suite): number {
  const place = LONGEST.indexOf(name);
  return place === -1 ? LONGEST.length : place;
}

function say(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}
