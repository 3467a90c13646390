/**
 * A proxy between two parts of the system that fails when a test tells it to.
 *
 * To the database a lost answer is what a function worker leaves behind that
 * was killed just after a step; a lost call, just before it.
 *
 * @module
 */

import type { Status } from "../../../supabase/local/stack_status.ts";
import { startPostgresProxy } from "./postgres_proxy.ts";

/** What becomes of one request. */
export type Fault =
  /** It is lost on its way there. */
  | "before"
  /** Its answer is lost. */
  | "after"
  /** Its answer comes late, and whole. */
  | "late"
  /** Its answer breaks off in the middle. */
  | "truncated"
  /** Half of its answer is all there is, and says that it is whole. */
  | "halved"
  /** Its answer arrives with other bytes in the middle. */
  | "corrupted"
  /** Whatever stands before the other side answers in its place: 502 with HTML. */
  | "bad_gateway";

/** A running proxy. */
export interface FaultProxy extends AsyncDisposable {
  url: string;
  /** Fails the next request whose path ends so; of the REST layer, the next call of a SQL function. */
  fail: (pathEnd: string, fault: Fault) => void;
  /** Faults that have not happened. */
  pending: () => string[];
  /** The end of the path of every request so far, in order. */
  seen: () => string[];
}

/** Starts the proxy before the database, where the functions of a stack reach it. */
export function startDatabaseFaultProxy({ API_URL, FUNCTIONS_DB_URL }: Status): FaultProxy {
  return FUNCTIONS_DB_URL === undefined ? startFaultProxy(API_URL) : startPostgresProxy(FUNCTIONS_DB_URL);
}

const LATE_MILLISECONDS = 300;

/** Starts the proxy before an origin. */
export function startFaultProxy(target: string): FaultProxy {
  const faults = new Map<string, Fault>();
  const seen: string[] = [];
  const abort = new AbortController();
  const listening = { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen: (): void => undefined };
  const server = Deno.serve(listening, async (request) => {
    const { pathname, search } = new URL(request.url);
    const end = pathname.slice(pathname.lastIndexOf("/") + 1);
    seen.push(end);
    const fault = faults.get(end);
    faults.delete(end);
    if (fault === "before" || fault === "bad_gateway") {
      await request.body?.cancel();
      return fault === "before" ? breakOff("{") : answerBadGateway();
    }
    const response = await fetch(`${target}${pathname}${search}`, {
      method: request.method,
      headers: request.headers,
      redirect: "manual",
      ...(request.method === "GET" || request.method === "HEAD" ? {} : { body: await request.arrayBuffer() }),
    });
    return await spoil(fault, response, await response.bytes());
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    fail: (pathEnd, fault) => void faults.set(pathEnd, fault),
    pending: () => [...faults.keys()],
    seen: () => [...seen],
    async [Symbol.asyncDispose](): Promise<void> {
      abort.abort();
      await server.finished;
    },
  };
}

async function spoil(
  fault: Fault | undefined,
  response: Response,
  body: Uint8Array<ArrayBuffer>,
): Promise<Response> {
  const half = body.slice(0, body.length / 2);
  switch (fault) {
    case "after":
      return breakOff("{");
    case "truncated":
      return breakOff(half);
    case "halved":
      return toAnswer(half, response);
    case "corrupted":
      return toAnswer(corrupt(body), response);
    case "late":
      await new Promise((resolve) => setTimeout(resolve, LATE_MILLISECONDS));
      return toAnswer(body, response);
    default:
      return toAnswer(body, response);
  }
}

function toAnswer(body: Uint8Array<ArrayBuffer>, { status, headers }: Response): Response {
  const kept = new Headers(headers);
  kept.delete("Content-Length");
  kept.delete("Content-Encoding");
  return new Response([204, 304].includes(status) ? null : body, { status, headers: kept });
}

/** Other bytes from the first third to the second, none of them text. */
function corrupt(body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return body.map((byte, index) =>
    index > body.length / 3 && index < (body.length * 2) / 3 ? byte ^ 0x80 : byte
  );
}

/** An answer that is longer than its body: the server then drops the connection. */
function breakOff(start: BlobPart): Response {
  const body = new Blob([start]);
  return new Response(body.stream(), { headers: { "Content-Length": String(body.size + 100) } });
}

function answerBadGateway(): Response {
  return new Response("<html>502 Bad Gateway</html>", {
    status: 502,
    headers: { "Content-Type": "text/html" },
  });
}
