/**
 * Which language a page speaks: one that the reader asked for, or English.
 *
 * Another language is a file beside `texts/de.ts`, and its line in `LANGUAGES`.
 *
 * @module
 */

import { readQualities } from "./accept.ts";
import { DE } from "./texts/de.ts";
import { EN, type Texts } from "./texts/en.ts";
import { type Html, markup } from "./markup.ts";

/** The languages, by their tag (RFC 5646). */
export const LANGUAGES = { en: EN, de: DE } satisfies Record<string, Texts>;

/** A language that pages speak. */
export type Language = keyof typeof LANGUAGES;

/**
 * Chooses the first language that is spoken: of `ui_locales` (OpenID Connect Core §3.1.2.1), and then of
 * `Accept-Language`. A region does not matter: `de-AT` is German.
 */
export function chooseLanguage(request: Request, uiLocales = ""): Language {
  const accepted = [...readQualities(request.headers.get("Accept-Language") ?? "")]
    .filter(([, quality]) => quality > 0)
    .sort(([, one], [, other]) => other - one)
    .map(([tag]) => tag);
  const wanted = [...uiLocales.toLowerCase().split(" "), ...accepted].map((tag) => tag.split("-")[0]!);
  return wanted.find(isSpoken) ?? "en";
}

/** Puts values where a text has their names. Values that are texts are escaped, as the text is. */
export function say(text: string, values: Record<string, string | Html> = {}): Html {
  const parts = text.split(/\{(\w+)\}/).map((part, index) => {
    const value = index % 2 === 0 ? part : values[part] ?? "";
    return typeof value === "string" ? markup`${value}` : value;
  });
  return markup`${parts}`;
}

/** The same as a text, for where no HTML can stand. */
export function sayPlainly(text: string, values: Record<string, string>): string {
  return text.replaceAll(/\{(\w+)\}/g, (_match, name: string) => values[name] ?? "");
}

function isSpoken(tag: string): tag is Language {
  return Object.hasOwn(LANGUAGES, tag);
}
