/**
 * The body of a call, limited in size and good for two sendings.
 *
 * A small one is read whole, as nearly all are: the MCP server then learns its
 * length, which some demand. Any other streams.
 *
 * @module
 */

import { readBytes } from "../_shared/body.ts";
import { OAuthError } from "../_shared/errors.ts";

/** No JSON-RPC message that a client sends comes near it. */
export const MAX_REQUEST_BYTES = 4 * 1024 * 1024;
const SMALL_BYTES = 64 * 1024;

/** As this version of Deno types the body of a request. */
type Stream = NonNullable<Request["body"]>;

/** A body, of which each call takes a copy. */
export interface RequestBody {
  take: () => ArrayBuffer | Stream | null;
  /** Lets go of what was not taken. */
  discard: () => void;
}

/** Reads or opens the body of a request. */
export async function openRequestBody(request: Request): Promise<RequestBody> {
  const declared = request.headers.get("Content-Length");
  if (request.body === null) {
    return wholeBody(null);
  }
  if (Number(declared) > MAX_REQUEST_BYTES) {
    await request.body.cancel();
    throw tooLarge();
  }
  if (declared !== null && Number(declared) <= SMALL_BYTES) {
    return wholeBody(await readBytes(request, SMALL_BYTES));
  }
  const branches = limit(request.body).tee();
  return {
    take: () => branches.shift() ?? null,
    // Not waited for: a branch is let go when the other has come to its end.
    discard: () => branches.splice(0).forEach((branch) => branch.cancel().catch(() => undefined)),
  };
}

/** A body that is at hand. */
export function wholeBody(bytes: ArrayBuffer | null): RequestBody {
  return { take: () => bytes, discard: () => undefined };
}

/** Breaks a body off where it grows too large. */
function limit(body: Stream): Stream {
  let size = 0;
  const limiter = {
    transform: (chunk: Uint8Array, controller: TransformStreamDefaultController): void => {
      size += chunk.byteLength;
      if (size > MAX_REQUEST_BYTES) {
        controller.error(tooLarge());
        return;
      }
      controller.enqueue(chunk);
    },
  };
  return body.pipeThrough(new TransformStream(limiter));
}

function tooLarge(): OAuthError {
  return new OAuthError(
    "payload_too_large",
    `Cannot forward call: it is larger than ${MAX_REQUEST_BYTES} bytes`,
  );
}
