/**
 * Keeps results for a time. Callers that ask at the same moment share one look-up.
 *
 * How much is kept, and whose results leave when there is no room, is decided in `bounded_store.ts`.
 *
 * @module
 */

import { buildBoundedStore, type StoreLimits } from "./bounded_store.ts";

/** A cache of one kind of result. */
export interface ExpiringCache<Result> {
  /** Returns the kept result, or the result of `find`. A failure is not kept. */
  get: (key: string, owner: Owner<Result>, find: () => Promise<Result>) => Promise<Result>;
  /** Notes that a kept result was changed and may take more bytes than before. */
  measure: (key: string) => void;
  delete: (key: string) => void;
}

/** On whose account a result is kept: known before, or said by the result. */
export type Owner<Result> = string | ((result: Result) => string);

/** What a cache keeps, and for how long. */
export interface CacheOptions<Result> extends StoreLimits {
  milliseconds: number;
  /** About how many bytes a result takes: one for each character. */
  sizeOf: (result: Result) => number;
}

/** Builds a cache. */
export function buildExpiringCache<Result>(
  { milliseconds, sizeOf, ...limits }: CacheOptions<Result>,
  now: () => number,
): ExpiringCache<Result> {
  const kept = buildBoundedStore<{ promise: Promise<Result>; result: Result }>(limits, now);
  const flights = new Map<string, Promise<Result>>();

  function begin(key: string, owner: Owner<Result>, find: () => Promise<Result>): Promise<Result> {
    const until = now() + milliseconds;
    const promise = find();
    flights.set(key, promise);
    promise.then((result) => {
      if (flights.get(key) === promise) {
        flights.delete(key);
        kept.put(key, { promise, result }, {
          owner: typeof owner === "string" ? owner : owner(result),
          bytes: sizeOf(result),
          until,
        });
      }
    }, () => {
      if (flights.get(key) === promise) {
        flights.delete(key);
      }
    });
    return promise;
  }

  return {
    get: (key, owner, find) => kept.find(key)?.promise ?? flights.get(key) ?? begin(key, owner, find),
    measure: (key) => {
      const entry = kept.find(key);
      if (entry !== undefined) {
        kept.resize(key, sizeOf(entry.result));
      }
    },
    delete: (key) => {
      flights.delete(key);
      kept.delete(key);
    },
  };
}

/** About how many bytes a value takes that is JSON. */
export function sizeOfJson(value: unknown): number {
  return JSON.stringify(value)?.length ?? 0;
}
