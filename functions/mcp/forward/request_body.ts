/**
 * The body of a call. It is limited in size and can be sent twice.
 *
 * Nearly all bodies are small. A small body is read whole, so that the MCP
 * server gets its length, which some servers require. A larger one streams.
 *
 * @module
 */

import { declaresLength } from "../../_shared/http/body.ts";
import { OAuthError } from "../../_shared/errors.ts";
import type { SeeBody } from "../records/exchange.ts";

/** Far more than any JSON-RPC message of a client has. */
export const MAX_REQUEST_BYTES = 4 * 1024 * 1024;
const SMALL_BYTES = 64 * 1024;

/** As this version of Deno types the body of a request. */
type Stream = NonNullable<Request["body"]>;
type Chunk = Stream extends ReadableStream<infer Bytes> ? Bytes : never;

/** A body. Each `take` returns a copy. */
export interface RequestBody {
  take: () => ArrayBuffer | Stream | null;
  /** Whether the body was stopped because it is too large. `fetch` does not say why a body ended. */
  isTooLarge: () => boolean;
  /** Cancels the copies that nobody took. */
  discard: () => void;
}

/**
 * Reads or opens the body of a request.
 *
 * @param see Sees the body as it passes, and then that it has passed.
 */
export async function openRequestBody(request: Request, see: SeeBody): Promise<RequestBody> {
  const declared = Number(request.headers.get("Content-Length"));
  if (declared <= SMALL_BYTES && declaresLength(request)) {
    const bytes = await request.arrayBuffer();
    see(new Uint8Array(bytes), true);
    return wholeBody(bytes);
  }
  if (request.body === null) {
    return wholeBody(new ArrayBuffer(0));
  }
  if (declared > MAX_REQUEST_BYTES) {
    await request.body.cancel();
    throw refusedSize();
  }
  let size = 0;
  const isTooLarge = (): boolean => size > MAX_REQUEST_BYTES;
  const limit = new TransformStream<Chunk, Chunk>({
    transform(chunk, controller): void {
      size += chunk.byteLength;
      if (isTooLarge()) {
        controller.error(refusedSize());
        return;
      }
      see(chunk, false);
      controller.enqueue(chunk);
    },
    flush: () => see(new Uint8Array(), true),
  });
  const branches = request.body.pipeThrough(limit).tee();
  return {
    isTooLarge,
    take: () => branches.shift() ?? null,
    // Not awaited, because a branch is cancelled only when the other one has ended.
    discard: () => branches.splice(0).forEach((branch) => branch.cancel().catch(() => undefined)),
  };
}

/** A body that was read. An empty one becomes null, because `fetch` takes no body for GET. */
export function wholeBody(bytes: ArrayBuffer): RequestBody {
  return {
    take: () => (bytes.byteLength === 0 ? null : bytes),
    isTooLarge: () => false,
    discard: () => undefined,
  };
}

/** The refusal of a body that is too large. */
export function refusedSize(): OAuthError {
  return new OAuthError(
    "payload_too_large",
    `Cannot forward call: it is larger than ${MAX_REQUEST_BYTES} bytes`,
  );
}
