/**
 * How often something may be done for one key: so many times at once, then so many a second.
 *
 * A worker keeps it for itself: it limits the requests of one worker to a foreign host, not those of all workers.
 *
 * @module
 */

/** Takes one from the budget of a key; false if nothing is left. */
export type TakeFromBudget = (key: string) => boolean;

const MAX_KEYS = 1000;

/** Builds a budget. */
export function buildBudget(burst: number, perSecond: number, now: () => number): TakeFromBudget {
  const budgets = new Map<string, { left: number; at: number }>();
  return (key) => {
    const time = now();
    const { left, at } = budgets.get(key) ?? { left: burst, at: time };
    const available = Math.min(burst, left + ((time - at) / 1000) * perSecond);
    const taken = available >= 1 ? 1 : 0;
    budgets.delete(key);
    // The key that was used longest ago has most of its budget back.
    if (budgets.size >= MAX_KEYS) {
      budgets.delete(budgets.keys().next().value!);
    }
    budgets.set(key, { left: available - taken, at: time });
    return taken === 1;
  };
}
