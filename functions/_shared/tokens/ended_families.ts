/**
 * The token families whose end this worker has seen. It refuses them at once.
 *
 * The caches of a worker keep their entries for half a minute. A family that
 * another worker has ended is refused when that time is over.
 *
 * @module
 */

const MAX_ENTRIES = 10_000;

const ended = new Set<string>();

/** Notes that a family has ended. */
export function noteEndedFamily(familyId: string): void {
  if (ended.size >= MAX_ENTRIES) {
    ended.clear();
  }
  ended.add(familyId);
}

/** Whether this worker has seen a family end. */
export function isEndedHere(familyId: string): boolean {
  return ended.has(familyId);
}
