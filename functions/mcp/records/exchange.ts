/**
 * One HTTP exchange of the gateway: the requests that it carries, and what becomes of each.
 *
 * Requests are seen as they pass, answers too. A request ends once: by its
 * answer, by the end of what could carry one, or because the client takes it
 * back. Only the exchange that carries a request writes its record.
 *
 * @module
 */

import type { McpServer } from "../../_shared/database/rows.ts";
import { OAuthError } from "../../_shared/errors.ts";
import { type Called, fillCalled } from "../called.ts";
import type { CallOutcome, CallRecord, Recorder } from "./call_record.ts";
import { describeMessage, listSecrets, UNREADABLE_METHOD } from "./describe_message.ts";
import {
  buildMessageScanner,
  emptyMessage,
  type MessageScanner,
  type ScannedMessage,
} from "./message_scanner.ts";
import { type CallAnswer, type OpenCall, type OpenCalls, UNANSWERED } from "./open_calls.ts";
import { toPayload } from "./payload.ts";

/** What is known of who calls. */
export interface Caller {
  userId: string | null;
  clientId: string | null;
}

/** What the exchange is told of the answer. */
export interface AnswerSeen {
  status: number;
  /** JSON, an event stream, or something that is not read. */
  kind: AnswerKind;
  /** How long the answer says it is. */
  declaredBytes: number;
}

/** How an answer is read. */
export type AnswerKind = "json" | "events" | "none" | "other";

/** Sees the next piece of a body, and whether it is the last. */
export type SeeBody = (piece: Uint8Array, isLast: boolean) => void;

/** One exchange. Nothing of it throws: what goes wrong here costs a record and not the call. */
export interface Exchange {
  /** Sees the body of the request as it passes. */
  seeRequest: SeeBody;
  /** Says who calls, once that is proven. */
  identify: (caller: Caller) => void;
  /** The call goes to the MCP server, with these secrets beside those of the request. */
  begin: (secrets: readonly (string | undefined)[]) => void;
  /** The MCP server refused, or failed: the client gets an answer of Gatepost. */
  noteStatus: (status: number) => void;
  /** The answer begins. Returns what has to see it; undefined if nothing need be known of it. */
  answer: (seen: AnswerSeen) => MessageScanner | undefined;
  /** So many bytes of the answer have passed, with those that the scanner gets next. */
  passBytes: (count: number) => void;
  /** The answer is over. */
  end: (how: "ended" | "broken" | "cancelled") => void;
  /** There was no answer but this refusal or failure. */
  fail: (thrown: unknown) => void;
  /** Whether nothing more need be seen. */
  isOver: () => boolean;
  /** Takes a step of reading the answer. */
  tolerate: (step: () => void) => void;
}

/** Opens the exchange of a request at a server. What its message calls is filled in as it passes. */
export type OpenExchange = (request: Request, server: McpServer, called?: Called) => Exchange;

/** What the records need from outside. */
export interface ExchangeDependencies {
  recorder: Recorder;
  openCalls: OpenCalls;
  now: () => number;
}

/** Of a batch so many requests are recorded. No known client sends as many. */
export const MAX_CALLS = 200;
/** No MCP server has longer ones. A longer one would fill the memory. */
const MAX_SESSION_CHARACTERS = 255;

/** A request, or a notification, that has passed and has not ended. */
interface PassedCall extends OpenCall {
  message: ScannedMessage;
  key: string | undefined;
  arguments: unknown;
  isSettled: boolean;
}

