/**
 * Choices that a seed repeats: the same seed makes the same requests.
 *
 * @module
 */

/** A source of choices. */
export interface Random {
  /** A whole number from 0 up to, and without, the bound. */
  below: (bound: number) => number;
  pick: <Value>(values: readonly Value[]) => Value;
  /** Whether something happens that happens once in so many times. */
  once: (inTimes: number) => boolean;
  /** Text of arbitrary code units, halves of surrogate pairs among them. */
  text: (maxLength: number) => string;
}

/** Builds the choices of a seed (Mulberry32). */
export function buildRandom(seed: number): Random {
  let state = seed >>> 0;
  const below = (bound: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
  return {
    below,
    pick: (values) => values[below(values.length)]!,
    once: (inTimes) => below(inTimes) === 0,
    text: (maxLength) =>
      Array.from({ length: below(maxLength + 1) }, () => String.fromCharCode(below(below(2) ? 128 : 65_536)))
        .join(""),
  };
}
