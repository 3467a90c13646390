/**
 * The span of a request to an endpoint, by the conventions for HTTP servers.
 *
 * It has no path and no address: a caller can write anything into a path, and
 * the address says whose request it is.
 *
 * @module
 */

import type { LogEntry } from "../log.ts";
import { count, type CounterName, type Span, type SpanStart } from "../telemetry/telemetry.ts";
import { parseTraceparent, type TraceContext } from "../telemetry/trace_context.ts";

/** The methods that the conventions name; any other is a text of the caller's. */
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/** What the span of a request says when it begins. */
export function describeRequest(
  request: Request,
  { name, route = "/{slug}" }: { name: string; route?: string },
): SpanStart {
  const method = METHODS.includes(request.method) ? request.method : "_OTHER";
  const path = `/${name}${route}`;
  return {
    name: `${method === "_OTHER" ? "HTTP" : method} ${path}`,
    kind: "server",
    attributes: {
      "http.request.method": method,
      "http.route": path,
      "url.scheme": new URL(request.url).protocol.slice(0, -1),
    },
  };
}

/** The trace that the caller says the request is part of. */
export function readCallersTrace(headers: Headers): TraceContext | undefined {
  return parseTraceparent(headers.get("traceparent") ?? "");
}

/** Adds what the log says of the answer, and counts it. */
export function describeAnswer(span: Span, entry: LogEntry, counter: CounterName | undefined): void {
  const status = entry.failure ?? entry.status;
  const outcome = entry.reason === "ok" && status >= 400 ? `${status}` : entry.reason;
  span.set({
    "http.response.status_code": entry.status,
    "gatepost.request_id": entry.requestId,
    "gatepost.server": entry.server,
    "gatepost.outcome": outcome,
  });
  if (status >= 500) {
    span.fail(outcome);
  } else if (status >= 400) {
    span.set({ "error.type": outcome });
  }
  if (counter !== undefined) {
    count(counter, { "gatepost.outcome": outcome });
  }
}
