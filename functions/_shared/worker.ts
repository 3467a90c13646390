/**
 * The worker that this code runs in: what keeps it alive, and what is done before it ends.
 *
 * Supabase's runtime ends a worker that has answered, unless it is told of work
 * that goes on, and announces the end by `beforeunload`. A worker that is killed
 * announces nothing.
 *
 * @module
 */

let lastSteps: (() => Promise<unknown>)[] = [];

/** Keeps the worker alive until a promise is settled. */
export function keepWorkerRunning(work: Promise<unknown>): void {
  const { EdgeRuntime } = globalThis as { EdgeRuntime?: { waitUntil?: (work: Promise<unknown>) => void } };
  EdgeRuntime?.waitUntil?.(work);
}

/** Has a step done before the worker ends. The last to ask comes first, because it may need those before it. */
export function beforeWorkerEnds(step: () => Promise<unknown>): void {
  if (lastSteps.length === 0) {
    globalThis.addEventListener("beforeunload", () => keepWorkerRunning(takeLastSteps()));
  }
  lastSteps = [step, ...lastSteps];
}

async function takeLastSteps(): Promise<void> {
  const steps = lastSteps;
  lastSteps = [];
  for (const step of steps) {
    await step().catch(() => undefined);
  }
}
