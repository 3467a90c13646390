/**
 * How every task ends: with what it did, or with one sentence and exit code 1.
 *
 * @module
 */

import type { Output } from "../local/output.ts";
import { Problem, toSentence } from "../local/problem.ts";

/** Runs a task. A bug keeps its stack trace; a problem is one sentence. */
export async function runTask(output: Output, task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (!(error instanceof Problem)) {
      throw error;
    }
    output.problem(toSentence(error));
    Deno.exit(1);
  }
}
