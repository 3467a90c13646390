/**
 * Keeps a child running: starts it again when it ends, a few times a minute at most.
 *
 * @module
 */

import type { Output } from "../output.ts";
import { Problem } from "../problem.ts";
import type { Child } from "./child.ts";

/** A child that is started again when it ends. */
export interface Service {
  /** The child's port; undefined while there is none. */
  port(): number | undefined;
  stop(): Promise<void>;
}

const MAX_RESTARTS = 5;
const WITHIN_MILLISECONDS = 60_000;

/** Starts a child and waits until it serves. */
export async function keepRunning(
  name: string,
  start: () => Child,
  output: Output,
  logPath: string,
): Promise<Service> {
  let stopping = false;
  let child = start();
  let port = await child.listening;
  if (port === undefined) {
    throw new Problem(`The ${name} does not start: see ${logPath}`);
  }
  const watching = watch();
  return {
    port: () => port,
    async stop(): Promise<void> {
      stopping = true;
      await child.stop();
      await watching;
    },
  };

  async function watch(): Promise<void> {
    const restarts: number[] = [];
    while (true) {
      await child.ended;
      port = undefined;
      if (stopping) {
        return;
      }
      const now = performance.now();
      const recent = restarts.filter((at) => now - at < WITHIN_MILLISECONDS);
      if (recent.length >= MAX_RESTARTS) {
        output.problem(`The ${name} ended again and is not started any more: see ${logPath}`);
        return;
      }
      output.problem(`The ${name} ended and is started again: see ${logPath}`);
      restarts.push(now);
      child = start();
      port = await child.listening;
    }
  }
}
