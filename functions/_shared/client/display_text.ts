/**
 * Cleaning a text of a client about itself, so that it can be stored and shown.
 *
 * No such text is a reason to refuse a client. Characters that nobody sees, or
 * that change how the text around them is read, are removed: controls, line
 * breaks, bidirectional marks, fillers, half characters. Joiners stay if a
 * script or an emoji needs them. Whether the text is true is not checked.
 *
 * @module
 */

const MAX_LENGTH = 200;

/** Line breaks and other blanks. They become one space. */
const BLANKS = /[\s\u0085\u2800]+/gu;
/** What nobody sees, except joiners (U+200C, U+200D) and the selectors of the look of an emoji (U+FE0E, U+FE0F). */
const INVISIBLE =
  /(?![\u200c\u200d\ufe0e\ufe0f])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}]/gu;
const REPEATED_JOINER = /(?<=[\u200c\u200d])[\u200c\u200d]+/gu;
/** All joiners, except between letters of a script that joins, such as Persian, and inside an emoji. */
const LOOSE_JOINER =
  /(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]|(?![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])[\p{L}\p{M}])[\u200c\u200d]|[\u200c\u200d](?![\p{L}\p{M}\p{Extended_Pictographic}])/gu;
/** A variation selector that has no effect on the character before it. */
const LOOSE_VARIATION = /(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}0-9#*])[\ufe0e\ufe0f]/gu;

/** Cleans a text and cuts it to 200 characters, never inside a visible one; undefined if nothing is left. */
export function cleanDisplayText(value: unknown): string | undefined {
  if (typeof value !== "string") {
    return undefined;
  }
  const clean = value
    .toWellFormed()
    .replaceAll("\ufffd", "")
    .replace(BLANKS, " ")
    .replace(INVISIBLE, "")
    .replace(REPEATED_JOINER, "")
    .replace(LOOSE_JOINER, "")
    .replace(LOOSE_VARIATION, "")
    .replace(BLANKS, " ")
    .trim();
  return cut(clean).trim() || undefined;
}

function cut(text: string): string {
  if (text.length <= MAX_LENGTH) {
    return text;
  }
  // Made for the few texts that are too long: its data takes some milliseconds of every cold start.
  const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
  let kept = "";
  for (const { segment } of graphemes.segment(text)) {
    if (kept.length + segment.length > MAX_LENGTH) {
      break;
    }
    kept += segment;
  }
  return kept;
}
