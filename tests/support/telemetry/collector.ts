/**
 * A collector of OTLP over HTTP, which reads what arrives with OpenTelemetry's own decoder.
 *
 * The decoder is what protobufjs made of the protocol's definitions
 * (open-telemetry/opentelemetry-proto 1.7.0) for `@opentelemetry/otlp-transformer`
 * 0.203.0. Later versions of the package write by themselves and can no longer
 * read requests; the functions use one of those.
 *
 * @module
 */

import { createRequire } from "node:module";
import { installApart } from "../run/npm_binary.ts";

/** A span as it arrived. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  /** Empty where there is none. */
  parentSpanId: string;
  name: string;
  kind: "server" | "client" | "other";
  isError: boolean;
  attributes: Record<string, unknown>;
  /** Which worker of which function sent it. */
  resource: Record<string, unknown>;
}

/** A sum as it arrived. */
export interface ReceivedSum {
  name: string;
  value: number;
  isMonotonic: boolean;
  isCumulative: boolean;
  attributes: Record<string, unknown>;
  resource: Record<string, unknown>;
}

/** A message, as bytes. */
export interface ReceivedMessage {
  path: string;
  headers: Headers;
  bytes: Uint8Array;
}

/** A running collector. */
export interface Collector extends AsyncDisposable {
  [Symbol.asyncDispose]: () => Promise<void>;
  url: string;
  received: ReceivedMessage[];
  spans: ReceivedSpan[];
  /** The newest value of each sum of each worker. */
  readSums: () => ReceivedSum[];
  /** Waits until one span or more have arrived, and answers with all that fit. */
  waitForSpans: (fits: (span: ReceivedSpan) => boolean, atLeast?: number) => Promise<ReceivedSpan[]>;
  /** Waits until the sums are as they should be. */
  waitForSums: (fits: (sums: ReceivedSum[]) => boolean) => Promise<ReceivedSum[]>;
  /** Changes what it answers from now on; it keeps only what it takes. */
  answerWith: (answer: () => Response | Promise<Response>) => void;
}

/** As long as a machine with other work may take. */
const PATIENCE_MILLISECONDS = 60_000;
const CUMULATIVE = 2;

const decoder = await loadDecoder();

/** Starts a collector on a free port of the loopback interface. */
export function startCollector(): Collector {
  const received: ReceivedMessage[] = [];
  const spans: ReceivedSpan[] = [];
  const sums = new Map<string, ReceivedSum>();
  const waiting = new Set<() => void>();
  let answer: () => Response | Promise<Response> = () => new Response();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => undefined },
    async (request) => {
      const path = new URL(request.url).pathname;
      const bytes = new Uint8Array(await request.arrayBuffer());
      const response = await answer();
      if (response.ok) {
        received.push({ path, headers: request.headers, bytes });
        if (path.endsWith("/v1/traces")) {
          spans.push(...readSpans(bytes));
        } else {
          readSums(bytes).forEach((sum) =>
            sums.set(JSON.stringify([sum.resource["service.instance.id"], sum.name, sum.attributes]), sum)
          );
        }
        waiting.forEach((look) => look());
      }
      return response;
    },
  );
  const waitUntil = async <Found>(find: () => Found | undefined): Promise<Found> => {
    const found = Promise.withResolvers<Found>();
    const look = (): void => {
      const value = find();
      if (value !== undefined) {
        found.resolve(value);
      }
    };
    waiting.add(look);
    const timer = setTimeout(
      () =>
        found.reject(
          new Error(
            `The collector has ${spans.map(({ name }) => name)} and ${JSON.stringify([...sums.values()])}`,
          ),
        ),
      PATIENCE_MILLISECONDS,
    );
    look();
    return await found.promise.finally(() => {
      clearTimeout(timer);
      waiting.delete(look);
    });
  };
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    received,
    spans,
    readSums: () => [...sums.values()],
    waitForSpans: (fits, atLeast = 1) =>
      waitUntil(() => {
        const found = spans.filter(fits);
        return found.length >= atLeast ? found : undefined;
      }),
    waitForSums: (fits) => waitUntil(() => fits([...sums.values()]) ? [...sums.values()] : undefined),
    answerWith: (next) => {
      answer = next;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

// deno-lint-ignore no-explicit-any -- the decoder's messages are read here, and nowhere else.
type Message = any;

async function loadDecoder(): Promise<Message> {
  const folder = await installApart("@opentelemetry/otlp-transformer", "0.203.0");
  const require = createRequire(`${folder}/`);
  const root = require(
    `${folder}/node_modules/@opentelemetry/otlp-transformer/build/src/generated/root.js`,
  ) as Message;
  return root.opentelemetry.proto.collector;
}

function readSpans(bytes: Uint8Array): ReceivedSpan[] {
  const { resourceSpans } = decoder.trace.v1.ExportTraceServiceRequest.decode(bytes) as Message;
  return resourceSpans.flatMap(({ resource, scopeSpans }: Message) =>
    scopeSpans.flatMap(({ spans }: Message) =>
      spans.map((span: Message): ReceivedSpan => ({
        traceId: toHex(span.traceId),
        spanId: toHex(span.spanId),
        parentSpanId: toHex(span.parentSpanId ?? []),
        name: span.name,
        kind: span.kind === 2 ? "server" : span.kind === 3 ? "client" : "other",
        isError: span.status?.code === 2,
        attributes: readAttributes(span.attributes),
        resource: readAttributes(resource.attributes),
      }))
    )
  );
}

function readSums(bytes: Uint8Array): ReceivedSum[] {
  const { resourceMetrics } = decoder.metrics.v1.ExportMetricsServiceRequest.decode(bytes) as Message;
  return resourceMetrics.flatMap(({ resource, scopeMetrics }: Message) =>
    scopeMetrics.flatMap(({ metrics }: Message) =>
      metrics.flatMap(({ name, sum }: Message) =>
        sum.dataPoints.map((point: Message): ReceivedSum => ({
          name,
          value: Number(point.asInt ?? point.asDouble),
          isMonotonic: sum.isMonotonic,
          isCumulative: sum.aggregationTemporality === CUMULATIVE,
          attributes: readAttributes(point.attributes),
          resource: readAttributes(resource.attributes),
        }))
      )
    )
  );
}

function readAttributes(attributes: Message[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [
    key,
    value.stringValue ??
      (value.intValue === null || value.intValue === undefined
        ? value.doubleValue ?? value.boolValue
        : Number(value.intValue)),
  ]));
}

function toHex(bytes: Iterable<number>): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
