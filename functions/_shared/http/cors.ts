/**
 * Cross-origin access for the endpoints that browser-based clients call.
 *
 * Any origin may call them, because a token in a header protects them and not
 * a cookie. The authorization endpoint and the callback allow no other origin.
 *
 * @module
 */

const ALLOWED_HEADERS =
  "Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Session-Id, Last-Event-ID, Mcp-Method, Mcp-Name, traceparent, tracestate";
const EXPOSED_HEADERS = "WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version";

/** Adds the headers that let a page of any origin read a response. */
export function allowAnyOrigin(headers: Headers): void {
  headers.set("Access-Control-Allow-Origin", "*");
  headers.set("Access-Control-Expose-Headers", EXPOSED_HEADERS);
}

/** Answers a preflight for these methods, and for request headers beyond those of every endpoint. */
export function answerPreflight(
  methods: readonly string[],
  allowedHeaders: readonly string[] = [],
): Response {
  const response = new Response(null, {
    status: 204,
    headers: {
      "Access-Control-Allow-Methods": methods.join(", "),
      "Access-Control-Allow-Headers": [ALLOWED_HEADERS, ...allowedHeaders].join(", "),
      "Access-Control-Max-Age": "86400",
      Allow: [...methods, "OPTIONS"].join(", "),
    },
  });
  allowAnyOrigin(response.headers);
  return response;
}
