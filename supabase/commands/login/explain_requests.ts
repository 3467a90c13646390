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
    const refusal = response.ok ? "" : await explainRefusal(response.clone());
    output.step(`${step}: ${method} ${url.pathname} → ${response.status}${refusal}`);
    return response;
  };
}

/** What a refusal says of itself: in the challenge (RFC 6750 §3), or in the body (RFC 6749 §5.2). */
async function explainRefusal(response: Response): Promise<string> {
  const challenge = response.headers.get("WWW-Authenticate") ?? "";
  const said = /error_description="([^"]*)"/.exec(challenge)?.[1] ??
    await response.json().then((body) => body?.error_description, () => undefined);
  return typeof said === "string" ? `: ${said}` : "";
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
