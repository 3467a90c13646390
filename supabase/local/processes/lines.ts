/**
 * Splits a stream of text into lines.
 *
 * @module
 */

/** Passes on whole lines without their line ends. A last line without an end is passed on, too. */
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
