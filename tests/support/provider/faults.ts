/**
 * Answers that no provider should give.
 *
 * @module
 */

import type { Fault } from "./program.ts";

/** Stands in every faulty answer: whoever sees it downstream has been shown the upstream's text. */
export const UPSTREAM_TEXT = "upstream-text-that-must-not-leave";

const CHUNK = new Uint8Array(64 * 1024).fill(0x20);
/** More than any buffer between two sockets holds. */
const HUGE_BYTES = 64 * 1024 * 1024;

/** Gives the faulty answer; `onBytes` is told how much of a huge one was taken. */
export async function answerWithFault(fault: Fault, onBytes: (bytes: number) => void): Promise<Response> {
  switch (fault.kind) {
    case "status":
      return new Response(JSON.stringify({ error: "server_error", error_description: UPSTREAM_TEXT }), {
        status: fault.status,
        headers: { "Content-Type": "application/json", ...fault.headers },
      });
    case "json":
      return Response.json(fault.body, { status: fault.status ?? 200 });
    case "html":
      return new Response(`<!doctype html><title>${UPSTREAM_TEXT}</title>`, {
        headers: { "Content-Type": "text/html" },
      });
    case "huge":
      return new Response(streamBytes(HUGE_BYTES, onBytes), {
        headers: { "Content-Type": "application/json" },
      });
    case "hang":
      return await new Promise<Response>(() => undefined);
    case "reset":
      // A body that is shorter than it claims: the server then drops the connection.
      return new Response(new Blob([`{"error_description":"${UPSTREAM_TEXT}`]).stream(), {
        headers: { "Content-Type": "application/json", "Content-Length": "1000" },
      });
    case "redirect":
      return new Response(null, { status: 302, headers: { Location: fault.to } });
  }
}

function streamBytes(total: number, onBytes: (bytes: number) => void): ReadableStream<Uint8Array> {
  let left = total;
  return new ReadableStream({
    pull(controller): void {
      if (left <= 0) {
        controller.close();
        return;
      }
      left -= CHUNK.length;
      onBytes(CHUNK.length);
      controller.enqueue(CHUNK);
    },
  });
}
