/**
 * A text that a client says of itself, made fit to be stored and shown.
 *
 * Nothing that is shown is a reason to refuse a client. What cannot be seen,
 * or changes how its surroundings are read, is taken out: controls, line
 * breaks, bidirectional marks, fillers, half characters. Joiners stay where a
 * script or an emoji needs them. Whether the text is true is not checked.
 *
 * @module
 */

const MAX_LENGTH = 200;

/** Line breaks and every other blank, which a text on one line has as a single space. */
const BLANKS = /[\s\u0085\u2800]+/gu;
/** What nobody sees, but for the joiners (U+200C, U+200D) and what picks the look of an emoji (U+FE0E, U+FE0F). */
const INVISIBLE =
  /(?![\u200c\u200d\ufe0e\ufe0f])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}]/gu;
const REPEATED_JOINER = /(?<=[\u200c\u200d])[\u200c\u200d]+/gu;
/** All joiners but those between letters of a script that joins, such as Persian, and those inside an emoji. */
const LOOSE_JOINER =
  /(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]|(?![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])[\p{L}\p{M}])[\u200c\u200d]|[\u200c\u200d](?![\p{L}\p{M}\p{Extended_Pictographic}])/gu;
/** A variation selector that follows nothing it could vary. */
const LOOSE_VARIATION = /(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}0-9#*])[\ufe0e\ufe0f]/gu;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Cleans a text, and cuts it at 200 characters between two that a person sees; nothing where nothing is left. */
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
  let kept = "";
  for (const { segment } of graphemes.segment(text)) {
    if (kept.length + segment.length > MAX_LENGTH) {
      break;
    }
    kept += segment;
  }
  return kept;
}
