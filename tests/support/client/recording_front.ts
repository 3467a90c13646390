/**
 * Stands where the stack's public address is, and keeps what a client asked and what it was answered.
 *
 * A client in a process of its own has no fetch that a test could wrap. The
 * address outlives a stack behind it: a restarted one is found at the same place.
 *
 * @module
 */

/** What came over the wire, as `POST /oauth-token/demo 200`. */
export interface RecordingFront extends AsyncDisposable {
  origin: string;
  /** The requests so far, without their queries. */
  requests: string[];
  /** Says where the stack is. */
  forwardTo(origin: string): void;
}

/**
 * Listens before the stack does, so that the stack can be told of it.
 *
 * On a `bare` address only the functions are reached, as on a project's own: what it says at any other path
 * is in supabase/auth#2408 (2026-03).
 */
export function startRecordingFront({ bare = false } = {}): RecordingFront {
  const requests: string[] = [];
  const abort = new AbortController();
  let target: string | undefined;
  const listening = { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen: (): void => undefined };
  const server = Deno.serve(listening, async (request) => {
    const { pathname, search } = new URL(request.url);
    const at = requests.push(`${request.method} ${shorten(pathname)} …`) - 1;
    const response = bare && !pathname.startsWith("/functions/v1/")
      ? Response.json({ error: "requested path is invalid" }, { status: 404 })
      : await pass(request, `${target}${pathname}${search}`);
    requests[at] = `${request.method} ${shorten(pathname)} ${response.status}`;
    return response;
  });
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    requests,
    forwardTo(origin): void {
      target = origin;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      abort.abort();
      await server.finished;
    },
  };
}

async function pass({ method, headers, body, signal }: Request, url: string): Promise<Response> {
  try {
    const response = await fetch(url, { method, headers, body, signal, redirect: "manual" });
    return new Response(response.body, response);
  } catch {
    return new Response(null, { status: 502 });
  }
}

/** The functions' own paths; what is asked at the origin keeps its whole path. */
function shorten(pathname: string): string {
  return pathname.replace(/^\/functions\/v1(?=\/)/, "");
}
