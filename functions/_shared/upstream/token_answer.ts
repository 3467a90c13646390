/**
 * The one reader of token answers, for a login and for a refresh.
 *
 * When a provider answers 2xx, the code or the refresh token is spent. So no
 * optional member may cause a failure: it is read if its meaning is clear, and
 * ignored if not. Only `access_token` is required. An id_token is not read
 * here: `id_token.ts` validates it where it is needed.
 *
 * @module
 */

import { isJsonObject } from "../http/body.ts";
import { isKnownCode, type UpstreamFailureDetail } from "./failure_detail.ts";
import { ProviderFailure, ProviderRefusal } from "./failure.ts";
import { listWords, readChallenge, readLoneWord } from "./refusal_words.ts";

/** A token answer (RFC 6749 §5.1) as far as Gatepost uses one. The token type is bearer, whatever it says. */
export interface TokenAnswer {
  accessToken: string;
  refreshToken: string | null;
  /** Scopes with a blank between them. */
  scope: string | null;
  /** Whole seconds, at least one. Null if the provider does not say: then the token is used until it is refused. */
  expiresIn: number | null;
  /** As it was sent. Nothing of it was checked. */
  idToken: string | null;
  /** What was left out because it is too long. */
  omitted: UpstreamFailureDetail | null;
}

/** Longer than a header that common servers accept: Node.js takes 16 kB of all headers, nginx 8 kB of each. */
const MAX_ACCESS_TOKEN_BYTES = 32 * 1024;
/** The sealed token has a third more, and SQL takes 131,072 characters of it. */
const MAX_REFRESH_TOKEN_BYTES = 64 * 1024;
const MAX_SCOPE_BYTES = 4096;
/** A hundred years: what a date can hold. */
const MAX_LIFETIME_SECONDS = 100 * 365 * 24 * 60 * 60;
/** What can stand in an `Authorization` header (RFC 6749 appendix A.12). */
const SENDABLE = /^[\x20-\x7e]+$/;

/**
 * Reads the answer of a token endpoint.
 *
 * @throws {ProviderRefusal} when the provider says no, with any status: GitHub and Slack say it with 200.
 * @throws {ProviderFailure} when the answer cannot be read, or has no usable `access_token`.
 */
export async function readTokenAnswer(response: Response): Promise<TokenAnswer> {
  const { status, headers } = response;
  const text = (await response.text()).trim();
  const members = readMembers(text);
  if (response.ok && members?.["access_token"] !== undefined) {
    return readTokens(members, status);
  }
  const words = members ? listWords(members) : readLoneWord(text);
  const isPage = text.startsWith("<");
  if (!response.ok) {
    throw new ProviderRefusal(status, [...words, ...readChallenge(status, headers)], isPage);
  }
  if (members && (members["error"] || members["ok"] === false || isKnownCode(words))) {
    throw new ProviderRefusal(status, words);
  }
  throw new ProviderFailure(
    members
      ? { status, member: "access_token", problem: "missing" }
      : { status, problem: isPage ? "html" : "unreadable" },
  );
}

function readTokens(members: Members, status: number): TokenAnswer {
  if (isTooLong(members["access_token"], MAX_ACCESS_TOKEN_BYTES)) {
    throw new ProviderFailure({ status, member: "access_token", problem: "too_large" });
  }
  const accessToken = readText(members["access_token"], MAX_ACCESS_TOKEN_BYTES);
  if (accessToken === undefined || !SENDABLE.test(accessToken)) {
    throw new ProviderFailure({ status, member: "access_token", problem: "malformed" });
  }
  const scope = joinScopes(members["scope"]);
  const member = findTooLong(members["refresh_token"], scope);
  return {
    accessToken,
    refreshToken: readText(members["refresh_token"], MAX_REFRESH_TOKEN_BYTES) ?? null,
    omitted: member && { step: "token", status, error_code: null, member, problem: "too_large" },
    scope: readText(scope, MAX_SCOPE_BYTES) ?? null,
    expiresIn: readLifetime(members["expires_in"]),
    idToken: readText(members["id_token"], Infinity) ?? null,
  };
}

/** Which optional member is left out because it is too long. */
function findTooLong(refreshToken: unknown, scope: unknown): "refresh_token" | "scope" | null {
  if (isTooLong(refreshToken, MAX_REFRESH_TOKEN_BYTES)) {
    return "refresh_token";
  }
  return isTooLong(scope, MAX_SCOPE_BYTES) ? "scope" : null;
}

function isTooLong(value: unknown, maxBytes: number): boolean {
  return typeof value === "string" &&
    (value.length > maxBytes || new TextEncoder().encode(value).length > maxBytes);
}

type Members = Record<string, unknown>;

/**
 * The members of a JSON object or of a form, by what the text is: some providers send a form whatever `Accept` said,
 * and either with any content type. Members that mean nothing are left out.
 */
function readMembers(text: string): Members | undefined {
  const members = readJsonMembers(text) ?? readFormMembers(text);
  return members && Object.fromEntries(
    Object.entries(members)
      .map(([name, value]): [string, unknown] => [name, name === "access_token" ? value : takeOnly(value)])
      .filter(([, value]) => !isNothing(value)),
  );
}

function readJsonMembers(text: string): Members | undefined {
  try {
    const value = takeOnly(JSON.parse(text));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function readFormMembers(text: string): Members | undefined {
  const form = new URLSearchParams(text);
  return form.has("access_token") || form.has("error") ? Object.fromEntries(form) : undefined;
}

/** The element of a list that has exactly one, if another type was expected. */
function takeOnly(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? value[0] : value;
}

function isNothing(value: unknown): boolean {
  return value === null || (typeof value === "string" && /^\s*(null|undefined)?\s*$/.test(value));
}

/** A text without what PostgreSQL cannot store; undefined for other types, and for a text that is too long. */
function readText(value: unknown, maxBytes: number): string | undefined {
  // With its blanks: the trimmed text would keep all of them in memory.
  if (typeof value !== "string" || isTooLong(value, maxBytes)) {
    return undefined;
  }
  return value.trim().replaceAll("\0", "").toWellFormed() || undefined;
}

function joinScopes(value: unknown): unknown {
  return Array.isArray(value) ? value.filter((scope) => typeof scope === "string").join(" ") : value;
}

/** A number or its text. With 0 or less, some providers say that a token does not expire. */
function readLifetime(value: unknown): number | null {
  const isNumeric = typeof value === "number" || (typeof value === "string" && /^\s*[\d.]+\s*$/.test(value));
  const seconds = isNumeric ? Math.floor(Number(value)) : NaN;
  return seconds >= 1 ? Math.min(seconds, MAX_LIFETIME_SECONDS) : null;
}
