/**
 * A proxy before the REST layer that loses calls: before they arrive, or their answers.
 *
 * To the database a lost answer is what a function worker leaves behind that
 * was killed just after a step; a lost call, just before it.
 *
 * @module
 */

/** Where a call is lost. */
export type Cut = "before" | "after";

/** A running proxy. */
export interface CuttingProxy extends AsyncDisposable {
  url: string;
  /** Loses the next call of a SQL function. */
  cut: (name: string, when: Cut) => void;
}

/** Starts the proxy before the REST layer of an API. */
export function startCuttingProxy(apiUrl: string): CuttingProxy {
  const cuts = new Map<string, Cut>();
  const abort = new AbortController();
  const listening = { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen: (): void => undefined };
  const server = Deno.serve(listening, async (request) => {
    const { pathname, search } = new URL(request.url);
    const name = pathname.replace("/rest/v1/rpc/", "");
    const cut = cuts.get(name);
    cuts.delete(name);
    if (cut === "before") {
      await request.body?.cancel();
      return breakOff();
    }
    const response = await fetch(`${apiUrl}${pathname}${search}`, {
      method: request.method,
      headers: request.headers,
      body: await request.arrayBuffer(),
    });
    const body = await response.arrayBuffer();
    return cut === "after" ? breakOff() : new Response(body, response);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    cut: (name, when) => void cuts.set(name, when),
    async [Symbol.asyncDispose](): Promise<void> {
      abort.abort();
      await server.finished;
    },
  };
}

/** An answer that is longer than its body: the server then drops the connection. */
function breakOff(): Response {
  return new Response(new Blob(["{"]).stream(), { headers: { "Content-Length": "100" } });
}
