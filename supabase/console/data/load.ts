/**
 * Reading for a page: loading, failed or there, again when asked, and again by itself where it helps.
 *
 * @module
 */

import { useEffect, useRef, useState } from "preact/hooks";
import { Trouble } from "./trouble.ts";

/** How far a reading is. What was read stays while it is read again. */
export interface Load<Value> {
  /** Undefined until it is there. */
  value: Value | undefined;
  /** Why the last reading came to nothing. */
  error: Error | undefined;
  /** Whether it is being read now. */
  isLoading: boolean;
  /** Reads again; resolves when the new value is there. */
  reload: () => Promise<void>;
}

/** How often it is read again. */
export interface LoadOptions {
  /** Seconds between readings while the page can be seen; without it only when asked. */
  everySeconds?: number;
}

/** What cannot be reached is tried again by itself. */
const RETRY_MILLISECONDS = 4_000;

/**
 * Reads when the page appears and whenever `key` changes.
 *
 * `key` says everything that the reading depends on, such as
 * `` `members ${organizationId}` ``. Under another key nothing of before is shown.
 */
export function useLoad<Value>(
  key: string,
  read: () => Promise<Value>,
  { everySeconds }: LoadOptions = {},
): Load<Value> {
  const [state, setState] = useState<Omit<Load<Value>, "reload"> & { key: string }>(start(key));
  const current = useRef({ key, turn: 0, read });
  current.current.read = read;

  async function load(): Promise<void> {
    const turn = ++current.current.turn;
    const isStale = (): boolean => current.current.turn !== turn;
    setState((before) => before.key === key ? { ...before, isLoading: true } : start(key));
    try {
      const value = await current.current.read();
      if (!isStale()) {
        setState({ key, value, error: undefined, isLoading: false });
      }
    } catch (error) {
      if (!isStale()) {
        setState((before) => ({ ...before, key, error: toError(error), isLoading: false }));
      }
    }
  }

  useEffect(() => {
    current.current.key = key;
    void load();
    return () => {
      current.current.turn++;
    };
  }, [key]);

  const isUnreachable = state.error instanceof Trouble && state.error.kind === "unreachable";
  const pause = isUnreachable
    ? RETRY_MILLISECONDS
    : everySeconds === undefined
    ? undefined
    : everySeconds * 1000;
  useEffect(() => {
    if (pause === undefined) {
      return;
    }
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") {
        void load();
      }
    }, pause);
    return () => clearInterval(timer);
  }, [key, pause]);

  const shown = state.key === key ? state : start<Value>(key);
  return { value: shown.value, error: shown.error, isLoading: shown.isLoading, reload: load };
}

function start<Value>(key: string): Omit<Load<Value>, "reload"> & { key: string } {
  return { key, value: undefined, error: undefined, isLoading: true };
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
