/**
 * The words of a refusal that can be error codes, wherever a provider puts them.
 *
 * They decide what a refusal means, and are shown to nobody.
 *
 * @module
 */

const WORD = /^[a-z0-9_.:-]{1,64}$/i;
const WORD_IN_SENTENCE = /[a-z]+(?:_[a-z]+)+/gi;
const MAX_WORDS = 50;
const MAX_SENTENCE_CHARACTERS = 1000;

/**
 * The words of a refusal that can be error codes, those of `error` first.
 *
 * Some providers keep the code in an object or a list, some in a sentence of the description.
 */
export function listWords(
  { error, access_token: _, refresh_token: __, id_token: ___, ...others }: Record<string, unknown>,
): string[] {
  const words: string[] = [];
  const collect = (value: unknown, depth: number): void => {
    if (typeof value === "string") {
      words.push(...readWords(value));
    } else if (typeof value === "object" && value !== null && depth > 0) {
      Object.values(value).slice(0, MAX_WORDS).forEach((member) => collect(member, depth - 1));
    }
  };
  [error, others].forEach((value) => collect(value, 3));
  return words.slice(0, MAX_WORDS);
}

function readWords(text: string): string[] {
  const words = WORD.test(text)
    ? [text]
    : text.slice(0, MAX_SENTENCE_CHARACTERS).match(WORD_IN_SENTENCE) ?? [];
  return words.map((word) => word.toLowerCase());
}

/** The error code of a challenge (RFC 6750 §3). */
export function readChallenge(headers: Headers): string[] {
  return readWords(/\berror="?([a-z0-9_]{1,64})/i.exec(headers.get("WWW-Authenticate") ?? "")?.[1] ?? "");
}

/** An error code that is the whole body. */
export function readLoneWord(text: string): string[] {
  return WORD.test(text) ? readWords(text) : [];
}
