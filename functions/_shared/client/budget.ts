/**
 * How often something may be done for one key: so many times at once, then so many a second.
 *
 * A worker keeps it for itself: it limits the requests of one worker to a foreign host, not those of all workers.
 * A key that was forgotten because there are too many has its whole budget again.
 *
 * @module
 */

import { buildBoundedStore } from "../bounded_store.ts";
import { readSite } from "./published_url.ts";

/** Takes one from the budget of a URL or a host; false if nothing is left. */
export type TakeFromBudget = (key: string, host: string) => boolean;

const LIMITS = { maxEntries: 1000, maxBytes: 500_000 };

/** Builds a budget. */
export function buildBudget(burst: number, perSecond: number, now: () => number): TakeFromBudget {
  const budgets = buildBoundedStore<{ left: number; at: number }>(LIMITS, now);
  /** After that time a budget is whole again. */
  const fullAfter = (burst / perSecond) * 1000;
  return (key, host) => {
    const time = now();
    const { left, at } = budgets.find(key) ?? { left: burst, at: time };
    const available = Math.min(burst, left + ((time - at) / 1000) * perSecond);
    const taken = available >= 1 ? 1 : 0;
    const budget = { left: available - taken, at: time };
    budgets.put(key, budget, { owner: readSite(host), bytes: 0, until: time + fullAfter });
    return taken === 1;
  };
}
