/**
 * Which headers cross the gateway, in either direction.
 *
 * Headers of the connection, of the browser, of proxies and of the login are
 * removed from a call, and all others reach the MCP server. Of an answer only
 * named headers reach the client, and with them all of `Mcp-*`.
 *
 * @module
 */

/** Headers of one connection (RFC 9110 §7.6.1). */
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

const NOT_FORWARDED = new Set([
  ...HOP_BY_HOP,
  "accept-encoding",
  "apikey",
  "authorization",
  "cdn-loop",
  "content-length",
  "cookie",
  "expect",
  "forwarded",
  "host",
  "origin",
  "referer",
  // Passed on or made anew by `trace.ts`.
  "traceparent",
  "tracestate",
]);

/**
 * What of an answer reaches the client, beside `Mcp-*` and rate limits.
 *
 * A list of what passes and not of what does not: the answer comes from
 * Gatepost's origin, and browsers learn new headers that act on an origin.
 * `content-encoding` is there where `fetch` did not decode the body.
 */
const RETURNED = new Set([
  "allow",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "deprecation",
  "etag",
  "last-modified",
  "link",
  "retry-after",
  "server-timing",
  "sunset",
  "traceresponse",
  "vary",
  "x-accel-buffering",
  "x-correlation-id",
  "x-trace-id",
]);

/** Names in lower case, and values. `fetch` reads this in a third of the time that it needs for a `Headers`. */
export type HeaderList = [name: string, value: string][];

/** The headers that the MCP server receives, without those that say who calls. */
export function toForwardedHeaders(received: Headers): HeaderList {
  const headers: HeaderList = [];
  eachPassing(received, isForwarded, (name, value) => headers.push([name, value]));
  headers.push(["accept-encoding", "identity"]);
  return headers;
}

/**
 * Sets the headers that the client receives. To set them one by one takes half the time of a list for `Response`.
 *
 * The answer comes from Gatepost's origin and not from the MCP server's, so a
 * page or a script of the MCP server must not run there. No cache may keep the
 * answer, because it is for one caller only.
 */
export function fillReturnedHeaders(returned: Headers, received: Headers): void {
  eachPassing(received, isReturned, (name, value) => returned.set(name, value));
  returned.set("content-security-policy", "sandbox; default-src 'none'; frame-ancestors 'none'");
  // `no-transform`, because a proxy that compresses a stream delays it.
  returned.set("cache-control", "no-store, no-transform");
}

function isForwarded(name: string): boolean {
  return (
    !NOT_FORWARDED.has(name) &&
    !name.startsWith("x-forwarded-") &&
    // Gatepost's own, and names that a server behind CGI takes for them: it cannot tell `_` from `-`.
    !name.startsWith("gatepost-") &&
    !name.includes("_")
  );
}

function isReturned(name: string): boolean {
  return RETURNED.has(name) || /^(mcp-|ratelimit|x-ratelimit-)/.test(name);
}

/** Calls back for each header that passes and that `Connection` does not name. */
function eachPassing(
  received: Headers,
  passes: (name: string) => boolean,
  callBack: (name: string, value: string) => void,
): void {
  const named = (received.get("Connection") ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  // Not `for … of`: Deno would sort all headers again for each one.
  received.forEach((value, name) => {
    if (passes(name) && !named.includes(name)) {
      callBack(name, value);
    }
  });
}
