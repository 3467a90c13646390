/**
 * What is examined, and the bounds of an examination.
 *
 * @module
 */

import type { OAuthConfig } from "../../database/rows.ts";
import { OAuthError } from "../../errors.ts";
import { isJsonObject } from "../../http/body.ts";
import { parseExactJson } from "../../http/exact_json.ts";
import type { SafeFetch } from "../../http/safe_fetch.ts";

/** A config, saved or not, and the secret that may be tried with it. */
export interface Examination {
  /** Its ciphertext is not used. An empty `client_id` is none. */
  config: OAuthConfig;
  /** Undefined where none may be tried. */
  clientSecret: string | undefined;
  /** What has to be registered at the provider. */
  redirectUri: string;
}

/** What an examination has seen on its way. */
export interface Observed {
  /** The last discovery document, with all its members. */
  document: Record<string, unknown> | undefined;
  /** The provider's clock minus this one's, in seconds. */
  clockSkew: number | undefined;
}

/** More than any examination needs: one that finds a provider makes 16 at most, and a search 27. */
const MAX_REQUESTS = 32;
const MAX_MILLISECONDS = 30_000;

/** A fetch for one examination: it ends in time, keeps its number of requests, and notes what the doctor reads. */
export function observeFetch(
  safeFetch: SafeFetch,
  now: () => number,
): { fetch: SafeFetch; observed: Observed } {
  const observed: Observed = { document: undefined, clockSkew: undefined };
  const ends = now() + MAX_MILLISECONDS;
  let left = MAX_REQUESTS;
  const fetch: SafeFetch = async (url, init) => {
    if (left-- <= 0 || now() > ends) {
      throw new OAuthError("temporarily_unavailable", "Cannot examine the provider: it takes too long", {
        reason: "upstream_examination_too_long",
      });
    }
    const response = await safeFetch(url, init);
    const date = Date.parse(response.headers.get("Date") ?? "");
    if (!Number.isNaN(date)) {
      observed.clockSkew = Math.round((date - now()) / 1000);
    }
    if (!new URL(url).pathname.includes("/.well-known/")) {
      return response;
    }
    const text = await response.text();
    const document = parseExactJson(text);
    observed.document = isJsonObject(document) ? document : observed.document;
    return new Response(text === "" ? null : text, response);
  };
  return { fetch, observed };
}

/** The texts of a list that a provider published; undefined where it published none. */
export function readTexts(
  document: Record<string, unknown> | undefined,
  member: string,
): string[] | undefined {
  const value = document?.[member];
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : undefined;
}
