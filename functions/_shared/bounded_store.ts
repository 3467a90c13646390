/**
 * What a worker keeps for a while: bounded in number and in bytes, whoever fills it.
 *
 * A store that is full drops the oldest entry of the owner whose entries take
 * the most bytes. So an organization that fills a store pushes out its own
 * entries, and those of others only down to the share that it has itself.
 * Expired entries leave with the next one that is put, and every two seconds.
 *
 * @module
 */

import { setInterval } from "node:timers";

/** How much a store holds at most. */
export interface StoreLimits {
  maxEntries: number;
  maxBytes: number;
}

/** What is known of an entry beside its value. */
export interface Holding {
  /** On whose account it is: an organization, or whoever published it. */
  owner: string;
  /** About what the value takes, without its key: one for each character. */
  bytes: number;
  /** Milliseconds since the epoch. */
  until: number;
}

/** A store of one kind of value. */
export interface BoundedStore<Value> {
  /** The value, unless it has expired or was dropped. */
  find: (key: string) => Value | undefined;
  put: (key: string, value: Value, holding: Holding) => void;
  /** Notes that a value takes another number of bytes than before. */
  resize: (key: string, bytes: number) => void;
  delete: (key: string) => void;
  /** Bytes of all entries, with what it takes to keep them. */
  countBytes: () => number;
}

/** What an entry takes beside its key and its value. */
const ENTRY_BYTES = 256;

interface Entry<Value> {
  value: Value;
  owner: string;
  bytes: number;
  until: number;
}

/** The entries of one owner, the oldest first. */
interface Share {
  keys: Set<string>;
  bytes: number;
}

const SWEEP_MILLISECONDS = 2000;
/** What drops the expired entries of each store that is still in use. */
const sweeps = new Set<WeakRef<() => void>>();

// Without it, a worker that nobody calls would keep what has expired. It does not keep a process alive.
setInterval(sweepStores, SWEEP_MILLISECONDS).unref();

function sweepStores(): void {
  for (const sweep of sweeps) {
    const dropExpired = sweep.deref();
    if (dropExpired === undefined) {
      sweeps.delete(sweep);
    } else {
      dropExpired();
    }
  }
}

/** Builds a store. */
export function buildBoundedStore<Value>(
  { maxEntries, maxBytes }: StoreLimits,
  now: () => number,
): BoundedStore<Value> {
  const entries = new Map<string, Entry<Value>>();
  const shares = new Map<string, Share>();
  let total = 0;

  function charge(owner: string, bytes: number): Share {
    const share = shares.get(owner) ?? { keys: new Set<string>(), bytes: 0 };
    shares.set(owner, share);
    share.bytes += bytes;
    total += bytes;
    return share;
  }

  function drop(key: string): void {
    const entry = entries.get(key);
    if (entry === undefined) {
      return;
    }
    entries.delete(key);
    const share = charge(entry.owner, -entry.bytes);
    share.keys.delete(key);
    if (share.keys.size === 0) {
      shares.delete(entry.owner);
    }
  }

  /** The entries of a store live for about the same time, so those that expire first stand first. */
  function dropExpired(): void {
    const time = now();
    for (const [key, { until }] of entries) {
      if (until > time) {
        return;
      }
      drop(key);
    }
  }

  function dropBeyondLimits(): void {
    while (entries.size > maxEntries || total > maxBytes) {
      let largest: Share | undefined;
      for (const share of shares.values()) {
        largest = largest === undefined || share.bytes > largest.bytes ? share : largest;
      }
      drop(largest!.keys.values().next().value!);
    }
  }

  sweeps.add(new WeakRef(dropExpired));
  return {
    find: (key) => {
      const entry = entries.get(key);
      return entry !== undefined && entry.until > now() ? entry.value : undefined;
    },
    put: (key, value, { owner, bytes, until }) => {
      drop(key);
      dropExpired();
      const size = bytes + key.length + ENTRY_BYTES;
      entries.set(key, { value, owner, bytes: size, until });
      charge(owner, size).keys.add(key);
      dropBeyondLimits();
    },
    resize: (key, bytes) => {
      const entry = entries.get(key);
      if (entry !== undefined) {
        const size = bytes + key.length + ENTRY_BYTES;
        charge(entry.owner, size - entry.bytes);
        entry.bytes = size;
        dropBeyondLimits();
      }
    },
    delete: drop,
    countBytes: () => total,
  };
}
