/**
 * The frame of every endpoint: method, preflight, errors, log.
 *
 * A handler below it reads, decides and answers, and throws what it refuses.
 * How a refusal leaves is the endpoint's choice of exit: JSON, page or
 * challenge. A redirect is never an exit here; it takes a proven redirect URI
 * and is built where one is at hand.
 *
 * @module
 */

import { allowAnyOrigin, answerPreflight } from "./cors.ts";
import { OAuthError, toOAuthError } from "../errors.ts";
import type { Log } from "../log.ts";
import { isSlug, readPath } from "./route.ts";

/** One request on its way through a handler. */
export interface Call {
  request: Request;
  /** The path below the function, split at slashes. */
  path: string[];
  requestId: string;
  /** The slug of the server, where it is known by something else than the path. */
  server?: string;
  /** The reason slug of a refusal that left as a redirect; an error that is thrown carries its own. */
  reason?: string;
  /** Builds the parameters of the challenge that asks for a token, once it is known for which resource. */
  challenge?: () => Record<string, string>;
}

/** Turns a refusal into a response. */
export type ErrorExit = (error: OAuthError, call: Call) => Response;

/** What an endpoint is, beside its handler. */
export interface EndpointOptions {
  /** The function's name, its first path segment. */
  name: string;
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
}

/** Builds an endpoint out of a handler. */
export function buildEndpoint(
  options: EndpointOptions,
  dependencies: EndpointDependencies,
  handle: (call: Call) => Promise<Response> | Response,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const started = dependencies.now();
    const call: Call = { request, path: [], requestId: crypto.randomUUID() };
    let error: OAuthError | undefined;
    let response: Response;
    try {
      call.path = readPath(request, options.name);
      response = await answer(options, call, handle);
    } catch (thrown) {
      error = toOAuthError(thrown);
      response = (options.exit ?? answerWithJson)(error, call);
    }
    if (request.method === "HEAD") {
      await response.body?.cancel();
      response = new Response(null, response);
    }
    finish(response, options, call);
    dependencies.log({
      requestId: call.requestId,
      endpoint: options.name,
      server: call.server ?? (isSlug(call.path[0] ?? "") ? call.path[0] : undefined),
      status: response.status,
      reason: error?.reason ?? call.reason ?? "ok",
      milliseconds: dependencies.now() - started,
      cause: error?.cause,
    });
    return response;
  };
}

function answer(
  options: EndpointOptions,
  call: Call,
  handle: (call: Call) => Promise<Response> | Response,
): Promise<Response> | Response {
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
  response.headers.set("X-Request-Id", call.requestId);
}

/** The JSON exit (RFC 6749 §5.2). */
export function answerWithJson(error: OAuthError): Response {
  return Response.json(
    { error: error.code, error_description: error.message },
    { status: error.status, headers: error.headers },
  );
}
