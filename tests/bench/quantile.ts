/**
 * Quantiles, of which both benchmarks are made.
 *
 * @module
 */

/** The value below which `share` of all values lie. */
export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
