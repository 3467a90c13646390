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

/** Says what scopes mean. One that nobody has described is its own meaning. */
export function describeScopes(scopes: readonly string[], language: Language): MeantScope[] {
  const { none: _none, ...known } = LANGUAGES[language].scopes;
  const meanings = new Map<string, string>(Object.entries(known));
  return scopes.map((scope) => ({ scope, meaning: meanings.get(scope) ?? scope }));
}

/** Lists what scopes mean. */
export function listMeanings(scopes: readonly MeantScope[], { scopes: { none } }: Texts): Html {
  return scopes.length === 0
    ? markup`${none}`
    : markup`<ul>${scopes.map(({ meaning }) => markup`<li>${meaning}</li>`)}</ul>`;
}
