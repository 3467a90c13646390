/**
 * The child's side of `child.ts`.
 *
 * @module
 */

import { terminal } from "../output.ts";
import { splitLines } from "./lines.ts";

/**
 * Reads the configuration. From then on this process ends when its parent ends.
 *
 * @param finish What is done before.
 */
export async function readConfiguration<T>(finish: () => Promise<unknown> = async () => {}): Promise<T> {
  const lines = Deno.stdin.readable
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(splitLines())
    .getReader();
  const { value } = await lines.read();
  lines.read().finally(finish).finally(() => Deno.exit(0));
  return JSON.parse(value ?? "null") as T;
}

/** Tells the parent that this process serves. */
export function reportListening(port: number): void {
  terminal().print(JSON.stringify({ listening: port }));
}

/** Serves on a free port of the loopback interface. */
export function serve(handler: (request: Request) => Response | Promise<Response>): number {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => undefined }, handler);
  return server.addr.port;
}
