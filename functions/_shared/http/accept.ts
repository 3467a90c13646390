/**
 * Whether a caller would rather have a page: a browser that a person opened an address in.
 *
 * @module
 */

/** Types that programs ask for, and browsers do not when they open a page. */
const OF_PROGRAMS = ["text/event-stream", "application/json"];

/**
 * Whether a request names HTML, and prefers it to what programs ask for (RFC 9110 §12.5.1).
 *
 * Wildcards do not count: whoever takes anything gets what it got before there were pages.
 */
export function prefersPage(request: Request): boolean {
  const qualities = readQualities(request.headers.get("Accept") ?? "");
  const html = qualities.get("text/html") ?? 0;
  return html > 0 && OF_PROGRAMS.every((type) => (qualities.get(type) ?? 0) < html);
}

/** The items of a list with qualities, such as `Accept`, in lower case, each with its quality. */
export function readQualities(list: string): Map<string, number> {
  return new Map(
    list.split(",").map((item) => {
      const [name = "", ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
      const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
      const value = quality === undefined ? 1 : Number(quality);
      return [name, value >= 0 && value <= 1 ? value : 0];
    }),
  );
}
