/**
 * The MCP server behind the gateway: does next to nothing, so that what stands before it shows.
 *
 * The tool `text` answers with one JSON message of so many bytes, `stream` with
 * an event stream. GET tells how many bytes of streams were asked for so far:
 * one that goes on although nobody reads is being buffered on the way.
 *
 * @module
 */

import { readConfiguration, reportListening, serve } from "../../../supabase/local/processes/inside_child.ts";

/** The size of one event. */
const EVENT_BYTES = 4 * 1024;

await readConfiguration();
const encoder = new TextEncoder();
const answers = new Map<number, Uint8Array<ArrayBuffer>>();
let streamedBytes = 0;
reportListening(serve(answer));

async function answer(request: Request): Promise<Response> {
  if (request.method === "GET") {
    return Response.json({ streamedBytes });
  }
  const { params: { name, arguments: { bytes } } } = await request.json();
  return name === "stream" ? answerStream(bytes) : answerText(bytes);
}

function answerText(bytes: number): Response {
  const known = answers.get(bytes) ?? encoder.encode(JSON.stringify(buildResult("x".repeat(bytes))));
  answers.set(bytes, known);
  return new Response(known, { headers: { "Content-Type": "application/json" } });
}

function answerStream(bytes: number): Response {
  const message = { jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "" } };
  message.params.data = "x".repeat(EVENT_BYTES - JSON.stringify(message).length - "data: \n\n".length);
  const event = encoder.encode(`data: ${JSON.stringify(message)}\n\n`);
  let left = bytes;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller): void {
      if (left <= 0) {
        controller.enqueue(encoder.encode(`data: ${JSON.stringify(buildResult("done"))}\n\n`));
        controller.close();
        return;
      }
      left -= event.length;
      streamedBytes += event.length;
      controller.enqueue(event);
    },
  }, { highWaterMark: 0 });
  return new Response(stream, { headers: { "Content-Type": "text/event-stream" } });
}

function buildResult(text: string): Record<string, unknown> {
  return { jsonrpc: "2.0", id: 1, result: { content: [{ type: "text", text }] } };
}
