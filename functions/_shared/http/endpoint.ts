/**
 * The frame of every endpoint: method, preflight, errors, log.
 *
 * The handler of an endpoint reads, decides and answers. It throws a refusal,
 * and the exit that the endpoint chose turns that into a response: JSON, a page
 * or a challenge. A redirect is never an exit, because it needs a verified
 * redirect URI: the module that has one builds the redirect.
 *
 * @module
 */

import { allowAnyOrigin, answerPreflight } from "./cors.ts";
import { type FailureDetail, OAuthError, toOAuthError } from "../errors.ts";
import type { Log, LogEntry } from "../log.ts";
import type { RequestKind, Span, Telemetry } from "../telemetry/telemetry.ts";
import { REQUEST_ID_HEADER, runForRequest } from "./request_id.ts";
import { isSlug, readPath } from "./route.ts";

/** One request on its way through a handler. */
export interface Call {
  request: Request;
  /** The path below the function, split at slashes. */
  path: string[];
  requestId: string;
}

/** A response, and what the log says of it. */
export interface Answer {
  response: Response;
  /** The reason slug of a refusal that leaves as a redirect or a page; an error that is thrown carries its own. */
  reason?: string;
  /** More than the reason, in words from fixed lists. */
  detail?: FailureDetail | undefined;
  /** The error that leaves as a redirect or a page of its own. */
  error?: OAuthError;
  /** The slug of the server, where the path does not name it. */
  server?: string;
}

/** Answers a request, or throws what it refuses. */
export type Handle = (call: Call) => Promise<Response | Answer> | Response | Answer;

/** Turns a refusal into a response. */
export type ErrorExit = (error: OAuthError, call: Call) => Response;

/** What an endpoint is, beside its handler. */
export interface EndpointOptions extends RequestKind {
  methods: readonly string[];
  /** Whether pages of other origins may call it. */
  crossOrigin: boolean;
  /** Request headers that such pages may send beyond those of every endpoint. */
  allowedHeaders?: readonly string[];
  /** JSON by default. */
  exit?: ErrorExit;
}

/** What every endpoint needs from outside. */
export interface EndpointDependencies {
  /** Milliseconds since the epoch. */
  now: () => number;
  log: Log;
  /** Records the requests; undefined where nothing is recorded. */
  telemetry?: Telemetry | undefined;
}

/** Builds an endpoint out of a handler. */
export function buildEndpoint(
  options: EndpointOptions,
  dependencies: EndpointDependencies,
  handle: Handle,
): (request: Request) => Promise<Response> {
  const answerRequest = async (
    request: Request,
    span?: Span,
  ): Promise<{ response: Response; entry: LogEntry }> => {
    const started = dependencies.now();
    const call: Call = { request, path: [], requestId: crypto.randomUUID() };
    let answer: Answer;
    try {
      call.path = readPath(request, options.name);
      const answered = await runForRequest(call.requestId, () => answerMethod(options, call, handle));
      answer = answered instanceof Response ? { response: answered } : answered;
    } catch (thrown) {
      const error = toOAuthError(thrown);
      answer = { response: (options.exit ?? answerWithJson)(error, call), error };
    }
    const { error } = answer;
    let { response } = answer;
    if (request.method === "HEAD") {
      await response.body?.cancel();
      response = new Response(null, response);
    }
    finish(response, options, call);
    const entry: LogEntry = {
      requestId: call.requestId,
      endpoint: options.name,
      server: answer.server ?? (isSlug(call.path[0] ?? "") ? call.path[0] : undefined),
      status: response.status,
      failure: error?.status,
      reason: answer.reason ?? error?.reason ?? "ok",
      milliseconds: dependencies.now() - started,
      traceId: span?.context.traceId,
      detail: answer.detail ?? error?.detail,
      cause: error?.cause,
    };
    dependencies.log(entry);
    return { response, entry };
  };
  return async (request) =>
    await dependencies.telemetry?.traceRequest(request, options, (span) => answerRequest(request, span)) ??
      (await answerRequest(request)).response;
}

function answerMethod(options: EndpointOptions, call: Call, handle: Handle): ReturnType<Handle> {
  const { method } = call.request;
  if (method === "OPTIONS" && options.crossOrigin) {
    return answerPreflight(options.methods, options.allowedHeaders);
  }
  if (!options.methods.includes(method === "HEAD" ? "GET" : method)) {
    throw new OAuthError(
      "method_not_allowed",
      `Cannot use this method: the endpoint takes ${options.methods.join(", ")}`,
      { headers: { Allow: options.methods.join(", ") } },
    );
  }
  return handle(call);
}

function finish(response: Response, options: EndpointOptions, call: Call): void {
  if (options.crossOrigin) {
    allowAnyOrigin(response.headers);
  }
  if (!response.headers.has("Cache-Control")) {
    response.headers.set("Cache-Control", "no-store");
  }
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set(REQUEST_ID_HEADER, call.requestId);
}

/** The JSON exit (RFC 6749 §5.2). */
export function answerWithJson(error: OAuthError): Response {
  return Response.json(
    { error: error.code, error_description: error.message },
    { status: error.status, headers: error.headers },
  );
}
