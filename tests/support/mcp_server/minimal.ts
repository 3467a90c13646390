/**
 * The least of an MCP server: it answers every message with an empty result, and keeps what it was sent.
 *
 * @module
 */

/** A running server. */
export interface RecordingServer extends AsyncDisposable {
  url: string;
  /** The headers of every request so far. */
  received: Headers[];
}

/** Starts one on a free port of the loopback interface. */
export function startMcpServer(): RecordingServer {
  const received: Headers[] = [];
  const abort = new AbortController();
  const listening = { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen: (): void => undefined };
  const server = Deno.serve(listening, async (request) => {
    received.push(request.headers);
    await request.body?.cancel();
    return Response.json({ jsonrpc: "2.0", id: 1, result: {} });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/mcp`,
    received,
    async [Symbol.asyncDispose](): Promise<void> {
      abort.abort();
      await server.finished;
    },
  };
}
