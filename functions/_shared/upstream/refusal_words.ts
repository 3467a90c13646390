/**
 * The words of a refusal that can be error codes, wherever a provider puts them.
 *
 * They decide what a refusal means, and nobody sees them.
 *
 * @module
 */

import { parseExactJson } from "../http/exact_json.ts";
import { isJsonObject } from "../http/body.ts";

/** The words of a refusal: of its body, then of its challenge. */
export async function readRefusal(response: Response): Promise<string[]> {
  const text = (await response.text()).trim();
  const body = parseExactJson(text);
  return [
    ...(isJsonObject(body) ? listWords(body) : readLoneWord(text)),
    ...readChallenge(response.status, response.headers),
  ];
}

const WORD = /^[a-z0-9_.:-]{1,64}$/i;
const CODE = /[a-z]+(?:_[a-z0-9]+)+/gi;
const MAX_WORDS = 50;
const MAX_SENTENCE_CHARACTERS = 1000;

/**
 * The words of a refusal that can be error codes, those of `error` first.
 *
 * Some providers have the code in an object or a list, some in a sentence of the description. Outside of `error`, only
 * words with an underscore are codes.
 */
export function listWords(
  { error, access_token: _, refresh_token: __, id_token: ___, ...others }: Record<string, unknown>,
): string[] {
  const words: string[] = [];
  const collect = (value: unknown, read: (text: string) => string[], depth: number): void => {
    if (typeof value === "string") {
      words.push(...read(value));
    } else if (typeof value === "object" && value !== null && depth > 0) {
      Object.values(value).slice(0, MAX_WORDS).forEach((member) => collect(member, read, depth - 1));
    }
  };
  collect(error, readWords, 3);
  collect(others, findCodes, 3);
  return words.slice(0, MAX_WORDS);
}

function readWords(text: string): string[] {
  return WORD.test(text) ? [text.toLowerCase()] : findCodes(text);
}

function findCodes(text: string): string[] {
  return (text.slice(0, MAX_SENTENCE_CHARACTERS).match(CODE) ?? []).map((code) => code.toLowerCase());
}

/** The error code of a challenge (RFC 6750 §3). One for Basic alone says `invalid_client` (RFC 6749 §5.2). */
export function readChallenge(status: number, headers: Headers): string[] {
  const challenge = headers.get("WWW-Authenticate") ?? "";
  const code = /\berror="?([a-z0-9_]{1,64})/i.exec(challenge)?.[1];
  if (code !== undefined) {
    return readWords(code);
  }
  return status === 401 && /^\s*basic\b/i.test(challenge) ? ["invalid_client"] : [];
}

/** An error code that is the whole body. */
export function readLoneWord(text: string): string[] {
  return WORD.test(text) ? readWords(text) : [];
}
