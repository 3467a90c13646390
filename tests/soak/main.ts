/**
 * `deno task soak [minutes] [people]`: a mixed load on a stack of its own with two workers, and what it leaves behind.
 *
 * Each person refreshes, calls, asks and now and then logs in anew; strangers
 * register and present nonsense beside them. Reported are throughput and
 * percentiles by step, errors by what they say, and memory and rows each
 * minute. The soak fails on any unexpected answer, hence on any lost login.
 *
 * @module
 */

import { useStack } from "../support/stack/stack.ts";
import { setScene } from "../support/stack/scene.ts";
import { readNumbers, readTask } from "../support/run/task.ts";
import { quantile } from "../bench/quantile.ts";
import { measure } from "./measure.ts";
import { admitPerson, makeAsker, presentNonsense, registerStranger, type Step } from "./people.ts";

const { words } = readTask({
  task: "soak",
  summary: "Puts a mixed load on a stack of its own with two workers, and reports what it leaves behind.",
  word: { name: "MINUTES PEOPLE", description: "30 minutes and 24 people", many: true },
  options: {},
});
const [minutes = 0, people = 0] = readNumbers(words, { MINUTES: 30, PEOPLE: 24 });
const stack = await useStack();
const names = Array.from({ length: people }, (_, index) => `person-${index}`);
const scene = await setScene(stack, {
  program: { people: Object.fromEntries(names.map((sub) => [sub, { sub, email: `${sub}@example.com` }])) },
});
const asker = await makeAsker(scene);
const errors: Record<string, number> = {};
const times: Record<string, number[]> = {};
const end = Date.now() + minutes * 60_000;

say(`${people} people for ${minutes} minutes`);
const minutely = reportEachMinute();
await Promise.all([...names.map(use), intrude()]);
await minutely;
await scene[Symbol.asyncDispose]();

say("\nstep          done    a second   p50 ms   p95 ms   p99 ms");
for (const [step, durations] of Object.entries(times)) {
  const cells = [0.5, 0.95, 0.99].map((share) => quantile(durations, share).toFixed(1).padStart(8));
  const rate = (durations.length / (minutes * 60)).toFixed(1);
  say(`${step.padEnd(12)} ${String(durations.length).padStart(6)} ${rate.padStart(10)} ${cells.join(" ")}`);
}
await stack.sql.end();
const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
Object.entries(errors).forEach(([error, count]) => say(`${count} times: ${error}`));
const passed = Object.values(times).reduce((sum, { length }) => sum + length, 0);
say(`\n${passed} passed, ${failed} failed`);
Deno.exit(failed === 0 && passed > 0 ? 0 : 1);

/** What one person does until the end. */
async function use(name: string, index: number): Promise<void> {
  const person = await admitPerson(scene, name, asker);
  for (let turn = index; Date.now() < end; turn++) {
    await timed("call", person.call);
    await timed("refresh", person.refresh);
    await timed("introspect", person.introspect);
    await timed("userinfo", person.userinfo);
    if (turn % 20 === 0) {
      await timed("login", person.logInAgain);
    }
  }
}

/** What strangers do beside them. */
async function intrude(): Promise<void> {
  while (Date.now() < end) {
    await timed("registration", () => registerStranger(scene));
    await timed("nonsense", () => presentNonsense(scene));
  }
}

async function timed(name: string, step: Step): Promise<void> {
  const started = performance.now();
  try {
    await step();
    (times[name] ??= []).push(performance.now() - started);
  } catch (error) {
    const line = `${name}: ${error instanceof Error ? error.message : String(error)}`.slice(0, 300);
    errors[line] = (errors[line] ?? 0) + 1;
  }
}

async function reportEachMinute(): Promise<void> {
  for (let minute = 0; minute <= minutes; minute++) {
    const { workerBytes, rows } = await measure(stack);
    const counts = Object.entries(rows).map(([table, count]) => `${table} ${count}`).join(", ");
    say(`minute ${minute}: worker ${(workerBytes / 2 ** 20).toFixed(0)} MB; ${counts}`);
    const rest = Math.min(60_000, end - Date.now());
    if (rest > 0) {
      await new Promise((resolve) => setTimeout(resolve, rest));
    }
  }
}

function say(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}
