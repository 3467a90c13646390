/**
 * An MCP server that answers as a test says, and keeps what it was sent.
 *
 * @module
 */

/** A request that the server received. */
export interface McpRequest {
  method: string;
  headers: Headers;
  body: string;
  /** What stood behind `Bearer`. */
  bearer: string | undefined;
  /** Aborted when the other side goes away. */
  signal: AbortSignal;
}

/** Answers a request; without one every message has an empty result. */
export type McpProgram = (request: McpRequest, raw: Request) => Response | Promise<Response>;

/** A running server. */
export interface ProgrammableMcpServer extends AsyncDisposable {
  url: string;
  received: McpRequest[];
  /** Changes what it answers from now on. */
  program: (program: McpProgram) => void;
}

/** Starts one on a free port of the loopback interface. */
export function startMcpServer(program: McpProgram = answerEmpty): ProgrammableMcpServer {
  const received: McpRequest[] = [];
  let current = program;
  const abort = new AbortController();
  const listening = { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen: (): void => undefined };
  const server = Deno.serve(listening, async (raw) => {
    const request: McpRequest = {
      method: raw.method,
      headers: raw.headers,
      // A program that wants the body itself says so.
      body: raw.headers.get("X-Leave-Body") === null ? await raw.text().catch(() => "") : "",
      bearer: /^Bearer (.*)$/.exec(raw.headers.get("Authorization") ?? "")?.[1],
      signal: raw.signal,
    };
    received.push(request);
    return await current(request, raw);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/mcp`,
    received,
    program: (next) => {
      current = next;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      abort.abort();
      await server.finished;
    },
  };
}

/** The answer to any message. */
export function answerEmpty(): Response {
  return Response.json({ jsonrpc: "2.0", id: 1, result: {} });
}

/** Answers who holds one of these tokens, and refuses all others. */
export function acceptOnly(accepts: (bearer: string) => boolean): McpProgram {
  return ({ bearer }) =>
    bearer !== undefined && accepts(bearer) ? answerEmpty() : new Response("refused by the MCP server", {
      status: 401,
      headers: { "WWW-Authenticate": 'Bearer realm="the MCP server\'s own"' },
    });
}
