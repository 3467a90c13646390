/**
 * Searching a piece for the next of two characters.
 *
 * Built-ins search a text several times as fast as bytes, so a piece is searched
 * as a text where it has a character for each byte. To make a text of it takes
 * less time than one search of the bytes.
 *
 * @module
 */

/** The place of the next of the characters, or the end of the text. */
export type FindNext = (from: number) => number;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** In a shorter piece the bytes are looked at one by one. */
const MIN_BYTES = 256;

/** A piece as a text of the same length; undefined if it is short or has characters of several bytes. */
export function toAlignedText(piece: Uint8Array): string | undefined {
  if (piece.length < MIN_BYTES) {
    return undefined;
  }
  const text = decoder.decode(piece);
  return text.length === piece.length ? text : undefined;
}

/** Builds the search of one text. Each character is looked for again only once it is passed. */
export function buildFindNext(text: string, one: string, other: string): FindNext {
  let [nextOne, nextOther] = [-1, -1];
  const find = (character: string, from: number): number => {
    const found = text.indexOf(character, from);
    return found < 0 ? text.length : found;
  };
  return (from) => {
    nextOne = nextOne < from ? find(one, from) : nextOne;
    nextOther = nextOther < from ? find(other, from) : nextOther;
    return Math.min(nextOne, nextOther);
  };
}
