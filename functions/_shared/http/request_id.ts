/**
 * The id of the request that is being answered, for whatever happens on its behalf.
 *
 * The log, the page and the answer's header have it, and so does the audit:
 * every SQL function that is called meanwhile learns it by a header. It follows
 * the request through all that is awaited, so that no call has to be handed it.
 *
 * @module
 */

import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage<string>();

/** The header that carries the id. */
export const REQUEST_ID_HEADER = "X-Request-Id";

/** Runs a step on behalf of a request. */
export function runForRequest<Result>(requestId: string, step: () => Result): Result {
  return storage.run(requestId, step);
}

/** The id of the request on whose behalf this runs, if there is one. */
export function findRequestId(): string | undefined {
  return storage.getStore();
}
