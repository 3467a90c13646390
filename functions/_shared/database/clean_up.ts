/**
 * Clean-up in the background of some requests, so that growth is bounded where pg_cron is missing.
 *
 * No person waits for it: it begins when the answer is ready. A request that adds
 * rows adds a few; one in 25 deletes up to 250 of each kind.
 *
 * @module
 */

import * as z from "zod/mini";
import { type Database, defineCall } from "./database.ts";

const ONE_IN = 25;
const MOST_ROWS = 250;

const purgeExpired = defineCall("purge_expired", z.number());

/** Begins a clean-up, or most often does nothing. */
export type CleanUp = () => void;

/** What the clean-up needs from outside. */
export interface CleanUpDependencies {
  database: Database;
  /** From 0 up to 1. */
  random: () => number;
  /** Keeps the worker alive until a promise is settled. */
  keepRunning: (work: Promise<unknown>) => void;
}

/** Builds the clean-up of a worker. A failure is left to the next one. */
export function buildCleanUp({ database, random, keepRunning }: CleanUpDependencies): CleanUp {
  return () => {
    if (random() < 1 / ONE_IN) {
      keepRunning(purgeExpired(database, { p_limit: MOST_ROWS }).catch(() => undefined));
    }
  };
}
