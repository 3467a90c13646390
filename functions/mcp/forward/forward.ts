/**
 * Forwarding one call to the MCP server, streamed both ways.
 *
 * The answer's body is handed on as it comes, and when either side goes away
 * the other is told. Where the MCP server refuses the upstream token the call
 * is made once more with another; the client hears of it only when there is
 * none.
 *
 * @module
 */

import { OAuthError, unavailable } from "../../_shared/errors.ts";
import type { PreparedCall, UpstreamAccess } from "../calls.ts";
import { fillReturnedHeaders, toForwardedHeaders } from "./headers.ts";
import { type RequestBody, tooLarge } from "./request_body.ts";
import { buildTimeLimits, TIMED_OUT, type TimeLimits } from "./time_limits.ts";

/** How long the MCP server may take until its answer begins; below the 150 s at which the platform gives up. */
const ANSWER_MILLISECONDS = 140_000;

/** Forwards a request and answers with what the MCP server answers. */
export type Forward = (
  request: Request,
  body: RequestBody,
  url: string,
  call: PreparedCall,
) => Promise<Response>;

/** Builds the forwarding. */
export function buildForward(answerMilliseconds = ANSWER_MILLISECONDS): Forward {
  const limits = buildTimeLimits(answerMilliseconds);
  return async (request, body, url, call) => {
    const trySend = (upstream: UpstreamAccess | undefined): Promise<Response> =>
      send(request, body, url, { ...call, upstream }, limits);
    try {
      const response = await trySend(call.upstream);
      if (response.status !== 401) {
        return toAnswer(response);
      }
      await response.body?.cancel();
      if (call.upstream === undefined) {
        throw badGateway("it refused the gateway", "mcp_server_refused_gateway");
      }
      const renewed = await call.upstream.renew();
      const second = await trySend(renewed);
      if (second.status !== 401) {
        return toAnswer(second);
      }
      await second.body?.cancel();
      throw await renewed.end();
    } finally {
      body.discard();
    }
  };
}

async function send(
  request: Request,
  body: RequestBody,
  url: string,
  { identityToken, upstream }: PreparedCall,
  limits: TimeLimits,
): Promise<Response> {
  const headers = toForwardedHeaders(request.headers);
  if (identityToken !== undefined) {
    headers.push(["gatepost-user", identityToken]);
  }
  if (upstream !== undefined) {
    headers.push(["authorization", `Bearer ${upstream.accessToken}`]);
  }
  const giveUp = new AbortController();
  limits.begin(giveUp);
  const release = onAbort(request.signal, () => giveUp.abort());
  const content = body.take();
  try {
    return await fetch(url, {
      method: request.method,
      headers,
      body: content,
      redirect: "manual",
      signal: giveUp.signal,
      // Deno streams a body without this member; the standard asks for it.
      ...(content instanceof ReadableStream ? { duplex: "half" } : {}),
    });
  } catch (cause) {
    throw explainFailure(cause, request, body, giveUp.signal);
  } finally {
    limits.lift(giveUp);
    release();
  }
}

/**
 * Calls back when a signal is aborted, until it is released.
 *
 * For the time up to the answer only: from then on a client that goes away
 * cancels the answer's body. `AbortSignal.any` would be aborted at the end of
 * every call, which takes longer than preparing one.
 */
function onAbort(signal: AbortSignal, callBack: () => void): () => void {
  if (signal.aborted) {
    callBack();
  }
  signal.addEventListener("abort", callBack);
  return () => signal.removeEventListener("abort", callBack);
}

function toAnswer(response: Response): Response {
  if (response.status >= 300 && response.status < 400 && response.status !== 304) {
    // Not waited for: nothing is read of it.
    response.body?.cancel().catch(() => undefined);
    throw badGateway("it answered with a redirect", "mcp_server_redirected");
  }
  const answer = new Response(response.body, { status: response.status });
  fillReturnedHeaders(answer.headers, response.headers);
  return answer;
}

function explainFailure(
  cause: unknown,
  request: Request,
  body: RequestBody,
  giveUp: AbortSignal,
): OAuthError {
  if (body.isTooLarge()) {
    return tooLarge();
  }
  if (giveUp.reason === TIMED_OUT) {
    return new OAuthError("gateway_timeout", "Cannot call the MCP server: it did not answer in time", {
      reason: "mcp_server_timeout",
    });
  }
  return unavailable(
    "Cannot call the MCP server now: it is out of reach, try again",
    request.signal.aborted ? "client_gone" : "mcp_server_unreachable",
    cause,
  );
}

function badGateway(state: string, reason: string): OAuthError {
  return new OAuthError("bad_gateway", `Cannot call the MCP server: ${state}`, { reason });
}
