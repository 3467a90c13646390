/**
 * Splits a stream of text into lines.
 *
 * @module
 */

/** Passes whole lines on, without their ends; the rest counts as a line. */
export function splitLines(): TransformStream<string, string> {
  let rest = "";
  return new TransformStream({
    transform(chunk, controller): void {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        controller.enqueue(line);
      }
    },
    flush(controller): void {
      if (rest !== "") {
        controller.enqueue(rest);
      }
    },
  });
}
