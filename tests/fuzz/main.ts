/**
 * `deno task fuzz [requests] [seed]`: aims nonsense at a stack of its own, 100,000 requests unless told otherwise.
 *
 * @module
 */

import { useStack } from "../support/stack/stack.ts";
import { fuzz } from "./support/fuzz.ts";

const [requests = "100000", seed = String(Date.now() % 2 ** 32)] = Deno.args;
const stack = await useStack();
say(`Seed ${seed}: the same seed makes the same requests`);
const report = await fuzz(stack, Number(requests), Number(seed), (sent) => {
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
