/**
 * The log: one JSON line a request on standard output.
 *
 * A line has fixed fields only, so that it cannot contain a token, a code, a
 * secret, a cookie or an address. For an unexpected error it has the name and
 * the place of the error, never the message: a message can quote input.
 *
 * @module
 */

import { type FailureDetail, toOAuthError } from "./errors.ts";

/** What one line says. */
export interface LogEntry {
  requestId: string;
  endpoint: string;
  /** The slug of the server that the request is for, where it names a well-formed one. */
  server: string | undefined;
  status: number;
  /** The status that the error stands for, where there was one: a redirect can bring bad news. */
  failure?: number | undefined;
  /** Stable slug: `ok` or the reason of an `OAuthError`. */
  reason: string;
  milliseconds: number;
  /** The trace that the request is recorded in, where it is. */
  traceId?: string | undefined;
  /** Where a failure happened and what was wrong, in words from fixed lists. */
  detail?: FailureDetail | undefined;
  cause?: unknown;
}

/** Writes one entry. Tests pass one that collects. */
export type Log = (entry: LogEntry) => void;

/** Writes an entry to standard output, 5xx answers and what left as a redirect instead of one as errors. */
export const writeLog: Log = (entry) => {
  const line = JSON.stringify({
    level: (entry.failure ?? entry.status) >= 500 ? "error" : "info",
    request_id: entry.requestId,
    endpoint: entry.endpoint,
    server: entry.server,
    status: entry.status,
    reason: entry.reason,
    detail: keepWords(entry.detail),
    ms: entry.milliseconds,
    trace_id: entry.traceId,
    cause: describeCauses(entry.cause),
  });
  // deno-lint-ignore no-console
  console.log(line);
};

/** Says that spans were dropped, which the collector did not take or the queue had no room for. */
export function writeLoss(spans: number): void {
  // deno-lint-ignore no-console
  console.log(JSON.stringify({ level: "error", reason: "spans_dropped", spans }));
}

/** Where in a request something happened that its answer does not tell. */
export interface Aside {
  requestId: string;
  endpoint: string;
  step: string;
}

/** Writes what nobody expected, beside a request that goes on. What is expected to fail is worth no line. */
export function logFault(log: Log, { requestId, endpoint, step }: Aside, thrown: unknown): void {
  const { code, reason, cause } = toOAuthError(thrown);
  if (code === "server_error") {
    const detail = { step };
    log({ requestId, endpoint, server: undefined, status: 500, reason, detail, milliseconds: 0, cause });
  }
}

/** The members of a detail that are numbers or slugs: whatever else could come in, the log stays free of it. */
function keepWords(detail: FailureDetail | undefined): FailureDetail | undefined {
  return detail && Object.fromEntries(
    Object.entries(detail).filter(([, value]) =>
      typeof value === "number" || /^[a-z0-9_]+$/.test(value ?? "")
    ),
  );
}

/** The chain of causes as names, codes and first frames. */
function describeCauses(cause: unknown): string | undefined {
  const names: string[] = [];
  let current = cause;
  while (current instanceof Error && names.length < 5) {
    const code = (current as { code?: unknown }).code;
    const frame = findFrame(current);
    names.push([current.name, typeof code === "string" ? code : undefined, frame].filter(Boolean).join(" "));
    current = current.cause;
  }
  return names.length > 0 ? names.join(" < ") : undefined;
}

/** Where an error was thrown. Its message is cut off first: a line of it can look like a frame. */
function findFrame({ message, stack = "" }: Error): string | undefined {
  const start = stack.indexOf(message);
  const frames = start < 0 ? [] : stack.slice(start + message.length).split("\n");
  return frames.find((line) => line.trimStart().startsWith("at "))?.trim();
}
