/**
 * The body of an answer, seen while it passes.
 *
 * What passes is never changed or held back: each piece goes on as it came, when
 * the client asks for it, and a client that goes away closes the connection to
 * the MCP server. A short JSON answer that arrives in one piece goes on as
 * bytes, which takes Deno less time than a stream. Whatever goes wrong with
 * reading it costs the record and not the answer.
 *
 * @module
 */

import { buildEventStream } from "./event_stream.ts";
import type { AnswerKind, Exchange } from "./exchange.ts";
import type { MessageScanner } from "./message_scanner.ts";
import { toAlignedText } from "./search.ts";

/** As this version of Deno types the body of a response. */
type Stream = NonNullable<Response["body"]>;
type Piece = Uint8Array<ArrayBuffer>;

/** Reads pieces of at most so many bytes. */
type ReadPiece = (bytes: number) => Promise<Piece | undefined>;

/** A body, and what it takes to close it. */
interface Source {
  read: ReadPiece;
  close: () => void;
  /** Nothing is left of the body. */
  drop: () => void;
}

/** A JSON answer that says it is no longer is waited for, in one piece. */
const SHORT_BYTES = 16 * 1024;
/** Deno fills a buffer with what has arrived. A large one that stays empty costs more than the copy. */
const [MIN_BYTES, MAX_BYTES] = [4 * 1024, 64 * 1024];

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
  { signal, close }: Connection,
): Promise<Piece | Stream | null> {
  const kind = findKind(response);
  const declaredBytes = Number(response.headers.get("Content-Length") ?? 0) || 0;
  const scanner = exchange.answer({ status: response.status, kind, declaredBytes });
  if (scanner === undefined || response.body === null) {
    return response.body;
  }
  const look = buildLook(exchange, scanner, kind);
  const source = openSource(response.body, close);
  if (kind === "events" || declaredBytes === 0 || declaredBytes > SHORT_BYTES) {
    return passOn(source, look);
  }
  const first = await readFirst(source, declaredBytes, signal);
  if (first instanceof Uint8Array && first.length === declaredBytes) {
    look.see(first);
    look.end("ended");
    source.drop();
    return first;
  }
  return passOn({ ...source, read: buildRereading(first, source.read) }, look);
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

function openSource(body: Stream, close: () => void): Source {
  const reader = body.getReader({ mode: "byob" });
  return {
    read: (bytes) => reader.read(new Uint8Array(bytes)).then(({ value, done }) => done ? undefined : value),
    close: () => {
      close();
      reader.cancel().catch(() => undefined);
    },
    drop: () => void reader.cancel().catch(() => undefined),
  };
}

/** The first piece, or why there is none. A client that goes away meanwhile closes the connection. */
async function readFirst(
  { read, close }: Source,
  bytes: number,
  signal: AbortSignal,
): Promise<Piece | undefined | { error: unknown }> {
  signal.addEventListener("abort", close);
  try {
    return await read(bytes);
  } catch (error) {
    return { error };
  } finally {
    signal.removeEventListener("abort", close);
  }
}

/** Reads once more what was read, then what comes next. */
function buildRereading(first: Piece | undefined | { error: unknown }, read: ReadPiece): ReadPiece {
  let isFirst = true;
  return (bytes) => {
    if (!isFirst) {
      return read(bytes);
    }
    isFirst = false;
    return first === undefined || first instanceof Uint8Array
      ? Promise.resolve(first)
      : Promise.reject(first.error);
  };
}

function passOn({ read, close }: Source, look: Look): Stream {
  let bytes = MIN_BYTES;
  return new ReadableStream<Piece>({
    pull: (controller) =>
      read(bytes).then((piece) => {
        if (piece === undefined) {
          look.end("ended");
          controller.close();
          return;
        }
        // Neighbours in a stream are about as long as each other.
        bytes = piece.length === bytes
          ? Math.min(bytes * 2, MAX_BYTES)
          : piece.length * 4 < bytes
          ? Math.max(bytes / 2, MIN_BYTES)
          : bytes;
        look.see(piece);
        controller.enqueue(piece);
      }, (error) => {
        look.end("broken");
        throw error;
      }),
    cancel: () => {
      look.end("cancelled");
      close();
    },
  }, { highWaterMark: 0 });
}
