import { assertEquals } from "@std/assert";
import { buildTimeLimits, TIMED_OUT } from "../../functions/mcp/forward/time_limits.ts";

/** What was aborted, and why, as often as it was. */
function watch(name: string, aborted: unknown[]): { controller: AbortController; over: Promise<void> } {
  const controller = new AbortController();
  const { promise: over, resolve } = Promise.withResolvers<void>();
  controller.signal.addEventListener("abort", () => {
    aborted.push([name, controller.signal.reason]);
    resolve();
  });
  return { controller, over };
}

Deno.test("every limit ends, in the order in which they began", async () => {
  const aborted: unknown[] = [];
  const limits = buildTimeLimits(20);
  const [first, second, third] = ["first", "second", "third"].map((name) => watch(name, aborted));

  limits.begin(first!.controller);
  limits.begin(second!.controller);
  await first!.over;
  limits.begin(third!.controller);
  await Promise.all([second!.over, third!.over]);

  assertEquals(aborted, ["first", "second", "third"].map((name) => [name, TIMED_OUT]));
});

Deno.test("a limit that began later has its whole time", async () => {
  const limits = buildTimeLimits(20);
  const [first, second] = ["first", "second"].map((name) => watch(name, []));
  const begun = performance.now();

  limits.begin(first!.controller);
  while (performance.now() < begun + 10) {
    // Time has to pass, and nothing may run meanwhile.
  }
  const later = performance.now();
  limits.begin(second!.controller);
  await second!.over;

  assertEquals(performance.now() - later >= 20, true);
});

Deno.test("a limit that was lifted aborts nothing, and the others stay", async () => {
  const aborted: unknown[] = [];
  const limits = buildTimeLimits(20);
  const [lifted, kept] = ["lifted", "kept"].map((name) => watch(name, aborted));

  limits.begin(lifted!.controller);
  limits.begin(kept!.controller);
  limits.lift(lifted!.controller);
  await kept!.over;

  assertEquals(aborted, [["kept", TIMED_OUT]]);
});

Deno.test({
  name: "no timer is left when the last limit is lifted",
  sanitizeOps: true,
  sanitizeResources: true,
  fn(): void {
    const limits = buildTimeLimits(60_000);
    const controllers = [new AbortController(), new AbortController()];

    controllers.forEach((controller) => limits.begin(controller));
    controllers.forEach((controller) => limits.lift(controller));

    assertEquals(controllers.map(({ signal }) => signal.aborted), [false, false]);
  },
});
