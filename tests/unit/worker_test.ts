import { assertEquals } from "@std/assert";
import { beforeWorkerEnds, keepWorkerRunning } from "../../functions/_shared/worker.ts";

Deno.test("the runtime is told of work that goes on, where there is one that asks", async () => {
  const told: Promise<unknown>[] = [];
  keepWorkerRunning(Promise.resolve());
  Object.assign(globalThis, { EdgeRuntime: { waitUntil: (work: Promise<unknown>) => told.push(work) } });

  const work = Promise.resolve("done");
  keepWorkerRunning(work);

  Reflect.deleteProperty(globalThis, "EdgeRuntime");
  assertEquals(await Promise.all(told), ["done"]);
});

Deno.test("what is to be done before the end is done in the order last come, first served, whatever fails", async () => {
  const done: string[] = [];
  const told: Promise<unknown>[] = [];
  Object.assign(globalThis, { EdgeRuntime: { waitUntil: (work: Promise<unknown>) => told.push(work) } });
  beforeWorkerEnds(() => Promise.resolve(done.push("database")));
  beforeWorkerEnds(() => Promise.reject(new Error("the collector is out of reach")));
  beforeWorkerEnds(() => Promise.resolve(done.push("telemetry")));

  globalThis.dispatchEvent(new Event("beforeunload"));

  await Promise.all(told);
  Reflect.deleteProperty(globalThis, "EdgeRuntime");
  assertEquals([told.length, done], [1, ["telemetry", "database"]]);
});
