/**
 * Runs a function worker whose clock is wrong: `shifted_worker.ts <milliseconds> <stack as JSON>`.
 *
 * A process of its own, because a wrong clock is wrong for all that runs in it. It prints its public URL.
 *
 * @module
 */

import type { TestStack } from "../../support/stack/stack.ts";

const [milliseconds = "0", stack = "{}"] = Deno.args;
const RightDate = Date;
const now = (): number => RightDate.now() + Number(milliseconds);

globalThis.Date = new Proxy(RightDate, {
  construct: (_target, args) => args.length === 0 ? new RightDate(now()) : Reflect.construct(RightDate, args),
  get: (target, name) => name === "now" ? now : Reflect.get(target, name),
});

const { startWorker } = await import("../../support/stack/worker.ts");
const worker = await startWorker(JSON.parse(stack) as TestStack);
// deno-lint-ignore no-console
console.log(worker.publicUrl);
