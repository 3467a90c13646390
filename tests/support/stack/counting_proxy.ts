/**
 * Stands between the functions and the platform's API, and counts the SQL functions they call.
 *
 * @module
 */

/** A proxy that listens before the stack does, so that the stack can be told of it. */
export interface CountingProxy {
  url: string;
  /** Calls so far, in order, by SQL name. */
  calls: string[];
  /** Says where the platform's API is. */
  forwardTo(url: string): void;
  stop(): Promise<void>;
}

/** Starts the proxy on a free port. */
export function startCountingProxy(): CountingProxy {
  const calls: string[] = [];
  let target: string | undefined;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      calls.push(pathname.replace("/rest/v1/rpc/", ""));
      const { method, headers, body } = request;
      const response = await fetch(target + pathname + search, { method, headers, body });
      return new Response(response.body, response);
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    calls,
    forwardTo(url): void {
      target = url;
    },
    stop: () => server.shutdown(),
  };
}
