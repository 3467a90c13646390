import { assertEquals } from "@std/assert";
import { buildOutbox, type Delivery, type Outbox } from "../../functions/_shared/telemetry/outbox.ts";

interface Scene {
  outbox: Outbox<number>;
  /** Batches as the collector was handed them. */
  batches: number[][];
  /** How often the counters were sent. */
  counters: () => number;
  losses: number[];
  running: Promise<unknown>[];
  clock: { now: number };
}

/** An outbox before a collector that answers so, batch by batch, and then takes everything. */
function setScene(
  answers: (Delivery | Promise<Delivery>)[] = [],
  counterAnswers: (Delivery | Promise<Delivery>)[] = [],
): Scene {
  const [batches, losses, running]: [number[][], number[], Promise<unknown>[]] = [[], [], []];
  const clock = { now: 0 };
  let counters = 0;
  const outbox = buildOutbox<number>({
    sendBatch: (batch) => {
      batches.push(batch);
      return Promise.resolve(answers.shift() ?? "delivered");
    },
    sendCounters: () => {
      counters++;
      return Promise.resolve(counterAnswers.shift() ?? "delivered");
    },
    keepRunning: (work) => running.push(work),
    logLoss: (dropped) => losses.push(dropped),
    now: () => clock.now,
  });
  return { outbox, batches, losses, running, clock, counters: () => counters };
}

const range = (length: number, from = 0): number[] => Array.from({ length }, (_, index) => from + index);

Deno.test("what is added leaves in one batch, and the worker is kept alive until then", async () => {
  const { outbox, batches, running, counters } = setScene();

  range(3).forEach(outbox.add);
  assertEquals([batches.length, running.length], [0, 1]);
  await outbox.flush();

  assertEquals([batches, counters()], [[[0, 1, 2]], 0]);
  await Promise.all(running);
});

Deno.test("what is added leaves by itself", async () => {
  const { outbox, batches, running } = setScene();

  outbox.add(1);
  await Promise.all(running);

  assertEquals(batches, [[1]]);
});

Deno.test("an outbox without anything to say says nothing", async () => {
  const { outbox, batches, running, counters } = setScene();

  await outbox.flush();

  assertEquals([batches, running, counters()], [[], [], 0]);
});

Deno.test("more than a batch leaves in several", async () => {
  const { outbox, batches } = setScene();

  range(1300).forEach(outbox.add);
  await outbox.flush();

  assertEquals(batches.map(({ length }) => length), [512, 512, 276]);
  assertEquals(batches.flat(), range(1300));
});

Deno.test("the queue is bounded while the collector does not answer, and what has no room is counted", async () => {
  const hanging = Promise.withResolvers<Delivery>();
  const { outbox, batches, losses, clock } = setScene([hanging.promise]);

  range(512).forEach(outbox.add);
  const flushed = outbox.flush();
  // The first batch is on its way, and the collector holds it.
  while (batches.length === 0) {
    await Promise.resolve();
  }
  range(2048 + 10, 512).forEach(outbox.add);
  clock.now = 60_000;
  hanging.resolve("delivered");
  await flushed;
  await outbox.flush();

  assertEquals(batches.flat(), range(512 + 2048));
  assertEquals(losses, [1, 9]);
});

Deno.test("what the collector cannot take now goes once more with the next batch, and is then dropped", async () => {
  const { outbox, batches, losses } = setScene(["later", "later", "delivered"]);

  outbox.add(1);
  await outbox.flush();
  outbox.add(2);
  await outbox.flush();
  outbox.add(3);
  await outbox.flush();

  assertEquals([batches, losses], [[[1], [1, 2], [2, 3]], [1]]);
});

Deno.test("a collector in trouble is not asked again until there is something new", async () => {
  const { outbox, batches, running } = setScene(["later"]);

  outbox.add(1);
  await outbox.flush();
  await Promise.all(running);

  assertEquals([batches.length, running.length], [1, 1]);
});

Deno.test("what the collector refuses is dropped at once", async () => {
  const { outbox, batches, losses } = setScene(["refused"]);

  range(3).forEach(outbox.add);
  await outbox.flush();
  outbox.add(3);
  await outbox.flush();

  assertEquals([batches, losses], [[[0, 1, 2], [3]], [3]]);
});

Deno.test("losses are said once a minute, with all of the minute", async () => {
  const { outbox, losses, clock } = setScene(["refused", "refused", "refused", "refused"]);
  const lose = async (at: number): Promise<void> => {
    clock.now = at;
    outbox.add(at);
    await outbox.flush();
  };

  await lose(0);
  await lose(30_000);
  await lose(59_999);
  await lose(60_000);

  assertEquals(losses, [1, 3]);
});

Deno.test("what is added while a batch is on its way leaves behind it, without another request", async () => {
  const slow = Promise.withResolvers<Delivery>();
  const { outbox, batches, running, counters } = setScene([], [slow.promise]);

  outbox.add(1);
  outbox.noteCount();
  const flushed = outbox.flush();
  while (counters() === 0) {
    await Promise.resolve();
  }
  outbox.add(2);
  slow.resolve("delivered");
  await flushed;
  await Promise.all(running);

  assertEquals([batches, running.length], [[[1], [2]], 2]);
});

Deno.test("counters are sent when they have changed, and again where they did not arrive", async () => {
  const { outbox, batches, counters } = setScene([], ["later", "delivered"]);

  outbox.noteCount();
  await outbox.flush();
  await outbox.flush();
  await outbox.flush();

  assertEquals([batches, counters()], [[], 2]);
});
