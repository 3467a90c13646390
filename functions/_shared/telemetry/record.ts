/**
 * Recording with OpenTelemetry's own packages: spans and sums, sent as OTLP over HTTP in protobuf.
 *
 * The exporters of OpenTelemetry send by timers of their own, and Supabase's
 * runtime ends a worker that has answered. So `outbox.ts` sends, and the packages
 * do the rest: who samples, what a span is, how sums add up, how all of it is
 * written.
 *
 * @module
 */

import {
  type Context,
  ROOT_CONTEXT,
  type Span as SdkSpan,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { ProtobufMetricsSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { defaultResource, type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import {
  AlwaysOnSampler,
  ParentBasedSampler,
  type ReadableSpan,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { CollectorAccess } from "../config.ts";
import { writeLoss } from "../log.ts";
import { keepWorkerRunning } from "../worker.ts";
import { buildOutbox, type Delivery, type OutboxDependencies } from "./outbox.ts";
import { buildTraceRequest } from "./request_span.ts";
import { type Attributes, type CounterName, COUNTERS, type Span, type Telemetry } from "./telemetry.ts";
import type { TraceContext } from "./trace_context.ts";

const SCOPE = "gatepost";
const TIMEOUT_MILLISECONDS = 10_000;
const CONTENT_TYPE = "application/x-protobuf";
/** No attribute is longer. */
const MAX_ATTRIBUTE_CHARACTERS = 256;
/** Of a trace's flags, the one that the packages do not pass on. */
const RANDOM_FLAG = 2;
/** Statuses of a collector that takes the same message later (OTLP 1.0, "Retryable Response Codes"). */
const PASSING = [429, 502, 503, 504];

/** Telemetry whose queue can be emptied. */
export interface RecordingTelemetry extends Telemetry {
  flush: () => Promise<void>;
}

/** What recording needs from outside. */
export type RecordDependencies = Pick<OutboxDependencies<ReadableSpan>, "keepRunning" | "logLoss">;

const OF_THE_WORKER: RecordDependencies = { keepRunning: keepWorkerRunning, logLoss: writeLoss };

/** Builds the telemetry of one function in one worker. */
export function buildTelemetry(
  functionName: string,
  access: CollectorAccess,
  dependencies: RecordDependencies = OF_THE_WORKER,
): RecordingTelemetry {
  const resource = defaultResource().merge(resourceFromAttributes({
    "service.name": "gatepost",
    "service.instance.id": crypto.randomUUID(),
    "faas.name": functionName,
  }));
  const reader = new OnDemandReader();
  const outbox = buildOutbox<ReadableSpan>({
    ...dependencies,
    now: () => performance.now(),
    sendBatch: (spans) => send(access, "/v1/traces", () => ProtobufTraceSerializer.serializeRequest(spans)),
    sendCounters: () =>
      send(access, "/v1/metrics", async () => {
        const { resourceMetrics } = await reader.collect();
        return ProtobufMetricsSerializer.serializeRequest(resourceMetrics);
      }),
  });
  const addCount = buildCounters(resource, reader);
  const telemetry: Pick<Telemetry, "startSpan" | "count"> = {
    startSpan: buildStartSpan(resource, outbox.add),
    count: (counter, attributes) => {
      addCount(counter, attributes);
      outbox.noteCount();
    },
  };
  return { ...telemetry, traceRequest: buildTraceRequest(telemetry), flush: outbox.flush };
}

/** Reads the sums when they are to be sent. */
class OnDemandReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

function buildCounters(resource: Resource, reader: OnDemandReader): Telemetry["count"] {
  const meter = new MeterProvider({ resource, readers: [reader] }).getMeter(SCOPE);
  const counters = new Map(
    Object.entries(COUNTERS).map(([name, description]) => [name, meter.createCounter(name, { description })]),
  );
  return (counter: CounterName, attributes: Attributes) =>
    counters.get(counter)?.add(1, keepDefined(attributes));
}

function buildStartSpan(resource: Resource, add: (span: ReadableSpan) => void): Telemetry["startSpan"] {
  const nothing = (): Promise<void> => Promise.resolve();
  const tracer = new TracerProvider({
    resource,
    // The caller's flag decides; a request that is in no trace is recorded.
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    spanLimits: { attributeValueLengthLimit: MAX_ATTRIBUTE_CHARACTERS },
    spanProcessors: [{ onStart: () => undefined, onEnd: add, forceFlush: nothing, shutdown: nothing }],
  }).getTracer(SCOPE);
  return ({ name, kind, attributes }, parent) => {
    const options = {
      kind: kind === "server" ? SpanKind.SERVER : SpanKind.CLIENT,
      attributes: keepDefined(attributes),
    };
    return toSpan(tracer.startSpan(name, options, toContext(parent, kind === "server")), parent);
  };
}

function toContext(parent: TraceContext | undefined, isRemote: boolean): Context {
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, {
    traceId: parent.traceId,
    spanId: parent.parentId,
    traceFlags: parent.flags,
    isRemote,
  });
}

function toSpan(span: SdkSpan, parent: TraceContext | undefined): Span {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    context: { traceId, parentId: spanId, flags: traceFlags | ((parent?.flags ?? 0) & RANDOM_FLAG) },
    set: (attributes) => void span.setAttributes(keepDefined(attributes)),
    rename: (name) => void span.updateName(name),
    fail: (errorType) => {
      span.setAttribute("error.type", errorType);
      span.setStatus({ code: SpanStatusCode.ERROR });
    },
    end: () => span.end(),
  };
}

function keepDefined(attributes: Attributes): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, string | number] => entry[1] !== undefined),
  );
}

/** Hands one message over. Whatever goes wrong is the collector's trouble and nobody else's. */
async function send(
  { url, headers }: CollectorAccess,
  path: string,
  write: () => Uint8Array | undefined | Promise<Uint8Array | undefined>,
): Promise<Delivery> {
  try {
    const message = await write();
    if (message === undefined) {
      return "refused";
    }
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: [...headers, ["Content-Type", CONTENT_TYPE]],
      body: new Uint8Array(message),
      // What is sent elsewhere would take the headers along.
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
    await response.body?.cancel();
    return response.ok ? "delivered" : PASSING.includes(response.status) ? "later" : "refused";
  } catch {
    return "later";
  }
}
