/**
 * `deno task mutants [word …]`: takes the defences out one by one, and sees whether a test notices.
 *
 * Works on two copies of the tree, side by side. First all tests that are named
 * must pass on a copy as it is; then each mutant of `list.ts` whose defence or
 * file holds one of the words is applied, its tests run without a type check
 * (the compiler is no test) until the first fails, and it is taken back. A
 * mutant survives where no test fails, and where its tests cannot run at all:
 * both fail the task.
 *
 * @module
 */

import { pickImportMap } from "../support/run/import_map.ts";
import { readTask } from "../support/run/task.ts";
import { type Mutant, MUTANTS } from "./list.ts";
import { buildTree, type Tree } from "./tree.ts";

const { words } = readTask({
  task: "mutants",
  summary: "Takes the defences out one by one, in a copy, and fails where no test notices.",
  word: { name: "WORD …", description: "those alone whose name or file holds one of the words", many: true },
  options: {},
});
const importMap = await pickImportMap();
const mutants = MUTANTS.filter(({ defence, file }) =>
  words.length === 0 || words.some((word) => defence.includes(word) || file.includes(word))
);
await using first = await buildTree(importMap);
await using second = await buildTree(importMap);

const named = [...new Set(mutants.flatMap(({ tests }) => tests))];
say(`${mutants.length} mutants; first their ${named.length} test files as they are`);
const healthy = await first.runTests(named);
if (healthy.failed > 0 || healthy.passed === 0) {
  say(`Cannot judge mutants: ${healthy.failed} tests fail without any, ${healthy.passed} pass`);
  Deno.exit(1);
}

let survivors = 0;
const queue = [...mutants];
await Promise.all([first, second].map(async (tree) => {
  for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
    const verdict = await judge(mutant, tree);
    survivors += verdict === "noticed" ? 0 : 1;
    say(`${verdict.padEnd(10)} ${mutant.defence} (${mutant.file})`);
  }
}));
say(`\n${mutants.length - survivors} passed, ${survivors} failed`);
Deno.exit(survivors === 0 && mutants.length > 0 ? 0 : 1);

/** Whether a test notices that a defence is gone. */
async function judge(mutant: Mutant, tree: Tree): Promise<"noticed" | "SURVIVES" | "BROKEN"> {
  const restore = await tree.apply(mutant).catch((error: Error) => {
    say(error.message);
    return undefined;
  });
  if (restore === undefined) {
    return "BROKEN";
  }
  try {
    const { passed, failed } = await tree.runTests(mutant.tests, ["--fail-fast"]);
    if (passed + failed === 0) {
      return "BROKEN";
    }
    return failed > 0 ? "noticed" : "SURVIVES";
  } finally {
    await restore();
  }
}

function say(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}
