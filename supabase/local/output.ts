// deno-lint-ignore-file no-console
/**
 * The one module that writes to the terminal.
 *
 * Results go to standard output, problems to standard error.
 *
 * @module
 */

/** Where a stack tells what it is doing. */
export interface Output {
  /** A step that has just been done, with the seconds since the start. */
  step(text: string): void;
  /** Text as it is. */
  print(text: string): void;
  /** A sentence about something that went wrong. */
  problem(text: string): void;
}

/** Writes for a person. */
export function terminal(): Output {
  const startedAt = performance.now();
  return {
    step(text: string): void {
      const seconds = (performance.now() - startedAt) / 1000;
      write(console.log, `${seconds.toFixed(1).padStart(6)} s  ${text}`);
    },
    print: (text) => write(console.log, text),
    problem: (text) => write(console.error, text),
  };
}

/** A terminal that was closed takes nothing, and that stops nobody. */
function write(to: (text: string) => void, text: string): void {
  try {
    to(text);
  } catch {
    // There is nobody left to tell.
  }
}

/** Writes nothing: for tests, whose output is their own. */
export function silence(): Output {
  return { step: nothing, print: nothing, problem: nothing };
}

function nothing(): void {}
