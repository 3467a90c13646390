/**
 * The span of a request that goes out, by the conventions for HTTP clients.
 *
 * It has the host and no URL: providers and MCP servers take secrets in paths
 * and queries.
 *
 * @module
 */

import type { Span, SpanStart } from "../telemetry/telemetry.ts";

/** What the span of a request that goes out says when it begins. */
export function describeClientRequest(method: string, url: string): SpanStart {
  const { hostname, port, protocol } = new URL(url);
  return {
    name: method,
    kind: "client",
    attributes: {
      "http.request.method": method,
      "server.address": hostname.replace(/^\[|\]$/g, ""),
      "server.port": Number(port) || (protocol === "https:" ? 443 : 80),
    },
  };
}

/** Adds the status of the answer, which fails the span from 400 on. */
export function noteStatus(span: Span | undefined, status: number): void {
  span?.set({ "http.response.status_code": status });
  if (status >= 400) {
    span?.fail(`${status}`);
  }
}
