/**
 * Results that are kept for a time, and looked up once for all who ask meanwhile.
 *
 * @module
 */

/** A cache of one kind of result. */
export interface ExpiringCache<Result> {
  /** The kept result, or what `find` finds; a failure is not kept. */
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
