/**
 * Keeps results for a time. Callers that ask at the same moment share one look-up.
 *
 * @module
 */

/** A cache of one kind of result. */
export interface ExpiringCache<Result> {
  /** Returns the kept result, or the result of `find`. A failure is not kept. */
  get: (key: string, find: () => Promise<Result>) => Promise<Result>;
  delete: (key: string) => void;
}

/** Builds a cache whose entries live for `milliseconds`, at most `maxEntries` of them. */
export function buildExpiringCache<Result>(
  milliseconds: number,
  maxEntries: number,
  now: () => number,
): ExpiringCache<Result> {
  const entries = new Map<string, { result: Promise<Result>; until: number }>();
  return {
    get: (key, find) => {
      const known = entries.get(key);
      if (known && known.until > now()) {
        return known.result;
      }
      if (entries.size >= maxEntries) {
        entries.clear();
      }
      const entry = { result: find(), until: now() + milliseconds };
      entries.set(key, entry);
      entry.result.catch(() => {
        if (entries.get(key) === entry) {
          entries.delete(key);
        }
      });
      return entry.result;
    },
    delete: (key) => {
      entries.delete(key);
    },
  };
}
