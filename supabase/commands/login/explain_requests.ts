/**
 * Prints each request of the SDK as a step of the login.
 *
 * @module
 */

import type { Output } from "../../local/output.ts";

type Fetch = (input: string | URL, init?: RequestInit) => Promise<Response>;

/** Builds a fetch that prints what it requests and what the answer is. */
export function buildExplainingFetch(mcpUrl: string, output: Output): Fetch {
  return async (input, init) => {
    const url = new URL(input);
    const method = init?.method ?? "GET";
    const response = await fetch(url, init);
    const step = nameStep(url, init ?? {}, mcpUrl);
    output.step(`${step}: ${method} ${url.pathname} → ${response.status}`);
    return response;
  };
}

function nameStep(url: URL, { method, body }: RequestInit, mcpUrl: string): string {
  if (url.href === mcpUrl && typeof body === "string") {
    return `MCP ${(JSON.parse(body) as { method: string }).method}`;
  }
  if (url.href === mcpUrl) {
    return "MCP";
  }
  if (url.pathname.includes("/.well-known/")) {
    return "Discovery";
  }
  if (url.pathname.includes("regist")) {
    return "Registration";
  }
  if (method === "POST") {
    return "Token";
  }
  return "Request";
}
