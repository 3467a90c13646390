import { assertEquals } from "@std/assert";
import { buildCleanUp } from "../../functions/_shared/database/clean_up.ts";
import { fakeDatabase } from "../support/database/fake_database.ts";

Deno.test("one request in 25 cleans up, and nobody waits for it", async () => {
  const database = fakeDatabase({ purge_expired: (() => 0) as never });
  const running: Promise<unknown>[] = [];
  let draw = 0;
  const cleanUp = buildCleanUp({
    database,
    random: () => draw++ / 100,
    keepRunning: (work) => running.push(work),
  });

  for (let request = 0; request < 100; request++) {
    cleanUp();
  }

  await Promise.all(running);
  assertEquals(database.calls, Array(4).fill({ name: "purge_expired", args: { p_limit: 250 } }));
  assertEquals(running.length, 4);
});

Deno.test("a clean-up that fails is left to the next one", async () => {
  const running: Promise<unknown>[] = [];
  const cleanUp = buildCleanUp({
    database: fakeDatabase({ purge_expired: new Error("the database is out of reach") }),
    random: () => 0,
    keepRunning: (work) => running.push(work),
  });

  cleanUp();

  assertEquals(await Promise.all(running), [undefined]);
});
