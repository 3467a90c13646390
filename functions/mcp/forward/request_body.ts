/**
 * The body of a call, limited in size and good for two sendings.
 *
 * A small one is read whole, as nearly all are: the MCP server then learns its
 * length, which some demand. Any other streams.
 *
 * @module
 */

import { declaresLength } from "../../_shared/http/body.ts";
import { OAuthError } from "../../_shared/errors.ts";

/** No JSON-RPC message that a client sends comes near it. */
export const MAX_REQUEST_BYTES = 4 * 1024 * 1024;
const SMALL_BYTES = 64 * 1024;

/** As this version of Deno types the body of a request. */
type Stream = NonNullable<Request["body"]>;
type Chunk = Stream extends ReadableStream<infer Bytes> ? Bytes : never;

/** A body, of which each call takes a copy. */
export interface RequestBody {
  take: () => ArrayBuffer | Stream | null;
  /** Whether it was broken off because it grew too large; `fetch` does not say why a body ended. */
  isTooLarge: () => boolean;
  /** Lets go of what was not taken. */
  discard: () => void;
}

/** Reads or opens the body of a request. */
export async function openRequestBody(request: Request): Promise<RequestBody> {
  const declared = Number(request.headers.get("Content-Length"));
  if (declared <= SMALL_BYTES && declaresLength(request)) {
    return wholeBody(await request.arrayBuffer());
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
      controller.enqueue(chunk);
    },
  });
  const branches = request.body.pipeThrough(limit).tee();
  return {
    isTooLarge,
    take: () => branches.shift() ?? null,
    // Not waited for: a branch is let go when the other has come to its end.
    discard: () => branches.splice(0).forEach((branch) => branch.cancel().catch(() => undefined)),
  };
}

/** A body that is at hand; an empty one is none, as `fetch` wants it for GET. */
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
