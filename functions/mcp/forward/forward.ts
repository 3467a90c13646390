/**
 * Forwarding one call to the MCP server, streamed both ways.
 *
 * The body of the answer is passed on as it arrives. When one side closes its
 * connection, the other connection is closed, too. When the MCP server refuses
 * the provider's token, the call is made once more with another token. The
 * client gets a 401 only if there is no other.
 *
 * @module
 */

import { OAuthError, unavailable } from "../../_shared/errors.ts";
import { type Span, traceFetch } from "../../_shared/telemetry/telemetry.ts";
import { type Called, describeCalled } from "../called.ts";
import type { PreparedCall } from "../calls.ts";
import type { Exchange } from "../records/exchange.ts";
import { watchAnswer } from "../records/watched_answer.ts";
import type { VaultEntry } from "../vault/entry.ts";
import type { Vault } from "../vault/vault.ts";
import { fillReturnedHeaders, type HeaderList, toForwardedHeaders } from "./headers.ts";
import { refusedSize, type RequestBody } from "./request_body.ts";
import type { LoopGuard } from "./loop.ts";
import { onAbort } from "./on_abort.ts";
import { buildTraceHeaders } from "./trace.ts";
import { buildTimeLimits, TIMED_OUT, type TimeLimits } from "./time_limits.ts";

/** How long the MCP server may take until its answer begins; below the 150 s at which the platform gives up. */
const ANSWER_MILLISECONDS = 140_000;

/** Forwards a request and answers with what the MCP server answers. */
export type Forward = (
  request: Request,
  body: RequestBody,
  url: string,
  call: PreparedCall,
  exchange: Exchange,
  /** Named in the span of the call. */
  called?: Called,
) => Promise<Response>;

/** Builds the forwarding. The vault is asked for another token where the MCP server refuses one. */
export function buildForward(
  vault: Pick<Vault, "replace" | "end">,
  loopGuard: Pick<LoopGuard, "mark">,
  answerMilliseconds = ANSWER_MILLISECONDS,
): Forward {
  const limits = buildTimeLimits(answerMilliseconds);
  return async (request, body, url, call, exchange, called = {}) => {
    const { identityToken, entry } = call;
    const mark = await loopGuard.mark(request);
    const trace = buildTraceHeaders(request.headers);
    const trySend = async (used: VaultEntry | undefined): Promise<Sent> => {
      let close = (): void => undefined;
      const response = await traceFetch(request.method, url, async (span) => {
        const own = [mark, ...trace(span)];
        const sent = await send(request, body, url, { identityToken, entry: used }, own, limits)
          .finally(() => nameCall(span, called, request.headers));
        close = sent.close;
        return sent.response;
      });
      return { response, close };
    };
    try {
      const first = await trySend(entry);
      if (first.response.status !== 401) {
        return await toAnswer(first, exchange, request.signal);
      }
      exchange.noteStatus(first.response.status);
      await first.response.body?.cancel();
      if (entry === undefined) {
        throw badGateway("it refused the gateway", "mcp_server_refused_gateway");
      }
      const renewed = await vault.replace(entry);
      call.renew(renewed);
      const second = await trySend(renewed);
      if (second.response.status !== 401) {
        return await toAnswer(second, exchange, request.signal);
      }
      await second.response.body?.cancel();
      throw await vault.end(renewed, "mcp_server_refused_token");
    } finally {
      body.discard();
    }
  };
}

/** What the MCP server answers, and what closes the connection to it. */
interface Sent {
  response: Response;
  close: () => void;
}

async function send(
  request: Request,
  body: RequestBody,
  url: string,
  { identityToken, entry }: Pick<PreparedCall, "identityToken" | "entry">,
  own: HeaderList,
  limits: TimeLimits,
): Promise<Sent> {
  const headers = toForwardedHeaders(request.headers);
  headers.push(...own);
  if (identityToken !== undefined) {
    headers.push(["gatepost-user", identityToken]);
  }
  if (entry !== undefined) {
    headers.push(["authorization", `Bearer ${entry.accessToken}`]);
  }
  const giveUp = new AbortController();
  limits.begin(giveUp);
  const release = onAbort(request.signal, () => giveUp.abort());
  const content = body.take();
  try {
    const response = await fetch(url, {
      method: request.method,
      headers,
      body: content,
      redirect: "manual",
      signal: giveUp.signal,
      // Deno streams a body without this member; the standard asks for it.
      ...(content instanceof ReadableStream ? { duplex: "half" } : {}),
    });
    return { response, close: () => giveUp.abort() };
  } catch (cause) {
    throw toCallError(cause, request, body, giveUp.signal);
  } finally {
    limits.lift(giveUp);
    release();
  }
}

/** Says what was called as soon as the answer begins: until then somebody may have read the message. */
function nameCall(span: Span | undefined, called: Called, headers: Headers): void {
  if (span !== undefined) {
    const { name, attributes } = describeCalled(called, headers);
    span.set(attributes);
    if (name !== undefined) {
      span.rename(name);
    }
  }
}

async function toAnswer(
  { response, close }: Sent,
  exchange: Exchange,
  signal: AbortSignal,
): Promise<Response> {
  if (response.status >= 300 && response.status < 400 && response.status !== 304) {
    exchange.noteStatus(response.status);
    // Not awaited, because nothing of it is read.
    response.body?.cancel().catch(() => undefined);
    throw badGateway("it answered with a redirect", "mcp_server_redirected");
  }
  const answer = new Response(await watchAnswer(response, exchange, { signal, close }), {
    status: response.status,
  });
  fillReturnedHeaders(answer.headers, response.headers);
  return answer;
}

function toCallError(
  cause: unknown,
  request: Request,
  body: RequestBody,
  giveUp: AbortSignal,
): OAuthError {
  if (body.isTooLarge()) {
    return refusedSize();
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
