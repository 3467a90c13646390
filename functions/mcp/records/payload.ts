/**
 * Arguments and results as they are recorded: redacted first, then cut.
 *
 * @module
 */

import type { CapturedPart } from "./capture.ts";
import { followTrails, isSecretName, openTrails, REDACTED, redactText, type Trail } from "./redaction.ts";
import { toJson, toStorable } from "./texts.ts";

/** What the constraints of `mcp_calls` allow, as PostgreSQL writes a payload. */
const MAX_BYTES = 16 * 1024;
const MAX_DEPTH = 24;
/** A payload that is too large is cut once more, shorter. */
const CUTS: readonly Cut[] = [
  { characters: 2000, items: 100 },
  { characters: 300, items: 20 },
  { characters: 80, items: 8 },
];

/** How long texts, lists and objects may be. */
interface Cut {
  characters: number;
  items: number;
}

/** What is left out of a payload. */
export interface PayloadRules {
  redactedPaths: readonly string[];
  /** The tokens of the call. */
  secrets: readonly string[];
}

/** A payload as it may be recorded; a sentence in brackets where it cannot be. */
export function toPayload(part: CapturedPart, { redactedPaths, secrets }: PayloadRules): unknown {
  if (!part.isWhole) {
    return "[too long]";
  }
  const value = toJson(part);
  if (value === undefined) {
    return "[unreadable]";
  }
  const redacted = redact(value, openTrails(redactedPaths), secrets, 0);
  for (const limits of CUTS) {
    const shortened = cut(redacted, limits);
    if (countBytes(shortened) <= MAX_BYTES) {
      return shortened;
    }
  }
  return "[too long]";
}

function redact(
  value: unknown,
  trails: readonly Trail[],
  secrets: readonly string[],
  depth: number,
): unknown {
  if (typeof value === "string") {
    return redactString(toStorable(value), secrets, depth);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (depth === MAX_DEPTH) {
    return "[too deep]";
  }
  const redactMember = (place: string | number, member: unknown): unknown => {
    const followed = followTrails(trails, place);
    return followed === undefined || (typeof place === "string" && isSecretName(place))
      ? REDACTED
      : redact(member, followed, secrets, depth + 1);
  };
  if (Array.isArray(value)) {
    return value.map((element, index) => redactMember(index, element));
  }
  const isNamed = ["name", "key"].some((member) => {
    const name = Object.hasOwn(value, member) && (value as Record<string, unknown>)[member];
    return typeof name === "string" && isSecretName(name);
  });
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      redactText(toStorable(name), secrets),
      // A list of headers or settings says the name beside the value.
      isNamed && name === "value" ? REDACTED : redactMember(name, member),
    ]),
  );
}

/** A text that is JSON is redacted as such: many tools answer with one. */
function redactString(text: string, secrets: readonly string[], depth: number): string {
  if (/^\s*[[{]/.test(text) && depth < MAX_DEPTH) {
    try {
      return JSON.stringify(redact(JSON.parse(text), [], secrets, depth + 1));
    } catch {
      // It is a text like any other.
    }
  }
  return redactText(text, secrets);
}

function cut(value: unknown, limits: Cut): unknown {
  if (typeof value === "string") {
    return value.length <= limits.characters
      ? value
      : `${value.slice(0, limits.characters).toWellFormed()} [${value.length} characters]`;
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    const kept = value.slice(0, limits.items).map((element) => cut(element, limits));
    return value.length <= limits.items ? kept : [...kept, `[${value.length} elements]`];
  }
  const members = Object.entries(value);
  const kept = members.slice(0, limits.items).map(([name, member]) => [
    name.slice(0, limits.characters).toWellFormed(),
    cut(member, limits),
  ]);
  return Object.fromEntries(
    members.length <= limits.items ? kept : [...kept, ["…", `[${members.length} members]`]],
  );
}

/** At most what PostgreSQL takes to write it: behind each comma and colon it writes a blank. */
function countBytes(value: unknown): number {
  const text = JSON.stringify(value);
  return new TextEncoder().encode(text).length + (text.match(/[,:]/g)?.length ?? 0);
}
