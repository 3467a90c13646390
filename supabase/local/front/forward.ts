/**
 * Passes a request on to a process of the stack and its response back.
 *
 * Both bodies stream. When the client goes away the request behind is
 * cancelled, and the other way round. A redirect is the client's to follow.
 *
 * @module
 */

/** Headers that belong to one connection (RFC 9110 §7.6.1). */
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Forwards a request to `path` on a port of the loopback interface. */
export async function forward(request: Request, port: number | undefined, path: string): Promise<Response> {
  if (port === undefined) {
    return unavailable();
  }
  const headers = new Headers(request.headers);
  for (const name of HOP_BY_HOP) {
    headers.delete(name);
  }
  // A compressed body would be unpacked here and no longer match its headers.
  headers.set("accept-encoding", "identity");
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: request.method,
      headers,
      body: request.body,
      redirect: "manual",
      signal: request.signal,
    });
    return new Response(response.body, response);
  } catch {
    return unavailable();
  }
}

function unavailable(): Response {
  return Response.json(
    { code: 503, message: "Service is starting or has stopped" },
    { status: 503, headers: { "retry-after": "1" } },
  );
}
