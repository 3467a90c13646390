/**
 * `deno task fuzz [requests] [seed]`: aims nonsense at a stack of its own, 100,000 requests unless told otherwise.
 *
 * @module
 */

import { useStack } from "../support/stack/stack.ts";
import { fuzz } from "./support/fuzz.ts";
import { readNumbers, readTask } from "../support/run/task.ts";

const { words } = readTask({
  task: "fuzz",
  summary: "Aims nonsense at a stack of its own: no answer may be a 5xx, late, or echo a secret.",
  word: { name: "REQUESTS SEED", description: "100000 requests of a new seed", many: true },
  options: {},
});
const [requests = 0, seed = 0] = readNumbers(words, { REQUESTS: 100_000, SEED: Date.now() % 2 ** 32 });
const stack = await useStack();
say(`Seed ${seed}: the same seed makes the same requests`);
const report = await fuzz(stack, requests, seed, (sent) => {
  if (sent % 5_000 === 0) {
    say(`${sent} requests sent`);
  }
});
await stack.sql.end();
say(`Answers by status: ${JSON.stringify(report.statuses)}`);
report.failures.forEach(say);
say(`\n${report.requests - report.failures.length} passed, ${report.failures.length} failed`);
Deno.exit(report.failures.length === 0 ? 0 : 1);

function say(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}
