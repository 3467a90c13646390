/**
 * Forwarding one call to the MCP server, streamed both ways.
 *
 * Nothing is buffered: the answer's body is handed on as it comes, and when
 * either side goes away the other is told. Headers of the connection, of the
 * browser and of the client's own login stay behind.
 *
 * @module
 */

import { OAuthError, unavailable } from "../_shared/errors.ts";

/** What the gateway adds to a call. */
export interface Credentials {
  /** Goes out as the bearer token; nothing does when the server takes none. */
  accessToken: string | undefined;
  /** Goes out as `Gatepost-User`. */
  identityToken: string;
}

const MAX_REQUEST_BYTES = 4 * 1024 * 1024;
/** How long the MCP server may take until its answer begins; below the 150 s at which the platform gives up. */
const ANSWER_MILLISECONDS = 140_000;

/** Headers of one connection (RFC 9110 §7.6.1). */
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];
const NOT_FORWARDED = new Set([
  ...HOP_BY_HOP,
  "accept-encoding",
  "apikey",
  "authorization",
  "content-length",
  "cookie",
  "expect",
  "forwarded",
  "gatepost-user",
  "host",
  "origin",
  "referer",
]);
const NOT_RETURNED = new Set([
  ...HOP_BY_HOP,
  "alt-svc",
  "content-encoding",
  "content-length",
  "set-cookie",
  "strict-transport-security",
  "www-authenticate",
]);

/** Forwards a request and answers with what the MCP server answers. */
export async function forward(
  request: Request,
  url: string,
  credentials: Credentials,
): Promise<Response> {
  const answerTimeout = new AbortController();
  const timer = setTimeout(() => answerTimeout.abort(), ANSWER_MILLISECONDS);
  const body = limitBody(request);
  let response: Response;
  try {
    response = await fetch(url, {
      method: request.method,
      headers: buildRequestHeaders(request.headers, credentials),
      body: body?.stream ?? null,
      redirect: "manual",
      signal: AbortSignal.any([request.signal, answerTimeout.signal]),
      // Deno streams a body without this member; the standard asks for it.
      ...(body ? { duplex: "half" } : {}),
    });
  } catch (cause) {
    throw explainFailure(
      cause,
      answerTimeout.signal.aborted,
      body?.exceeded() ?? false,
    );
  } finally {
    clearTimeout(timer);
  }
  return await toAnswer(response);
}

async function toAnswer(response: Response): Promise<Response> {
  if (response.status === 401) {
    await response.body?.cancel();
    throw new OAuthError(
      "invalid_token",
      "Cannot call the MCP server: it refused the login, log in again",
      {
        reason: "mcp_server_refused_token",
      },
    );
  }
  if (
    response.status >= 300 && response.status < 400 && response.status !== 304
  ) {
    await response.body?.cancel();
    throw new OAuthError(
      "bad_gateway",
      "Cannot call the MCP server: it answered with a redirect",
      {
        reason: "mcp_server_redirected",
      },
    );
  }
  const headers = new Headers();
  for (const [name, value] of response.headers) {
    if (!NOT_RETURNED.has(name) && !name.startsWith("access-control-")) {
      headers.append(name, value);
    }
  }
  return new Response(response.body, { status: response.status, headers });
}

function buildRequestHeaders(
  received: Headers,
  { accessToken, identityToken }: Credentials,
): Headers {
  const connection = (received.get("Connection") ?? "").toLowerCase().split(",")
    .map((name) => name.trim());
  const headers = new Headers();
  for (const [name, value] of received) {
    if (
      !NOT_FORWARDED.has(name) && !connection.includes(name) &&
      !name.startsWith("x-forwarded-")
    ) {
      headers.append(name, value);
    }
  }
  headers.set("Accept-Encoding", "identity");
  headers.set("Gatepost-User", identityToken);
  if (accessToken !== undefined) {
    headers.set("Authorization", `Bearer ${accessToken}`);
  }
  return headers;
}

/** The body of a request, cut off where it grows too large. */
function limitBody(
  request: Request,
): { stream: ReadableStream<Uint8Array>; exceeded: () => boolean } | undefined {
  if (request.body === null) {
    return undefined;
  }
  let size = 0;
  const limit = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller): void {
      size += chunk.byteLength;
      if (size > MAX_REQUEST_BYTES) {
        controller.error(new Error("The request body is too large"));
        return;
      }
      controller.enqueue(chunk);
    },
  });
  return {
    stream: request.body.pipeThrough(limit),
    exceeded: () => size > MAX_REQUEST_BYTES,
  };
}

function explainFailure(
  cause: unknown,
  timedOut: boolean,
  tooLarge: boolean,
): OAuthError {
  if (tooLarge) {
    return new OAuthError(
      "payload_too_large",
      `Cannot forward call: it is larger than ${MAX_REQUEST_BYTES} bytes`,
    );
  }
  if (timedOut) {
    return new OAuthError(
      "gateway_timeout",
      "Cannot call the MCP server: it did not answer in time",
      {
        reason: "mcp_server_timeout",
      },
    );
  }
  return unavailable(
    "Cannot call the MCP server now: it is out of reach, try again",
    "mcp_server_unreachable",
    cause,
  );
}
