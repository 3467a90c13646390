/**
 * The token families whose end this worker has seen. It refuses them at once.
 *
 * The caches of a worker keep their entries for half a minute. A family that
 * another worker has ended is refused when that time is over, and for the same
 * reason an end is remembered for a minute only.
 *
 * @module
 */

import { buildBoundedStore } from "../bounded_store.ts";

const MEMORY_MILLISECONDS = 60_000;
const LIMITS = { maxEntries: 10_000, maxBytes: 4_000_000 };

const now = (): number => performance.now();
const ended = buildBoundedStore<true>(LIMITS, now);

/** Notes that a family has ended. */
export function noteEndedFamily(familyId: string): void {
  ended.put(familyId, true, { owner: "", bytes: 0, until: now() + MEMORY_MILLISECONDS });
}

/** Whether this worker has seen a family end. */
export function isEndedHere(familyId: string): boolean {
  return ended.find(familyId) !== undefined;
}
