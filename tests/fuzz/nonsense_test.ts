import { assert, assertEquals } from "@std/assert";
import { useStack } from "../support/stack/stack.ts";
import { fuzz } from "./support/fuzz.ts";

const stack = await useStack();
const REQUESTS = 5_000;
const SEED = 20_261_125;

Deno.test(`${REQUESTS} requests of nonsense get no 5xx, no late answer and no secret`, async () => {
  const report = await fuzz(stack, REQUESTS, SEED);

  assertEquals(report.failures, []);
  assertEquals(report.requests, REQUESTS);
  // Nonsense that is all refused at the door tests nothing behind it.
  for (const status of ["200", "400", "401", "404", "405"]) {
    assert(
      (report.statuses[status] ?? 0) > 20,
      `too few answers ${status}: ${JSON.stringify(report.statuses)}`,
    );
  }
});
