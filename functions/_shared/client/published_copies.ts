/**
 * Copies of what clients publish. The worker keeps them, and limits its requests to the publishers.
 *
 * One URL is fetched by one request at a time, and all callers share it. A
 * failure is kept for seconds, so that a flood of requests here is not a flood
 * at the publisher. Each URL has a budget, and each host has one for URLs
 * without a copy. During trouble of the moment the last good copy is used for a
 * day. An answer that nothing is there, or a wrong document, ends the copy.
 *
 * @module
 */

import { OAuthError, unavailable } from "../errors.ts";
import { buildBudget } from "./budget.ts";

/** What was fetched, and how long it stays fresh. */
export interface Fetched<Document> {
  document: Document;
  freshSeconds: number;
}

/** Finds what is published at a URL. `anew` fetches it and uses no copy. */
export type FindPublished<Document> = (url: string, anew?: boolean) => Promise<Document>;

/** A key set has up to 64 KB. */
const MAX_COPIES = 200;
const TROUBLE_MILLISECONDS = 5_000;
const REFUSAL_MILLISECONDS = 30_000;
const LAST_COPY_MILLISECONDS = 24 * 60 * 60 * 1000;

/**
 * Builds the look-up over what `fetchPublished` fetches.
 *
 * @param fetchPublished Throws `temporarily_unavailable` for trouble of the moment, anything else for good.
 */
export function buildFindPublished<Document>(
  fetchPublished: (url: string) => Promise<Fetched<Document>>,
  now: () => number,
): FindPublished<Document> {
  const copies = new Map<string, { document: Document; freshUntil: number; lastUntil: number }>();
  const failures = new Map<string, { error: OAuthError; until: number }>();
  const flights = new Map<string, Promise<Document>>();
  const takeForUrl = buildBudget(10, 0.2, now);
  const takeForHost = buildBudget(30, 0.5, now);

  function isAffordable(url: string): boolean {
    return takeForUrl(url) && (copies.has(url) || takeForHost(new URL(url).host));
  }

  async function fetchAnew(url: string): Promise<Document> {
    const failure = failures.get(url);
    if (failure && failure.until > now()) {
      throw failure.error;
    }
    if (!isAffordable(url)) {
      throw outOfBudget();
    }
    try {
      const { document, freshSeconds } = await fetchPublished(url);
      const time = now();
      failures.delete(url);
      put(copies, url, {
        document,
        freshUntil: time + freshSeconds * 1000,
        lastUntil: time + LAST_COPY_MILLISECONDS,
      });
      return document;
    } catch (thrown) {
      if (thrown instanceof OAuthError) {
        const milliseconds = isTrouble(thrown) ? TROUBLE_MILLISECONDS : REFUSAL_MILLISECONDS;
        put(failures, url, { error: thrown, until: now() + milliseconds });
        if (!isTrouble(thrown)) {
          copies.delete(url);
        }
      }
      throw thrown;
    }
  }

  function join(url: string): Promise<Document> {
    const flight = flights.get(url) ?? fetchAnew(url).finally(() => flights.delete(url));
    flights.set(url, flight);
    return flight;
  }

  return async (url, anew = false) => {
    const copy = copies.get(url);
    if (copy && !anew && copy.freshUntil > now()) {
      return copy.document;
    }
    try {
      return await join(url);
    } catch (thrown) {
      if (copy && !anew && copy.lastUntil > now() && isTrouble(thrown)) {
        return copy.document;
      }
      throw thrown;
    }
  };
}

/** Whether an error is trouble of the moment. */
export function isTrouble(thrown: unknown): boolean {
  return thrown instanceof OAuthError && thrown.code === "temporarily_unavailable";
}

function outOfBudget(): OAuthError {
  return unavailable(
    "Cannot log in now: the app's host was asked too often, try again",
    "published_budget_spent",
  );
}

/** Puts an entry last, and drops the first of too many. */
function put<Entry>(entries: Map<string, Entry>, key: string, entry: Entry): void {
  entries.delete(key);
  if (entries.size >= MAX_COPIES) {
    entries.delete(entries.keys().next().value!);
  }
  entries.set(key, entry);
}
