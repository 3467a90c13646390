/**
 * Serves the console's files on loopback, with the headers that a host has to send.
 *
 * On a port of its own: script of another page at the same origin could read the session.
 *
 * @module
 */

import { Problem } from "../problem.ts";
import type { Console } from "./build_console.ts";

/** A served console. */
export interface ServedConsole {
  url: string;
  stop(): Promise<void>;
}

/** Serves the files; port 0 takes a free one. */
export function serveConsole({ files, headers }: Console, port: number): ServedConsole {
  const abort = new AbortController();
  const server = listen(port, abort.signal, (request) => {
    const name = new URL(request.url).pathname.slice(1) || "index.html";
    const file = files.get(name);
    if (file === undefined) {
      return new Response("Not found", { status: 404, headers });
    }
    return new Response(file.bytes, { headers: { ...headers, "Content-Type": file.type } });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    async stop(): Promise<void> {
      abort.abort();
      await server.finished;
    },
  };
}

function listen(
  port: number,
  signal: AbortSignal,
  handler: (request: Request) => Response,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ hostname: "127.0.0.1", port, signal, onListen: () => undefined }, handler);
  } catch (error) {
    throw new Problem(`Port ${port} is in use: choose another`, { cause: error });
  }
}
