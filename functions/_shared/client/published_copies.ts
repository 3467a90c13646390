/**
 * Copies of what clients publish. The worker keeps them, and limits its requests to the publishers.
 *
 * One URL is fetched by one request at a time, and all callers share it. A
 * failure is kept for seconds, so that a flood of requests here is not a flood
 * at the publisher. Each URL has a budget, and each host has one for URLs
 * without a copy. During trouble of the moment the last good copy is used for a
 * day. An answer that nothing is there, or a wrong document, ends the copy.
 * Copies are on the account of the site that publishes them.
 *
 * @module
 */

import { buildBoundedStore } from "../bounded_store.ts";
import { OAuthError, unavailable } from "../errors.ts";
import { sizeOfJson } from "../expiring_cache.ts";
import { buildBudget } from "./budget.ts";
import { readSite } from "./published_url.ts";

/** What was fetched, and how long it stays fresh. */
export interface Fetched<Document> {
  document: Document;
  freshSeconds: number;
}

/** Finds what is published at a URL. `anew` fetches it and uses no copy. */
export type FindPublished<Document> = (url: string, anew?: boolean) => Promise<Document>;

/** A key set has up to 64 kB. */
const LIMITS = { maxEntries: 1000, maxBytes: 2_000_000 };
/** An error with its causes. */
const FAILURE_BYTES = 4000;
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
  const copies = buildBoundedStore<{ document: Document; freshUntil: number }>(LIMITS, now);
  const failures = buildBoundedStore<OAuthError>(LIMITS, now);
  const flights = new Map<string, Promise<Document>>();
  const takeForUrl = buildBudget(10, 0.2, now);
  const takeForHost = buildBudget(30, 0.5, now);

  function isAffordable(url: string): boolean {
    const { host, hostname } = new URL(url);
    return takeForUrl(url, hostname) && (copies.find(url) !== undefined || takeForHost(host, hostname));
  }

  async function fetchAnew(url: string): Promise<Document> {
    const failure = failures.find(url);
    if (failure) {
      throw failure;
    }
    const owner = readSite(new URL(url).hostname);
    if (!isAffordable(url)) {
      throw outOfBudget();
    }
    try {
      const { document, freshSeconds } = await fetchPublished(url);
      const time = now();
      failures.delete(url);
      copies.put(url, { document, freshUntil: time + freshSeconds * 1000 }, {
        owner,
        bytes: sizeOfJson(document),
        until: time + LAST_COPY_MILLISECONDS,
      });
      return document;
    } catch (thrown) {
      if (thrown instanceof OAuthError) {
        const milliseconds = isTrouble(thrown) ? TROUBLE_MILLISECONDS : REFUSAL_MILLISECONDS;
        failures.put(url, thrown, { owner, bytes: FAILURE_BYTES, until: now() + milliseconds });
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
    const copy = copies.find(url);
    if (copy && !anew && copy.freshUntil > now()) {
      return copy.document;
    }
    try {
      return await join(url);
    } catch (thrown) {
      if (copy && !anew && isTrouble(thrown)) {
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
