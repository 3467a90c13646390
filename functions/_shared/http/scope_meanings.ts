/**
 * What scopes mean to a person who reads a page.
 *
 * @module
 */

import { type Language, LANGUAGES } from "./language.ts";
import { type Html, markup } from "./markup.ts";
import type { Texts } from "./texts/en.ts";

/** A scope, and what it means to a person. */
export interface MeantScope {
  scope: string;
  meaning: string;
}

/**
 * Says what scopes mean: in the owner's words, or in ours for the standard ones. Any other is its own meaning.
 *
 * The owner's words come as they are, in whatever language.
 */
export function describeScopes(
  scopes: readonly string[],
  language: Language,
  ownWords: Record<string, string>,
): MeantScope[] {
  const { none: _none, ...known } = LANGUAGES[language].scopes;
  const meanings = new Map<string, string>([...Object.entries(known), ...Object.entries(ownWords)]);
  return scopes.map((scope) => ({ scope, meaning: meanings.get(scope) ?? scope }));
}

/** Lists what scopes mean. */
export function listMeanings(scopes: readonly MeantScope[], { scopes: { none } }: Texts): Html {
  return scopes.length === 0
    ? markup`${none}`
    : markup`<ul>${scopes.map(({ meaning }) => markup`<li>${meaning}</li>`)}</ul>`;
}
