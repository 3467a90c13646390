/**
 * The span of a request to an endpoint, by the conventions for HTTP servers.
 *
 * It has no path and no address: a caller can write anything into a path, and
 * the address says whose request it is.
 *
 * @module
 */

import type { LogEntry } from "../log.ts";
import { type RequestKind, runInScope, type SpanStart, type Telemetry } from "./telemetry.ts";
import { parseTraceparent } from "./trace_context.ts";

/** The methods that the conventions name; any other is a text of the caller's. */
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/** Builds what runs a request in a span, which is part of the trace that the caller names. */
export function buildTraceRequest(
  telemetry: Pick<Telemetry, "startSpan" | "count">,
): Telemetry["traceRequest"] {
  return async (request, kind, serve) => {
    const span = telemetry.startSpan(
      describeRequest(request, kind),
      parseTraceparent(request.headers.get("traceparent") ?? ""),
    );
    try {
      const { response, entry } = await runInScope({ telemetry, span }, () => serve(span));
      const [status, outcome] = [statusOf(entry), toOutcome(entry)];
      span.set({
        "http.response.status_code": entry.status,
        "gatepost.request_id": entry.requestId,
        "gatepost.server": entry.server,
        "gatepost.outcome": outcome,
        "error.type": status >= 400 ? outcome : undefined,
      });
      if (status >= 500) {
        span.fail(outcome);
      }
      if (kind.counter !== undefined && request.method !== "OPTIONS") {
        telemetry.count(kind.counter, { "gatepost.outcome": outcome });
      }
      return response;
    } finally {
      span.end();
    }
  };
}

/** What the span of a request says when it begins. */
function describeRequest(request: Request, { name, route = "/{slug}" }: RequestKind): SpanStart {
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

/** The status that an answer stands for: a redirect can bring bad news. */
function statusOf({ failure, status }: LogEntry): number {
  return failure ?? status;
}

/** The reason of the log, or the status of an error that the MCP server answered with. */
function toOutcome(entry: LogEntry): string {
  return entry.reason === "ok" && statusOf(entry) >= 400 ? `${statusOf(entry)}` : entry.reason;
}
