// deno-lint-ignore-file no-console
/**
 * The one module that writes to the terminal.
 *
 * Results go to standard output, problems to standard error.
 *
 * @module
 */

/** Where a stack reports what it does. */
export interface Output {
  /** A step of the work, with the seconds since the start. */
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

/** Writing to a closed terminal fails. The stack goes on without it. */
function write(to: (text: string) => void, text: string): void {
  try {
    to(text);
  } catch {
    // Nobody reads the terminal any more.
  }
}

/** Writes nothing: for tests, which have an output of their own. */
export function silence(): Output {
  return { step: nothing, print: nothing, problem: nothing };
}

function nothing(): void {}
