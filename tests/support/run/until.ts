/**
 * Waiting for what happens in the background.
 *
 * @module
 */

/** Far more than anything takes on a busy machine: only what never happens fails. */
const MOST_MILLISECONDS = 60_000;

/** Asks until the answer is neither undefined nor false, and returns it; fails when that does not happen. */
export async function until<Answer>(
  what: string,
  ask: () => Promise<Answer | false | undefined>,
): Promise<Answer> {
  const deadline = performance.now() + MOST_MILLISECONDS;
  while (performance.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) {
      return answer;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Waited a minute in vain: ${what}`);
}
