/**
 * Which headers cross the gateway, in either direction.
 *
 * Headers of the connection, of the browser, of proxies and of either side's
 * login stay behind. Everything else passes, `Mcp-*` above all.
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
  "content-length",
  "cookie",
  "expect",
  "forwarded",
  "host",
  "origin",
  "referer",
]);

const NOT_RETURNED = new Set([
  ...HOP_BY_HOP,
  "alt-svc",
  "authorization",
  "cache-control",
  "clear-site-data",
  "content-encoding",
  "content-length",
  "content-security-policy",
  "nel",
  "report-to",
  "reporting-endpoints",
  "service-worker-allowed",
  "set-cookie",
  "strict-transport-security",
  "www-authenticate",
]);

/** Names in lower case, and values: `fetch` takes them at a third of what it takes a `Headers` at. */
export type HeaderList = [name: string, value: string][];

/** The headers that the MCP server receives, but for those that say who calls. */
export function toForwardedHeaders(received: Headers): HeaderList {
  const headers: HeaderList = [];
  eachPassing(received, isForwarded, (name, value) => headers.push([name, value]));
  headers.push(["accept-encoding", "identity"]);
  return headers;
}

/**
 * Fills in the headers that the client receives; one by one, as a `Response` takes them at half of what a list costs.
 *
 * The answer comes from our origin and not from the MCP server's, so that no
 * page and no script of it may run there, and it is one caller's alone.
 */
export function fillReturnedHeaders(returned: Headers, received: Headers): void {
  eachPassing(received, isReturned, (name, value) => returned.set(name, value));
  returned.set("content-security-policy", "sandbox; default-src 'none'; frame-ancestors 'none'");
  // `no-transform`, because whoever compresses a stream holds it back.
  returned.set("cache-control", "no-store, no-transform");
}

function isForwarded(name: string): boolean {
  return (
    !NOT_FORWARDED.has(name) &&
    !name.startsWith("x-forwarded-") &&
    // Ours, and what a server behind CGI takes for ours: to it `_` and `-` are one.
    !name.startsWith("gatepost-") &&
    !name.includes("_")
  );
}

function isReturned(name: string): boolean {
  return !NOT_RETURNED.has(name) && !name.startsWith("access-control-") && !name.startsWith("gatepost-");
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
  // Not `for … of`, which in Deno sorts all headers again for each.
  received.forEach((value, name) => {
    if (passes(name) && !named.includes(name)) {
      callBack(name, value);
    }
  });
}
