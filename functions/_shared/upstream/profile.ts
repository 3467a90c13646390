/**
 * The part of a provider's claims about a person that is kept.
 *
 * It is shown and passed on, and decides nothing. So nothing in it can make a
 * login fail: text that PostgreSQL cannot store is cleaned, and what is too long
 * is left out.
 *
 * @module
 */

const MAX_CHARACTERS = 32 * 1024;
const MAX_DEPTH = 16;

/** A profile, and whether something was left out because it was too long. */
export interface Profile {
  members: Record<string, unknown>;
  isTrimmed: boolean;
}

/** Makes a profile of claims. If they do not all fit, the smallest members are kept. */
export function toProfile(claims: Record<string, unknown>): Profile {
  const entries = Object.entries(claims).map(([name, value]): [string, unknown] => [
    cleanText(name),
    clean(value, MAX_DEPTH),
  ]);
  const sizes = new Map(entries.map((entry) => [entry, JSON.stringify(entry).length]));
  const kept = new Set<[string, unknown]>();
  let left = MAX_CHARACTERS;
  for (const [entry, size] of [...sizes].toSorted(([, one], [, other]) => one - other)) {
    left -= size;
    if (left < 0) {
      break;
    }
    kept.add(entry);
  }
  return {
    members: Object.fromEntries(entries.filter((entry) => kept.has(entry))),
    isTrimmed: kept.size < entries.length,
  };
}

/** A value without what PostgreSQL cannot hold; null in place of what is nested too deeply. */
function clean(value: unknown, depth: number): unknown {
  if (typeof value === "string") {
    return cleanText(value);
  }
  if (typeof value === "number") {
    return cleanNumber(value);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (depth === 0) {
    return null;
  }
  if (Array.isArray(value)) {
    return value.map((element) => clean(element, depth - 1));
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [cleanText(name), clean(member, depth - 1)]),
  );
}

/** A number; as a text if it is written with an exponent, for PostgreSQL writes out all its digits: 309 for 1e308. */
function cleanNumber(value: number): number | string {
  const written = String(value);
  return written.includes("e") ? written : value;
}

/** A text without NUL and without half of a surrogate pair. */
function cleanText(text: string): string {
  return text.replaceAll("\0", "").toWellFormed();
}

/** Whether a text is one that PostgreSQL can hold as it is. */
export function isStorable(text: string): boolean {
  return cleanText(text) === text;
}
