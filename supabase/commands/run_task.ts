/**
 * How every task ends: with what it did, or with one sentence and an exit code.
 *
 * @module
 */

import type { Output } from "../local/output.ts";
import { Problem, toSentence } from "../local/problem.ts";
import { HelpAsked } from "./command_line.ts";

/** Runs a task, or prints its help. A bug keeps its stack trace; a problem is one sentence. */
export async function runTask(output: Output, task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (error instanceof HelpAsked) {
      return output.print(error.message);
    }
    if (!(error instanceof Problem)) {
      throw error;
    }
    output.problem(toSentence(error));
    Deno.exit(error.exitCode);
  }
}
