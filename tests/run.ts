/**
 * Runs the tests: `deno task test [suite …]`.
 *
 * Picks the import map, installs the older Deno that Supabase's edge runtime
 * corresponds to, runs suite after suite and prints a summary. The last line
 * counts: `N passed, N failed`.
 *
 * @module
 */

import { pickImportMap } from "./support/run/import_map.ts";
import { findEdgeDeno } from "./support/run/edge_deno.ts";
import { runSuite, type Suite, type SuiteResult } from "./support/run/suite.ts";
import { readNames, readTask } from "./support/run/task.ts";

/** Some of each suite once more, with functions that speak to PostgreSQL without the REST layer. */
const WITHOUT_REST = [
  "tests/flow/round_trips_test.ts",
  "tests/attacks/A19_injection_test.ts",
  "tests/attacks/A20_killed_process_test.ts",
  "tests/attacks/A35_unstorable_texts_test.ts",
  "tests/gateway/vault_refresh_test.ts",
];

const { words } = readTask({
  task: "test",
  summary: "Runs the tests, suite after suite, and counts them.",
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

const results: SuiteResult[] = [];
const all = [...suites, ...onDemand];
const named = readNames(words, all.map(({ name }) => name));
const chosen = words.length === 0 ? suites : all.filter(({ name }) => named.includes(name));
// The faults wait more than they work. Their time passes while others run.
const beside = chosen.length > 1 ? chosen.find(({ name }) => name === "faults") : undefined;
const besideResult = beside && runSuite({ ...beside, isBeside: true }, importMap);
for (const suite of chosen) {
  results.push(suite === beside ? await besideResult! : await runSuite(suite, importMap));
}

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

function say(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}
