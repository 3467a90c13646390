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
import type { PreparedCall } from "./calls.ts";

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

/**
 * Forwards a request and answers with what the MCP server answers.
 *
 * Where the MCP server refuses the upstream token, the call is made once more
 * with a renewed one; the client hears of it only when there is none.
 */
export async function forward(request: Request, url: string, call: PreparedCall): Promise<Response> {
  const limited = limitBody(request);
  const [body, spare] = limited?.stream.tee() ?? [];
  const response = await send(request, url, body, call).catch((error) => {
    throw limited?.isTooLarge() ? tooLarge() : error;
  });
  if (response.status !== 401) {
    await spare?.cancel();
    return await toAnswer(response);
  }
  await response.body?.cancel();
  const second = await send(request, url, spare, await call.renew());
  if (second.status === 401) {
    await second.body?.cancel();
    throw new OAuthError("invalid_token", "Cannot call the MCP server: it refused the login, log in again", {
      reason: "mcp_server_refused_token",
    });
  }
  return await toAnswer(second);
}

async function send(
  request: Request,
  url: string,
  body: ReadableStream<Uint8Array> | undefined,
  call: PreparedCall,
): Promise<Response> {
  const answerTimeout = new AbortController();
  const timer = setTimeout(() => answerTimeout.abort(), ANSWER_MILLISECONDS);
  try {
    return await fetch(url, {
      method: request.method,
      headers: buildRequestHeaders(request.headers, call),
      body: body ?? null,
      redirect: "manual",
      signal: AbortSignal.any([request.signal, answerTimeout.signal]),
      // Deno streams a body without this member; the standard asks for it.
      ...(body ? { duplex: "half" } : {}),
    });
  } catch (cause) {
    throw explainFailure(cause, answerTimeout.signal.aborted);
  } finally {
    clearTimeout(timer);
  }
}

async function toAnswer(response: Response): Promise<Response> {
  if (response.status >= 300 && response.status < 400 && response.status !== 304) {
    await response.body?.cancel();
    throw new OAuthError("bad_gateway", "Cannot call the MCP server: it answered with a redirect", {
      reason: "mcp_server_redirected",
    });
  }
  const headers = new Headers();
  for (const [name, value] of response.headers) {
    if (!NOT_RETURNED.has(name) && !name.startsWith("access-control-")) {
      headers.append(name, value);
    }
  }
  return new Response(response.body, { status: response.status, headers });
}

function buildRequestHeaders(received: Headers, { accessToken, identityToken }: PreparedCall): Headers {
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
  if (identityToken !== undefined) {
    headers.set("Gatepost-User", identityToken);
  }
  if (accessToken !== undefined) {
    headers.set("Authorization", `Bearer ${accessToken}`);
  }
  return headers;
}

/** A body that is broken off where it grows too large. `fetch` hides why a body broke off, so that it is asked here. */
interface LimitedBody {
  stream: ReadableStream<Uint8Array>;
  isTooLarge: () => boolean;
}

function limitBody(request: Request): LimitedBody | undefined {
  if (request.body === null) {
    return undefined;
  }
  let size = 0;
  const isTooLarge = (): boolean => size > MAX_REQUEST_BYTES;
  const limit = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller): void {
      size += chunk.byteLength;
      if (isTooLarge()) {
        controller.error(tooLarge());
        return;
      }
      controller.enqueue(chunk);
    },
  });
  return { stream: request.body.pipeThrough(limit), isTooLarge };
}

function explainFailure(cause: unknown, timedOut: boolean): OAuthError {
  if (timedOut) {
    return new OAuthError("gateway_timeout", "Cannot call the MCP server: it did not answer in time", {
      reason: "mcp_server_timeout",
    });
  }
  return unavailable(
    "Cannot call the MCP server now: it is out of reach, try again",
    "mcp_server_unreachable",
    cause,
  );
}

function tooLarge(): OAuthError {
  return new OAuthError(
    "payload_too_large",
    `Cannot forward call: it is larger than ${MAX_REQUEST_BYTES} bytes`,
  );
}
