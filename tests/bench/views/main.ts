// deno-lint-ignore-file no-console
/**
 * `deno task bench:views [people] [events] [word …]`: how long a page of each view takes in a large organization.
 *
 * One organization of a thousand has 100,000 people and 1,000,000 logins in a
 * year; a member of it asks for a page as a dashboard does: newest first, fifty
 * lines, with and without a filter. Words pick questions; `--plans` prints how
 * PostgreSQL answered.
 *
 * @module
 */

import postgres from "postgres";
import { openDatabase } from "../../support/database/database.ts";
import { filled, fillOrganizations, fillUsers, prepareFilling, settle } from "../../support/database/fill.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import { readTask } from "../../support/run/task.ts";
import { quantile } from "../quantile.ts";
import { fillLogins } from "./fill_logins.ts";
import { questions } from "./questions.ts";

const ROUNDS = 5;

const { words, values } = readTask({
  task: "bench:views",
  summary: "Measures a page of each view, as a member of a large organization reads it.",
  word: { name: "PEOPLE EVENTS WORD …", description: "two numbers, and words of questions", many: true },
  options: { plans: { description: "prints the plans" } },
});
const [people = 100_000, events = 1_000_000] = words.filter((word) => /^\d+$/.test(word)).map(Number);
const asked = words.filter((word) => !/^\d+$/.test(word));

const database = await openDatabase();
const admin = postgres(database.adminUrl, { max: 1, onnotice: () => undefined });
await prepareFilling(admin);
await fillOrganizations(admin, 999);
await fillUsers(admin, 1, people);
await fillLogins(admin, people, events);
await settle(admin);
const { sql } = await makePlatformUser(database, filled.organizationId);

console.log(
  `${people.toLocaleString("en")} people, ${
    events.toLocaleString("en")
  } logins in one of 1,000 organizations`,
);
for (const { name, view, where = "true", order } of questions) {
  if (asked.length > 0 && !asked.some((word) => name.includes(word))) {
    continue;
  }
  const question =
    `select * from public.${view} where organization_id = '${filled.organizationId}' and ${where}` +
    ` order by ${order} limit 50`;
  const milliseconds: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const started = performance.now();
    await sql.unsafe(question);
    milliseconds.push(performance.now() - started);
  }
  console.log(`${quantile(milliseconds.slice(1), 0.5).toFixed(1).padStart(10)} ms  ${name}`);
  if (values.plans) {
    const plan = await sql.unsafe(`explain (analyze, buffers) ${question}`);
    console.log(plan.map((line) => line["QUERY PLAN"]).join("\n"));
  }
}
await admin.end();
await database.close();
