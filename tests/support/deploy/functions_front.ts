/**
 * The address of a project's functions: `/functions/v1/<name>/…` leads to the function of that name.
 *
 * @module
 */

/** The running address. It listens before its functions do, so that they can be told of it. */
export interface FunctionsFront {
  publicUrl: string;
  /** Says where the functions are, by name. */
  lead(origins: Map<string, string>): void;
  close(): Promise<void>;
}

/** Starts the address. */
export function startFunctionsFront(): FunctionsFront {
  let functions = new Map<string, string>();
  const abort = new AbortController();
  const listening = { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen: (): void => undefined };
  const server = Deno.serve(listening, async (request) => {
    const { pathname, search } = new URL(request.url);
    const [, name = "", path] = /^\/functions\/v1(\/[^/]*)(.*)$/.exec(pathname) ?? [];
    const origin = functions.get(name.slice(1));
    if (origin === undefined) {
      return Response.json({ error: "requested path is invalid" }, { status: 404 });
    }
    // Else a function packs its answer, fetch unpacks it, and the header says that it is packed.
    const headers = new Headers(request.headers);
    headers.set("Accept-Encoding", "identity");
    const { method, body, signal } = request;
    const url = `${origin}${name}${path}${search}`;
    return await fetch(url, { method, headers, body, signal, redirect: "manual" });
  });
  return {
    publicUrl: `http://127.0.0.1:${server.addr.port}/functions/v1`,
    lead(origins): void {
      functions = origins;
    },
    async close(): Promise<void> {
      abort.abort();
      await server.finished;
    },
  };
}
