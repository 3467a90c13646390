/**
 * What one turn of a measurement gives, and what is made of it.
 *
 * @module
 */

/** One transaction: who ran it, how long it took and when it ended. */
export interface Sample {
  client: number;
  milliseconds: number;
  endedAt: number;
}

/** A statement with `:n`, and how often to run it. */
export interface Turn {
  url: string;
  statement: string;
  numbers: Numbers;
  transactions: number;
  clients: number;
}

/** Numbers for a statement: at random up to `last`, or each once from `first` on. */
export type Numbers = { kind: "random"; last: number } | { kind: "each"; first: number };

/** What a turn gave. */
export interface Speed {
  transactionsPerSecond: number;
  milliseconds: number[];
}

/** A new connection plans and loads its catalog; those of the platform's pool have done so long ago. */
const WARM_UP = 20;

/** The speed of a turn: what its clients did together, each after its first few transactions. */
export function toSpeed(samples: Sample[], clients: number): Speed {
  const speed: Speed = { transactionsPerSecond: 0, milliseconds: [] };
  for (let client = 0; client < clients; client++) {
    const own = samples.filter((sample) => sample.client === client)
      .toSorted((one, other) => one.endedAt - other.endedAt);
    const measured = own.slice(WARM_UP);
    const seconds = ((own.at(-1)?.endedAt ?? 0) - (own[WARM_UP - 1]?.endedAt ?? 0)) / 1_000;
    speed.transactionsPerSecond += measured.length / seconds;
    speed.milliseconds.push(...measured.map(({ milliseconds }) => milliseconds));
  }
  return speed;
}
