/**
 * The trace of a call on its way to the MCP server (W3C Trace Context).
 *
 * A valid `traceparent` is passed on, a missing or malformed one is made. Where
 * Gatepost records spans, the span of the call stands in it as the parent.
 * `tracestate` belongs to the caller's `traceparent` and passes only with it.
 *
 * @module
 */

import type { Span } from "../../_shared/telemetry/telemetry.ts";
import {
  formatTraceparent,
  isTracestate,
  newTraceContext,
  parseTraceparent,
} from "../../_shared/telemetry/trace_context.ts";
import type { HeaderList } from "./headers.ts";

/** The headers that a call is sent with, for the span that records it, if one does. */
export type TraceHeaders = (span: Pick<Span, "context"> | undefined) => HeaderList;

/** Reads the trace of a call. What is sent twice is in the same trace. */
export function buildTraceHeaders(received: Headers): TraceHeaders {
  const given = received.get("traceparent") ?? "";
  const isValid = parseTraceparent(given) !== undefined;
  const traceparent = isValid ? given : formatTraceparent(newTraceContext());
  const tracestate = isValid ? received.get("tracestate") ?? "" : "";
  const passed: HeaderList = tracestate !== "" && isTracestate(tracestate)
    ? [["tracestate", tracestate]]
    : [];
  return (span) => [
    ["traceparent", span === undefined ? traceparent : formatTraceparent(span.context)],
    ...passed,
  ];
}
