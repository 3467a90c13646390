/**
 * The command line of the tasks that run tests, benches and tools of the tests.
 *
 * @module
 */

import {
  type CommandLine,
  HelpAsked,
  type Option,
  readCommandLine,
  type Values,
} from "../../../supabase/commands/command_line.ts";
import { Problem } from "../../../supabase/local/problem.ts";

/** Reads what a task was given. `--help` prints what it takes, a mistake one sentence; both end the process. */
export function readTask<const Options extends Record<string, Option>>(
  command: CommandLine<Options>,
): { values: Values<Options>; words: string[] } {
  try {
    return readCommandLine(command, Deno.args);
  } catch (error) {
    if (error instanceof HelpAsked) {
      // deno-lint-ignore no-console
      console.log(error.message);
      Deno.exit(0);
    }
    if (error instanceof Problem) {
      endWith(error.message);
    }
    throw error;
  }
}

/** Reads whole numbers that stand as words, each with what it is called and what it is without a word. */
export function readNumbers(words: string[], fallbacks: Record<string, number>): number[] {
  const numbers = Object.entries(fallbacks).map(([name, fallback], index) => {
    const word = words[index] ?? String(fallback);
    return /^\d+$/.test(word) ? Number(word) : endWith(`${name} must be a whole number, not ${word}`);
  });
  return words.length > numbers.length ? endWith(`Give at most ${numbers.length} numbers`) : numbers;
}

/** The words, of which each must be one of the names; all names where there is no word. */
export function readNames(words: string[], names: string[]): string[] {
  const unknown = words.filter((word) => !names.includes(word));
  return unknown.length > 0
    ? endWith(`Unknown: ${unknown.join(", ")}. There are ${names.join(", ")}`)
    : words.length > 0
    ? words
    : names;
}

function endWith(sentence: string): never {
  // deno-lint-ignore no-console
  console.error(sentence);
  Deno.exit(1);
}
