/**
 * JSON whose numbers lose nothing.
 *
 * Some providers number their users with more digits than a double holds: two
 * of them would be one person. A number that JavaScript cannot hold exactly
 * becomes the text that stood there.
 *
 * @module
 */

type Reviver = (name: string, value: unknown, context?: { source?: string }) => unknown;

/** Parses JSON; `undefined` for a text that is none. A byte order mark before it is skipped. */
export function parseExactJson(text: string): unknown {
  const keepDigits: Reviver = (_name, value, context) =>
    typeof value === "number" && isInexact(value, context?.source) ? context?.source : value;
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""), keepDigits);
  } catch {
    return undefined;
  }
}

function isInexact(value: number, source: string | undefined): boolean {
  return !Number.isFinite(value) || (!Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? ""));
}
