/**
 * The language of the reader, and everything that depends on it: texts, dates and numbers.
 *
 * The browser says which language; the reader may choose another, which this
 * browser remembers.
 *
 * @module
 */

import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { DE } from "./de.ts";
import { EN, type Texts } from "./en.ts";

/** The languages by their code (BCP 47). A further one is a file beside `en.ts` and a line here. */
const LANGUAGES = { en: { name: "English", texts: EN }, de: { name: "Deutsch", texts: DE } } as const;

/** A language that there are texts in. */
export type Language = keyof typeof LANGUAGES;

const CHOSEN = "gatepost-console-language";

/** The languages to choose from. */
export const LANGUAGE_NAMES: readonly [Language, string][] = Object.entries(LANGUAGES).map((
  [code, { name }],
) => [code as Language, name]);

/** The language that is shown. */
export const language: Signal<Language> = signal(
  pickLanguage([localStorage.getItem(CHOSEN) ?? "", ...navigator.languages]),
);

/** The texts in it. */
export const texts: ReadonlySignal<Texts> = computed(() => LANGUAGES[language.value].texts);

effect(() => {
  document.documentElement.lang = language.value;
});

/** Shows another language, now and when the reader comes back. */
export function chooseLanguage(chosen: Language): void {
  localStorage.setItem(CHOSEN, chosen);
  language.value = chosen;
}

/** The first language of a list that there are texts in; English where there is none. */
export function pickLanguage(wanted: readonly string[]): Language {
  const known = wanted.map((tag) => tag.split("-")[0]!.toLowerCase());
  return known.find((code): code is Language => Object.hasOwn(LANGUAGES, code)) ?? "en";
}

/** A number as the language writes it. */
export function toNumber(value: number, options: Intl.NumberFormatOptions = {}): string {
  return new Intl.NumberFormat(language.value, options).format(value);
}

/** A time in the reader's zone. */
export function toTime(
  value: string | number | Date,
  options: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "short" },
): string {
  return new Intl.DateTimeFormat(language.value, options).format(new Date(value));
}
