/**
 * The body of an answer, seen while it passes.
 *
 * What passes is never changed. A JSON answer that says how long it is, and is
 * not long, is read whole: nobody can use a part of it, and it costs Deno a
 * fraction of what a stream costs. Of everything else each piece goes on as it
 * came, when the client asks for it. A client that goes away closes the
 * connection to the MCP server. Whatever goes wrong with looking costs the
 * record and not the answer.
 *
 * @module
 */

import { OAuthError } from "../../_shared/errors.ts";
import { onAbort } from "../forward/on_abort.ts";
import { buildEventStream } from "./event_stream.ts";
import type { AnswerKind, Exchange } from "./exchange.ts";
import type { MessageScanner } from "./message_scanner.ts";
import { toAlignedText } from "./search.ts";

/** As this version of Deno types the body of a response. */
type Stream = NonNullable<Response["body"]>;
type Piece = Stream extends ReadableStream<infer Bytes> ? Bytes : never;

/** A longer JSON answer streams. */
const WHOLE_BYTES = 1024 * 1024;
/** A worker waits for so many bytes at once. Beyond that, answers stream, so that slow ones do not fill its memory. */
const MAX_AWAITED_BYTES = 16 * 1024 * 1024;
let awaitedBytes = 0;

/** About what arrives at once. A larger buffer costs more than the pieces that it saves. */
const PIECE_BYTES = 16 * 1024;

/** The two ends that an answer passes between. */
interface Connection {
  /** Aborted when the client goes away. */
  signal: AbortSignal;
  /** Closes the connection to the MCP server. To cancel a body that is being read would wait for the next piece. */
  close: () => void;
}

/** What to answer with, in the place of the body of the MCP server's response. */
export async function watchAnswer(
  response: Response,
  exchange: Exchange,
  connection: Connection,
): Promise<Piece | Stream | null> {
  const kind = findKind(response);
  const declaredBytes = Number(response.headers.get("Content-Length")) || 0;
  const scanner = exchange.answer({ status: response.status, kind, declaredBytes });
  if (response.body === null) {
    return null;
  }
  const { signal, close } = connection;
  if (scanner === undefined) {
    onAbort(signal, close);
    return response.body;
  }
  const look = buildLook(exchange, scanner, kind);
  const isWhole = kind === "json" && declaredBytes > 0 && declaredBytes <= WHOLE_BYTES &&
    awaitedBytes + declaredBytes <= MAX_AWAITED_BYTES;
  if (!isWhole) {
    return passOn(response.body, look, connection);
  }
  awaitedBytes += declaredBytes;
  const release = onAbort(signal, close);
  try {
    return await readWhole(response, look, signal);
  } finally {
    release();
    awaitedBytes -= declaredBytes;
  }
}

/** Whether and how an answer is read. One that is still encoded is not. */
function findKind({ status, headers, body }: Response): AnswerKind {
  if (body === null || status === 202 || status === 204) {
    return "none";
  }
  const type = headers.get("Content-Type")?.split(";")[0]?.trim().toLowerCase();
  if (headers.has("Content-Encoding")) {
    return "other";
  }
  return type === "application/json" ? "json" : type === "text/event-stream" ? "events" : "other";
}

/** Sees what passes. */
interface Look {
  see: (piece: Piece) => void;
  end: Exchange["end"];
}

function buildLook(exchange: Exchange, scanner: MessageScanner, kind: AnswerKind): Look {
  const reader = kind === "events" ? buildEventStream(scanner) : scanner;
  return {
    see: (piece) => {
      exchange.passBytes(piece.length);
      if (!exchange.isOver()) {
        exchange.tolerate(() => reader.push(piece, toAlignedText(piece)));
      }
    },
    end: (how) => {
      // An event that the end cuts off is none. A JSON text that it cuts off could not be read.
      if (how === "ended" && kind === "json") {
        exchange.tolerate(() => scanner.end());
      }
      exchange.end(how);
    },
  };
}

async function readWhole(response: Response, look: Look, signal: AbortSignal): Promise<Piece> {
  try {
    const bytes = new Uint8Array(await response.arrayBuffer());
    look.see(bytes);
    look.end("ended");
    return bytes;
  } catch (cause) {
    look.end(signal.aborted ? "cancelled" : "broken");
    throw new OAuthError("bad_gateway", "Cannot call the MCP server: its answer broke off", {
      reason: signal.aborted ? "client_gone" : "mcp_server_broke_off",
      cause,
    });
  }
}

/** The client may go away before anybody reads the stream, so cancelling it is not the only sign. */
function passOn(body: Stream, look: Look, { signal, close }: Connection): Stream {
  const reader = body.getReader({ mode: "byob" });
  const release = onAbort(signal, giveUp);
  return new ReadableStream<Piece>({
    pull: (controller) =>
      reader.read(new Uint8Array(PIECE_BYTES)).then(({ value, done }) => {
        if (done) {
          release();
          look.end("ended");
          controller.close();
          return;
        }
        look.see(value);
        controller.enqueue(value);
      }, (error) => {
        release();
        look.end("broken");
        throw error;
      }),
    cancel: () => {
      release();
      giveUp();
    },
  }, { highWaterMark: 0 });

  function giveUp(): void {
    look.end("cancelled");
    close();
    reader.cancel().catch(() => undefined);
  }
}
