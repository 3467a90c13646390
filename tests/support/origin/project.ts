/**
 * The gateway of a Supabase project as a proxy meets it, before the functions of the embedded stack.
 *
 * A project is found by its name, in the TLS handshake and in `Host`. Its
 * functions are below `/functions/v1`, and nothing else answers here. A page
 * that answers a GET becomes text: `text/plain` for `text/html` after
 * https://supabase.com/docs/guides/functions/limits (read in November 2026),
 * and, as those report who saw it happen in 2026, with the policy
 * `default-src 'none'; sandbox` in place of the function's own.
 *
 * @module
 */

import type { Certificate } from "./certificate.ts";

/** A request as the project received it. */
export interface ProjectRequest {
  /** The project that was asked for. */
  host: string;
  method: string;
  path: string;
  headers: Headers;
}

/** A running gateway. */
export interface Project extends AsyncDisposable {
  port: number;
  received: ProjectRequest[];
  /** Where the functions are; 404 as long as nothing is said. */
  apiUrl?: string;
  /** Where those of single projects are, by the project's name. */
  apiUrls?: Record<string, string>;
  /** Answers in place of the functions. */
  answer?: (request: Request) => Response | Promise<Response>;
}

/** Names of the projects, the port aside. */
export async function startProject(hosts: string[], certificate?: Certificate): Promise<Project> {
  await using started = new AsyncDisposableStack();
  const abort = new AbortController();
  const listening = { hostname: "127.0.0.1", port: 0, onListen: (): void => undefined, signal: abort.signal };
  const received: ProjectRequest[] = [];
  const project: Omit<Project, typeof Symbol.asyncDispose> = { port: 0, received };
  const serve = async (request: Request): Promise<Response> => {
    // As `Host` or, in HTTP/2, as the authority.
    const { hostname: host, pathname, search } = new URL(request.url);
    if (!hosts.includes(host)) {
      return new Response("<h1>Direct access is not allowed</h1>", { status: 403, headers: HTML });
    }
    received.push({
      host,
      method: request.method,
      path: pathname + search,
      headers: new Headers(request.headers),
    });
    if (!pathname.startsWith("/functions/v1/")) {
      return Response.json({ error: "requested path is invalid" }, { status: 404 });
    }
    return takePagesOut(request, await (project.answer ?? askFunctions)(request));
  };
  const askFunctions = async (request: Request): Promise<Response> => {
    const { hostname, pathname, search } = new URL(request.url);
    const apiUrl = project.apiUrls?.[hostname] ?? project.apiUrl;
    const headers = new Headers(request.headers);
    headers.delete("Host");
    const { method, body, signal } = request;
    const response = await fetch(`${apiUrl}${pathname}${search}`, {
      ...{ method, headers, body, signal },
      redirect: "manual",
    });
    return new Response(response.body, response);
  };
  const server = certificate === undefined
    ? Deno.serve(listening, serve)
    : Deno.serve({ ...listening, cert: certificate.cert, key: certificate.key }, serve);
  started.defer(async () => {
    abort.abort();
    await server.finished;
  });
  project.port = server.addr.port;
  if (certificate !== undefined) {
    const relay = relayByName(hosts, server.addr.port);
    started.defer(() => relay.stop());
    project.port = relay.port;
  }
  const stopping = started.move();
  return Object.assign(project, { [Symbol.asyncDispose]: () => stopping.disposeAsync() });
}

const HTML = { "Content-Type": "text/html; charset=utf-8" };

function takePagesOut(request: Request, response: Response): Response {
  if (request.method !== "GET" || !response.headers.get("Content-Type")?.startsWith("text/html")) {
    return response;
  }
  const text = new Response(response.body, response);
  text.headers.set("Content-Type", "text/plain");
  text.headers.set("Content-Security-Policy", "default-src 'none'; sandbox");
  text.headers.set("X-Content-Type-Options", "nosniff");
  return text;
}

/** Hands on connections whose handshake names one of the hosts (RFC 6066 §3), and closes any other. */
function relayByName(hosts: string[], port: number): { port: number; stop: () => void } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const isServed = (hello: string): boolean =>
    hosts.some((host) => hello.includes(host) || /^[0-9.]+$/.test(host));
  const accept = async (connection: Deno.TcpConn): Promise<void> => {
    const hello = new Uint8Array(16_384);
    const length = await connection.read(hello) ?? 0;
    if (!isServed(new TextDecoder("latin1").decode(hello.subarray(0, length)))) {
      return connection.close();
    }
    const behind = await Deno.connect({ hostname: "127.0.0.1", port });
    const writer = behind.writable.getWriter();
    await writer.write(hello.subarray(0, length));
    writer.releaseLock();
    await Promise.allSettled([
      connection.readable.pipeTo(behind.writable),
      behind.readable.pipeTo(connection.writable),
    ]);
  };
  (async () => {
    for await (const connection of listener) {
      accept(connection).catch(() => undefined);
    }
  })();
  return { port: listener.addr.port, stop: () => listener.close() };
}
