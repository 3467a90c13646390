/**
 * Time limits of the same length, which share one timer: under load, a timer for each call costs more than any check.
 *
 * @module
 */

/** Limits that are running. */
export interface TimeLimits {
  /** Aborts when the limit is over, with `TIMED_OUT` as reason. */
  begin: (controller: AbortController) => void;
  lift: (controller: AbortController) => void;
}

/** Why a controller was aborted. */
export const TIMED_OUT = Symbol("timed out");

/** Builds limits of so many milliseconds. */
export function buildTimeLimits(milliseconds: number): TimeLimits {
  /** When each limit ends. The first to end stands first. */
  const ends = new Map<AbortController, number>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const abortDue = (): void => {
    for (const [controller, end] of ends) {
      if (end > performance.now()) {
        timer = setTimeout(abortDue, end - performance.now());
        return;
      }
      ends.delete(controller);
      controller.abort(TIMED_OUT);
    }
    timer = undefined;
  };

  return {
    begin: (controller) => {
      ends.set(controller, performance.now() + milliseconds);
      timer ??= setTimeout(abortDue, milliseconds);
    },
    lift: (controller) => {
      ends.delete(controller);
      if (ends.size === 0) {
        clearTimeout(timer);
        timer = undefined;
      }
    },
  };
}
