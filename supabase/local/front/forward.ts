/**
 * Passes a request to a process of the stack, and the response back.
 *
 * Both bodies stream. When the client or the process closes its connection,
 * the other one is closed, too. The client follows redirects, not this module.
 * As the proxies of `supabase/origin` do, it says whose address a request came
 * from, and what the caller said of that ends here.
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

/** What tells the caller's address: `GATEPOST_CLIENT_ADDRESS_HEADER` may name either. */
const ADDRESS_HEADERS = ["x-real-ip", "x-forwarded-for"];

/** A request, and the address that it came from. */
export interface Call {
  request: Request;
  address: string;
}

/** Forwards a request to `path` on a port of the loopback interface. */
export async function forward(
  { request, address }: Call,
  port: number | undefined,
  path: string,
): Promise<Response> {
  if (port === undefined) {
    return unavailable();
  }
  const headers = new Headers(request.headers);
  for (const name of HOP_BY_HOP) {
    headers.delete(name);
  }
  for (const name of ADDRESS_HEADERS) {
    headers.set(name, address);
  }
  // `fetch` would unpack a compressed body, and the headers would no longer be true.
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
