/**
 * Copies of what clients publish, kept in the worker, and manners towards those who publish it.
 *
 * One fetch at a time for one URL, however many wait for it. A failure is
 * remembered for seconds, so that a flood of requests is no flood elsewhere.
 * Each URL has a budget, and each host one for URLs of which no copy is there.
 * In trouble of the moment the last good copy serves for a day; what says that
 * there is none, or is wrong, ends it.
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

/** Finds what is published at a URL; `anew` wants it as it is now, and no copy instead. */
export type FindPublished<Document> = (url: string, anew?: boolean) => Promise<Document>;

const MAX_COPIES = 500;
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

/** Whether what was thrown may pass. */
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
