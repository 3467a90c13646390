/**
 * Texts and ids of JSON-RPC messages, as they are recorded: cut, and such that PostgreSQL can store them.
 *
 * @module
 */

import type { CapturedPart } from "./capture.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The longest id that is told from others. */
export const MAX_ID_BYTES = 256;
/** So many bytes hold 256 characters, however they are escaped. */
export const MAX_TEXT_BYTES = 256 * 12 + 2;

/** All ids that are too long to be told apart. */
const LONG_ID = "long";

/** An id in one spelling: the text of its JSON. Two ids are the same if these are. */
export function toIdKey(part: CapturedPart): string {
  if (!part.isWhole) {
    return LONG_ID;
  }
  const text = decode(part).trim();
  if (/^[0-9]{1,15}$/.test(text)) {
    return text;
  }
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

/** A JSON text as what it says; undefined if the part is no text. The end of one that was not kept whole is missing. */
export function toText(part: CapturedPart): string | undefined {
  const raw = decode(part).trim();
  if (!raw.startsWith('"')) {
    return undefined;
  }
  const inner = part.isWhole
    ? raw.slice(1, -1)
    : raw.slice(1).replace(/(?<!\\)((?:\\\\)*)\\(u[0-9a-fA-F]{0,3})?$/, "$1");
  if (!inner.includes("\\")) {
    return inner;
  }
  try {
    return JSON.parse(`"${inner}"`);
  } catch {
    return inner;
  }
}

/** A part as JSON; undefined if it was not kept whole, or is no JSON. */
export function toJson(part: CapturedPart): unknown {
  try {
    return part.isWhole ? JSON.parse(decode(part)) : undefined;
  } catch {
    return undefined;
  }
}

/** A text without what PostgreSQL cannot store: NUL, and halves of characters. */
export function toStorable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "");
}

/** The first characters of a text, as PostgreSQL counts them. */
export function cutText(text: string, maxCharacters: number): string {
  return text.length <= maxCharacters
    ? text
    : [...text.slice(0, 2 * maxCharacters)].slice(0, maxCharacters).join("");
}

/** A text without half a character at its end, where it was not kept whole. */
function decode({ bytes, isWhole }: CapturedPart): string {
  const text = decoder.decode(bytes);
  return isWhole ? text : text.replace(/\ufffd$/, "");
}
