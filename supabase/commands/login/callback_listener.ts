/**
 * Waits on a loopback port until the browser comes back (RFC 8252 §7.3).
 *
 * @module
 */

/** A redirect URI, and the parameters that arrive there. */
export interface CallbackListener {
  redirectUri: string;
  arrived: Promise<URLSearchParams>;
  stop(): Promise<void>;
}

/** Listens until the first callback has come. */
export function listenForCallback(): CallbackListener {
  const { promise, resolve } = Promise.withResolvers<URLSearchParams>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => undefined }, (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== "/callback") {
      return new Response(null, { status: 404 });
    }
    resolve(searchParams);
    return new Response("Done: go back to your terminal.\n");
  });
  return {
    redirectUri: `http://127.0.0.1:${server.addr.port}/callback`,
    arrived: promise,
    stop: () => server.shutdown(),
  };
}
