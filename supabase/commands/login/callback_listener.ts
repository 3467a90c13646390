/**
 * Waits on a loopback port until the browser comes back (RFC 8252 §7.3).
 *
 * @module
 */

import { isLoopbackHost } from "../../../functions/_shared/urls.ts";
import { Problem } from "../../local/problem.ts";

/** A redirect URI, and the parameters that arrive there. */
export interface CallbackListener {
  redirectUri: string;
  arrived: Promise<URLSearchParams>;
  stop(): Promise<void>;
}

/** Listens until the first callback has come: on a free port, or at a redirect URI of this machine. */
export function listenForCallback(at = "http://127.0.0.1:0/callback"): CallbackListener {
  const { promise, resolve } = Promise.withResolvers<URLSearchParams>();
  const wanted = new URL(at);
  if (wanted.protocol !== "http:" || !isLoopbackHost(wanted.hostname)) {
    throw new Problem(
      `Give a redirect URI of this machine, such as http://127.0.0.1:8765/callback, not ${at}`,
    );
  }
  const listening = {
    hostname: wanted.hostname,
    port: Number(wanted.port || 80),
    onListen: (): void => undefined,
  };
  const server = Deno.serve(listening, (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== wanted.pathname) {
      return new Response(null, { status: 404 });
    }
    resolve(searchParams);
    return new Response("Done: go back to your terminal.\n");
  });
  return {
    redirectUri: wanted.port === "0" ? `http://127.0.0.1:${server.addr.port}${wanted.pathname}` : at,
    arrived: promise,
    stop: () => server.shutdown(),
  };
}
