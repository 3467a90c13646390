/**
 * Requests of a worker that wait for an answer, by server, user, MCP session and id.
 *
 * Most answers come with the answer to their own HTTP request. This is for the
 * others: an answer that comes on another stream of the same session, and a
 * client that takes a request back. A request whose own stream has ended waits
 * for five minutes. What another worker sees does not come here.
 *
 * @module
 */

import type { CapturedPart } from "./capture.ts";
import type { CallOutcome } from "./call_record.ts";

/** What an answer says. */
export interface CallAnswer {
  outcome: CallOutcome;
  errorCode: number | null;
  result: CapturedPart | undefined;
  bytes: number;
}

/** A request that waits. */
export interface OpenCall {
  /** Ends it. The second time nothing happens. */
  finish: (answer: CallAnswer) => void;
}

/** The requests that wait. */
export interface OpenCalls {
  /** Keeps a request by its scope and id, in the place of an older one of the same. */
  put: (key: string, call: OpenCall) => void;
  find: (key: string) => OpenCall | undefined;
  /** Forgets a request that has ended. */
  delete: (key: string, call: OpenCall) => void;
  /** Lets a request wait for an answer on another stream. */
  park: (call: OpenCall) => void;
  /** Ends all requests that wait, because the worker ends. */
  endAll: () => void;
}

const PARKED_MILLISECONDS = 5 * 60_000;
/** A request that waits without a connection is ended early where there are more. */
const MAX_PARKED = 500;
/** Beyond that the oldest are no longer found by their id. They still end with their own stream. */
const MAX_CALLS = 10_000;

/** What became of a request that nobody answered. */
export const UNANSWERED: CallAnswer = { outcome: "unanswered", errorCode: null, result: undefined, bytes: 0 };

/** Builds the requests of one worker. */
export function buildOpenCalls(now: () => number): OpenCalls {
  const calls = new Map<string, OpenCall>();
  /** Until when each waits. The first to be given up stands first. */
  const parked = new Map<OpenCall, number>();

  function giveUp(): void {
    for (const [call, until] of parked) {
      if (until > now() && parked.size <= MAX_PARKED) {
        return;
      }
      parked.delete(call);
      call.finish(UNANSWERED);
    }
  }

  return {
    put: (key, call) => {
      giveUp();
      calls.delete(key);
      calls.set(key, call);
      if (calls.size > MAX_CALLS) {
        calls.delete(calls.keys().next().value!);
      }
    },
    find: (key) => calls.get(key),
    delete: (key, call) => {
      parked.delete(call);
      if (calls.get(key) === call) {
        calls.delete(key);
      }
    },
    park: (call) => {
      parked.set(call, now() + PARKED_MILLISECONDS);
      giveUp();
    },
    endAll: () => {
      for (const call of [...calls.values(), ...parked.keys()]) {
        call.finish(UNANSWERED);
      }
    },
  };
}
