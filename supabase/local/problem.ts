/**
 * A problem that the person at the terminal can solve.
 *
 * Its message is one sentence that says what to do. Tasks print it on standard
 * error and end with its exit code; anything else that is thrown is a bug.
 *
 * @module
 */

/** Thrown when the person has to do something, not the program. */
export class Problem extends Error {
  override name = "Problem";
  readonly exitCode: number;

  constructor(message: string, { exitCode = 1, cause }: { exitCode?: number; cause?: unknown } = {}) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

/** The sentence to print for whatever was thrown. */
export function toSentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
