/**
 * Token families that this worker has seen end, so that it refuses them at once.
 *
 * What is kept elsewhere in the worker may be half a minute old; a family that
 * another worker ended is refused when that time is over.
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