/** Builds what opens exchanges. */
export function buildOpenExchange({ recorder, openCalls, now }: ExchangeDependencies): OpenExchange {
  return (request, server, called = {}) => {
    const startedAt = now();
    const mcpSessionId = request.headers.get("Mcp-Session-Id");
    const isListening = request.method === "GET";
    const wantsArguments = server.record_payloads !== "none";
    const open = new Set<PassedCall>();
    let secrets: string[] = [];
    let caller: Caller = { userId: null, clientId: null };
    let scope: string | undefined;
    let hasBegun = false;
    let count = 0;
    let unreadable = 0;
    let status: number | null = null;
    let kind: AnswerKind = "none";
    let passedBytes = 0;
    let hasAnswers = false;
    let isOdd = false;

    function addMessage(message: ScannedMessage): void {
      if (message.method === undefined && (message.hasResult || message.hasError)) {
        // The client answers a request of the MCP server.
        return;
      }
      fillCalled(called, message, count === 0);
      if (count === MAX_CALLS) {
        recorder.lose(1);
        return;
      }
      count++;
      const call: PassedCall = {
        message,
        key: undefined,
        arguments: null,
        isSettled: false,
        finish: (answer) => finish(call, answer),
      };
      open.add(call);
      if (hasBegun) {
        settle(call);
      }
    }

    /** Done once it is known who calls: what the client takes back ends, and others can find the request. */
    function settle(call: PassedCall): void {
      const { message } = call;
      call.isSettled = true;
      if (message.arguments !== undefined) {
        call.arguments = toPayload(message.arguments, toRules());
        message.arguments = undefined;
      }
      if (message.method === "notifications/cancelled" && message.requestId !== undefined) {
        const cancelled = scope && openCalls.find(`${scope} ${message.requestId}`);
        cancelled && cancelled.finish({ ...UNANSWERED, outcome: "cancelled" });
      }
      if (message.id !== undefined && scope !== undefined) {
        call.key = `${scope} ${message.id}`;
        openCalls.put(call.key, call);
      }
    }

    function toRules(): Parameters<typeof toPayload>[1] {
      return { redactedPaths: server.redacted_paths, secrets };
    }

    function finish(call: PassedCall, answer: CallAnswer): void {
      if (!open.delete(call)) {
        return;
      }
      if (!call.isSettled) {
        settle(call);
      }
      if (call.key !== undefined) {
        openCalls.delete(call.key, call);
      }
      recorder.add(toRecord(call, answer));
    }

    function finishAll(outcome: CallOutcome, bytes = passedBytes, errorCode: number | null = null): void {
      // A request of a batch shares the answer with the others.
      const share = open.size > 1 ? 0 : bytes;
      for (const call of [...open]) {
        finish(call, { outcome, errorCode, result: undefined, bytes: share });
      }
    }

    function toRecord({ message, arguments: given }: PassedCall, answer: CallAnswer): CallRecord {
      const described = describeMessage(message, secrets);
      return {
        organizationId: server.organization_id,
        serverId: server.id,
        ...caller,
        mcpSessionId,
        ...described,
        startedAt,
        milliseconds: now() - startedAt,
        outcome: answer.outcome === "ok" && described.method === UNREADABLE_METHOD
          ? "unreadable"
          : answer.outcome,
        errorCode: answer.errorCode,
        httpStatus: status,
        bytesIn: message.bytes,
        bytesOut: answer.bytes,
        arguments: given,
        result: answer.result === undefined ? null : toPayload(answer.result, toRules()),
      };
    }

    function readAnswer(message: ScannedMessage): void {
      const { hasError, hasResult, isError, errorCode, result } = message;
      if (!hasError && !hasResult) {
        return;
      }
      hasAnswers = true;
      const answer: CallAnswer = {
        outcome: hasError ? "rpc_error" : isError ? "tool_error" : "ok",
        errorCode: hasError ? errorCode : null,
        result: hasError ? undefined : result,
        bytes: count > 1 || isListening ? message.bytes : passedBytes,
      };
      const call = findOwn(message.id);
      if (call !== undefined) {
        finish(call, status! >= 400 ? { ...answer, outcome: "http_error", result: undefined } : answer);
      } else if (hasError && (message.id === undefined || message.id === "null")) {
        // The MCP server could not read which request it was (JSON-RPC 2.0 §5).
        finishAll(status! >= 400 ? "http_error" : "rpc_error", passedBytes, errorCode);
      } else if (scope !== undefined && message.id !== undefined) {
        openCalls.find(`${scope} ${message.id}`)?.finish(answer);
      }
    }

    function findOwn(id: string | undefined): PassedCall | undefined {
      for (const call of open) {
        if (call.message.id === id && id !== undefined) {
          return call;
        }
      }
      return undefined;
    }

    const scanner = request.method === "POST"
      ? buildMessageScanner({
        wantsArguments,
        wantsResult: false,
        onMessage: addMessage,
        onUnreadable: () => {
          unreadable++;
        },
      })
      : undefined;

    /** What could not be read is one request, however much of it there is. */
    function addUnreadable(): void {
      if (unreadable > 0) {
        unreadable = 0;
        addMessage(emptyMessage());
      }
    }

    return guard({
      seeRequest: (piece, isLast) => {
        scanner?.push(piece);
        isLast && scanner?.end();
      },
      identify: (proven) => {
        caller = proven;
        const isShort = mcpSessionId === null || mcpSessionId.length <= MAX_SESSION_CHARACTERS;
        scope = isShort && (proven.userId !== null || mcpSessionId !== null)
          ? JSON.stringify([server.id, proven.userId, mcpSessionId])
          : undefined;
        secrets = listSecrets(request.headers);
      },
      begin: (more) => {
        secrets.push(...more.filter((secret) => secret !== undefined));
        hasBegun = true;
        [...open].forEach(settle);
      },
      noteStatus: (seen) => {
        status = seen;
      },
      answer: (seen) => {
        ({ status, kind } = seen);
        addUnreadable();
        for (const call of [...open].filter(({ message }) => message.id === undefined)) {
          finish(call, {
            ...UNANSWERED,
            outcome: status >= 400 ? "http_error" : "ok",
            bytes: open.size > 1 ? 0 : seen.declaredBytes,
          });
        }
        if (isListening ? kind !== "events" || scope === undefined : open.size === 0) {
          return undefined;
        }
        if (kind === "none") {
          endWithoutBody();
          return undefined;
        }
        if (kind === "other") {
          finishAll(status >= 400 ? "http_error" : "unreadable", seen.declaredBytes);
          return undefined;
        }
        return buildMessageScanner({
          wantsArguments: false,
          wantsResult: server.record_payloads === "all",
          onMessage: readAnswer,
          onUnreadable: () => {
            isOdd = true;
          },
        });
      },
      passBytes: (bytes) => {
        passedBytes += bytes;
      },
      end: (how) => {
        if (how === "cancelled") {
          finishAll("cancelled");
        } else if (status! >= 400) {
          finishAll("http_error");
        } else if (how === "broken") {
          finishAll("unanswered");
        } else if (kind === "events" && scope !== undefined && mcpSessionId !== null) {
          open.forEach((call) => openCalls.park(call));
        } else {
          finishAll(isOdd || (kind === "json" && !hasAnswers) ? "unreadable" : "unanswered");
        }
      },
      fail: (thrown) => {
        addUnreadable();
        const refusal = thrown instanceof OAuthError ? thrown : undefined;
        if (refusal?.reason === "client_gone" || request.signal.aborted) {
          finishAll("cancelled");
        } else if (status !== null) {
          finishAll("http_error");
        } else if (!hasBegun && refusal !== undefined && refusal.status < 500) {
          status = refusal.status;
          finishAll("refused");
        } else {
          finishAll("unanswered");
        }
      },
      isOver: () => open.size === 0 && !isListening,
      tolerate: (step) => step(),
    }, recorder);

    function endWithoutBody(): void {
      if (status === 202) {
        // The answer comes on the stream that the client has opened by GET.
        scope === undefined ? finishAll("unanswered") : open.forEach((call) => openCalls.park(call));
      } else {
        finishAll(status! >= 400 ? "http_error" : "unanswered");
      }
    }
  };
}

/** A mistake in reading what passes is counted as a record that is lost. */
function guard(exchange: Exchange, recorder: Recorder): Exchange {
  const attempt =
    <Args extends unknown[], Result>(step: (...args: Args) => Result, otherwise: Result) =>
    (...args: Args): Result => {
      try {
        return step(...args);
      } catch {
        recorder.lose(1);
        return otherwise;
      }
    };
  return {
    seeRequest: attempt(exchange.seeRequest, undefined),
    identify: attempt(exchange.identify, undefined),
    begin: attempt(exchange.begin, undefined),
    noteStatus: exchange.noteStatus,
    answer: attempt(exchange.answer, undefined),
    passBytes: exchange.passBytes,
    end: attempt(exchange.end, undefined),
    fail: attempt(exchange.fail, undefined),
    isOver: exchange.isOver,
    tolerate: attempt(exchange.tolerate, undefined),
  };
}
