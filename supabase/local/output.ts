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
  /** How far the work at hand is. On a terminal it replaces itself and makes room for the next line. */
  progress(text: string, count: number): void;
  /** Text as it is. */
  print(text: string): void;
  /** A sentence about something that went wrong. */
  problem(text: string): void;
}

/** Writes for a person. */
export function terminal(): Output {
  const isWatched = Deno.stdout.isTerminal();
  let progressing = "";
  const write = (to: (text: string) => void, text: string): void => {
    if (progressing !== "" && isWatched) {
      overwrite("");
    }
    progressing = "";
    tryTo(() => to(text));
  };
  return {
    step: (text) => write(console.log, stamp(text)),
    progress(text, count): void {
      if (isWatched) {
        overwrite(stamp(`${text}: ${count}`));
      } else if (progressing !== text) {
        write(console.log, stamp(text));
      }
      progressing = text;
    },
    print: (text) => write(console.log, text),
    problem: (text) => write(console.error, text),
  };
}

/** With the seconds since this process began. */
function stamp(text: string): string {
  return `${(performance.now() / 1000).toFixed(1).padStart(6)} s  ${text}`;
}

/** Writes over the line that the cursor is in. */
function overwrite(text: string): void {
  tryTo(() => Deno.stdout.writeSync(new TextEncoder().encode(`\r\x1b[K${text}`)));
}

/** Writing to a closed terminal fails. The stack goes on without it. */
function tryTo(write: () => void): void {
  try {
    write();
  } catch {
    // Nobody reads the terminal any more.
  }
}

/** Writes nothing: for tests, which have an output of their own. */
export function silence(): Output {
  return { step: nothing, progress: nothing, print: nothing, problem: nothing };
}

function nothing(): void {}
