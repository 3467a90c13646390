/**
 * Work that goes on behind an answer.
 *
 * @module
 */

/** Keeps the worker alive until a promise is settled. */
export type KeepRunning = (work: Promise<unknown>) => void;

/** Supabase's runtime ends a worker that has answered, unless it is told of work that goes on. */
export const keepWorkerRunning: KeepRunning = (work) => {
  const { EdgeRuntime } = globalThis as { EdgeRuntime?: { waitUntil?: KeepRunning } };
  EdgeRuntime?.waitUntil?.(work);
};
