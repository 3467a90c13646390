/**
 * What Gatepost records of its work: spans and counters, if a collector is configured.
 *
 * A request opens a scope, and whatever happens on its behalf finds the scope
 * by itself, as it finds the request's id. Where nothing is recorded there is no
 * scope, and every function here only runs its step. The packages that record
 * are loaded by `open_telemetry.ts` alone.
 *
 * An attribute is a word of a fixed list, a number, a slug or a host's name. It
 * is never a token, a secret, a code, a cookie, a query or whose request it is.
 *
 * @module
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { OAuthError } from "../errors.ts";
import type { LogEntry } from "../log.ts";
import type { TraceContext } from "./trace_context.ts";

/** What a span or a count says, by the names of the semantic conventions. What is undefined is left out. */
export type Attributes = Record<string, string | number | undefined>;

/** Every counter, with its description. */
export const COUNTERS = {
  "gatepost.logins": "Logins that came back from the provider",
  "gatepost.token.refreshes": "Refresh token grants of MCP clients",
  "gatepost.upstream.refreshes": "Refreshes of the providers' tokens",
  "gatepost.gateway.calls": "Requests to the gateway",
  "gatepost.upstream.failures": "Steps at providers that failed",
} as const;

/** The name of a counter. */
export type CounterName = keyof typeof COUNTERS;

/** What a span is when it begins. */
export interface SpanStart {
  name: string;
  kind: "server" | "client";
  attributes: Attributes;
}

/** A piece of work that is under way. */
export interface Span {
  /** The headers of requests that go out on behalf of it name it. */
  context: TraceContext;
  set: (attributes: Attributes) => void;
  rename: (name: string) => void;
  /** Says that it failed, with a word of few. */
  fail: (errorType: string) => void;
  end: () => void;
}

/** What kind of request an endpoint answers. */
export interface RequestKind {
  /** The function's name. */
  name: string;
  /** The path below the function as a pattern; `/{slug}` by default. */
  route?: string;
  /** Counts the answers by outcome. */
  counter?: CounterName;
}

/** What records. */
export interface Telemetry {
  startSpan: (start: SpanStart, parent: TraceContext | undefined) => Span;
  count: (counter: CounterName, attributes: Attributes) => void;
  /** Runs a request in a span, which says what the log says of it. */
  traceRequest: (
    request: Request,
    kind: RequestKind,
    serve: (span: Span) => Promise<{ response: Response; entry: LogEntry }>,
  ) => Promise<Response>;
}

/** What happens on behalf of one request. */
export interface Scope {
  telemetry: Pick<Telemetry, "startSpan" | "count">;
  span: Span;
  /** What the upstream is asked for. */
  step?: string;
}

const storage = new AsyncLocalStorage<Scope>();

/** Opens a scope. */
export function runInScope<Result>(scope: Scope, run: () => Result): Result {
  return storage.run(scope, run);
}

/** Runs a step of a request in a span below the one that is under way. What it throws fails the span. */
export function traceStep<Result>(
  start: () => SpanStart,
  run: (span: Span | undefined) => Promise<Result>,
): Promise<Result> {
  const scope = storage.getStore();
  if (scope === undefined) {
    return run(undefined);
  }
  const { name, kind, attributes } = start();
  const span = scope.telemetry.startSpan(
    { name, kind, attributes: { ...attributes, "gatepost.upstream.step": scope.step } },
    scope.span.context,
  );
  return storage.run({ ...scope, span }, async () => {
    try {
      return await run(span);
    } catch (thrown) {
      span.fail(toErrorType(thrown));
      throw thrown;
    } finally {
      span.end();
    }
  });
}

/**
 * Runs a request that goes out in a span, by the conventions for HTTP clients.
 *
 * The span has the host and no URL: providers and MCP servers take secrets in
 * paths and queries. An answer from 400 on fails it.
 */
export function traceFetch(
  method: string,
  url: string,
  run: (span: Span | undefined) => Promise<Response>,
): Promise<Response> {
  return traceStep(() => describeFetch(method, url), async (span) => {
    const response = await run(span);
    span?.set({ "http.response.status_code": response.status });
    if (response.status >= 400) {
      span?.fail(`${response.status}`);
    }
    return response;
  });
}

function describeFetch(method: string, url: string): SpanStart {
  const { hostname, port, protocol } = new URL(url);
  return {
    name: method,
    kind: "client",
    attributes: {
      "http.request.method": method,
      "server.address": hostname.replace(/^\[|\]$/g, ""),
      "server.port": Number(port) || (protocol === "https:" ? 443 : 80),
    },
  };
}

/** Names what the upstream is asked for meanwhile, for the spans of its requests. */
export function nameUpstreamStep<Result>(step: string, run: () => Promise<Result>): Promise<Result> {
  const scope = storage.getStore();
  return scope === undefined ? run() : storage.run({ ...scope, step }, run);
}

/** Counts once. */
export function count(counter: CounterName, attributes: Attributes): void {
  storage.getStore()?.telemetry.count(counter, attributes);
}

/** Counts how a step ends: `ok`, or the reason of what it throws. */
export async function countOutcome<Result>(
  counter: CounterName,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    const result = await run();
    count(counter, { "gatepost.outcome": "ok" });
    return result;
  } catch (thrown) {
    count(counter, { "gatepost.outcome": toErrorType(thrown) });
    throw thrown;
  }
}

/** The word for a thrown value: the reason of a refusal, a database's code, or the name of an error. */
export function toErrorType(thrown: unknown): string {
  if (thrown instanceof OAuthError) {
    return thrown.reason;
  }
  const { code, name } = (thrown ?? {}) as { code?: unknown; name?: unknown };
  const word = typeof code === "string" ? code : name;
  return typeof word === "string" && /^\w{1,64}$/.test(word) ? word : "_OTHER";
}
