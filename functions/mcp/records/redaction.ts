/**
 * What is left out of arguments and results before anything leaves the worker.
 *
 * Left out are: what stands at one of a server's `redacted_paths`; members whose
 * name says that they are secret; tokens of the call itself, wherever they
 * stand; and texts that look like a token. A secret in another form, such as
 * encoded or split, is not recognized.
 *
 * @module
 */

/** What stands in the place of what was left out. */
export const REDACTED = "[redacted]";

/** A secret that is shorter could be part of any text. */
const MIN_SECRET_CHARACTERS = 8;

/** One step of a path: a member, a member at any depth, an element of a list, or each of its elements. */
type Step = { kind: "member" | "anywhere"; name: string } | { kind: "element"; index: number | undefined };
type Path = readonly Step[];

/** How far a path has been followed to a value. */
export interface Trail {
  path: Path;
  next: number;
}

const compiled = new WeakMap<readonly string[], Trail[]>();

/** The trails of a server's paths, at the root of a payload. */
export function openTrails(paths: readonly string[]): Trail[] {
  const known = compiled.get(paths);
  if (known !== undefined) {
    return known;
  }
  const trails = paths.map((path) => ({ path: parsePath(path), next: 0 }));
  compiled.set(paths, trails);
  return trails;
}

/** `$.a.b`, `$..secret`, `$.list[*].c`, `$[0]`; the constraint `redacted_paths_are_paths` allows no others. */
function parsePath(path: string): Step[] {
  return [...path.matchAll(/(\.{1,2})([^.[]+)|\[(\*|\d+)\]/g)].map(([, dots, name = "", element]) => {
    if (dots === undefined) {
      return { kind: "element", index: element === "*" ? undefined : Number(element) };
    }
    return { kind: dots === "." ? "member" : "anywhere", name };
  });
}

/** The trails that lead on to a member or an element; undefined if one ends there. */
export function followTrails(trails: readonly Trail[], place: string | number): Trail[] | undefined {
  const followed: Trail[] = [];
  for (const trail of trails) {
    const step = trail.path[trail.next];
    if (step?.kind === "anywhere") {
      followed.push(trail);
    }
    if (step !== undefined && leadsTo(step, place)) {
      if (trail.next + 1 === trail.path.length) {
        return undefined;
      }
      followed.push({ path: trail.path, next: trail.next + 1 });
    }
  }
  return followed;
}

function leadsTo(step: Step, place: string | number): boolean {
  return step.kind === "element"
    ? typeof place === "number" && (step.index === undefined || step.index === place)
    : step.name === place;
}

/** Parts of names, in lower case without separators. `max_tokens` is left out, too: a name alone does not tell. */
const SECRET_NAMES =
  /passw|passphrase|passcode|secret|token|authorization|cookie|apikey|accesskey|privatekey|signingkey|encryptionkey|credential|sessionid|bearer|clientassertion|codeverifier|cardnumber|^(pass|pwd|pin|otp|cvv|cvc|auth|jwt|mfa|ssn)$/;

/** Whether the name of a member says that its value is secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAMES.test(name.normalize("NFKC").toLowerCase().replace(/[^\p{L}\p{N}]/gu, ""));
}

/** A JWT, or the beginning of one. */
const JWT = /\beyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*)*/g;
/** What follows the name of a scheme. */
const CREDENTIALS = /\b(Bearer|Basic|DPoP)(\s+)[A-Za-z0-9._~+/=-]{8,}/gi;
/** What follows a secret name and `=` or `:`, in a text or a query. */
const ASSIGNED =
  /((?:passw|passphrase|secret|token|authorization|cookie|api[-_]?key|access[-_]?key|credential)[\w-]{0,40}["']?\s{0,8}[=:]\s{0,8}["']?)[^\s"'&,;]+/gi;
/** A word as random values have them: long, with digits or letters of both cases. UUIDs name things far more often. */
const RANDOM_WORD = /[A-Za-z0-9_~+-]{32,}/g;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Replaces the secrets of a call and JWTs: what names of tools and resources are searched for. */
export function redactKnown(text: string, secrets: readonly string[]): string {
  let redacted = text;
  for (const secret of secrets) {
    if (secret.length >= MIN_SECRET_CHARACTERS && redacted.includes(secret)) {
      redacted = redacted.replaceAll(secret, REDACTED);
    }
  }
  return redacted.includes("eyJ") ? redacted.replace(JWT, REDACTED) : redacted;
}

/** Replaces whatever looks like a secret. */
export function redactText(text: string, secrets: readonly string[]): string {
  return redactKnown(text, secrets)
    .replace(CREDENTIALS, `$1$2${REDACTED}`)
    .replace(ASSIGNED, `$1${REDACTED}`)
    .replace(RANDOM_WORD, (word) => looksRandom(word) ? REDACTED : word);
}

/** The name of a resource: a URI can have secrets in its query, its fragment and before its host. */
export function redactUri(uri: string, secrets: readonly string[]): string {
  const [, place = "", rest = ""] = /^([^?#]*)(.*)$/s.exec(redactKnown(uri, secrets)) ?? [];
  return place.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, `$1${REDACTED}@`) + redactText(rest, []);
}

function looksRandom(word: string): boolean {
  return (/[0-9]/.test(word) || (/[a-z]/.test(word) && /[A-Z]/.test(word))) && /[A-Za-z]/.test(word) &&
    !UUID.test(word);
}
