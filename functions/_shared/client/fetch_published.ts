/**
 * Fetching what a client publishes of itself: its metadata document, its key set.
 *
 * Under the rules of `safe_fetch.ts`, with a smaller bound on its size. Only a
 * 200 counts. What says that nothing is there is told from what may pass: a
 * wall against robots answers 403 and many other things to an honest server
 * (anthropics/claude-ai-mcp#650, anthropics/claude-code#84263).
 *
 * @module
 */

import { OAuthError } from "../errors.ts";
import { isJsonObject, readBytes } from "../http/body.ts";
import type { SafeFetch } from "../http/safe_fetch.ts";

/** What is published at a URL, or why nothing of use is. */
export type Published =
  | { outcome: "found"; value: Record<string, unknown>; headers: Headers }
  /** Trouble of the moment. */
  | { outcome: "unreachable"; cause?: unknown }
  /** `gone` is what its publisher withdrew for good (410); 404 is also what a failed deployment answers. */
  | { outcome: "missing" | "gone" }
  | { outcome: "malformed" | "address_refused"; cause?: unknown };

/** What fetching needs from outside. */
export interface FetchPublishedDependencies {
  safeFetch: SafeFetch;
  /** Named to the host, so that whoever runs it sees who asks. */
  publicUrl: string;
}

/** Fetches a JSON object of at most `maxBytes`. */
export async function fetchPublished(
  url: string,
  maxBytes: number,
  { safeFetch, publicUrl }: FetchPublishedDependencies,
): Promise<Published> {
  let response: Response;
  try {
    response = await safeFetch(url, {
      headers: { "Accept": "application/json", "User-Agent": `Gatepost/1.0 (+${publicUrl})` },
    });
  } catch (cause) {
    return { outcome: explainFetch(cause), cause };
  }
  switch (response.status) {
    case 200:
      return await readObject(response, maxBytes);
    case 404:
      return { outcome: "missing" };
    case 410:
      return { outcome: "gone" };
    default:
      return response.ok ? { outcome: "missing" } : { outcome: "unreachable" };
  }
}

/** Seconds that a response stays fresh (RFC 9111 §4.2): none where it does not say. */
export function readFreshSeconds(headers: Headers): number {
  const directives = (headers.get("Cache-Control") ?? "")
    .toLowerCase()
    .split(",")
    .map((text) => text.trim());
  if (directives.includes("no-store") || directives.includes("no-cache")) {
    return 0;
  }
  const maxAge = directives.map((directive) => /^max-age=(\d+)$/.exec(directive)?.[1]).find(Boolean);
  const [expires, date] = ["Expires", "Date"].map((name) => Date.parse(headers.get(name) ?? "") / 1000);
  const lifetime = maxAge === undefined ? expires! - date! : Number(maxAge);
  const seconds = lifetime - Number(headers.get("Age") ?? 0);
  return seconds > 0 ? seconds : 0;
}

async function readObject(response: Response, maxBytes: number): Promise<Published> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await readBytes(response, maxBytes));
    const value: unknown = JSON.parse(text);
    return isJsonObject(value)
      ? { outcome: "found", value, headers: response.headers }
      : { outcome: "malformed" };
  } catch (cause) {
    return { outcome: "malformed", cause };
  }
}

/** What `safe_fetch.ts` threw: an address that may not be used, far more than anybody publishes, or trouble. */
function explainFetch(thrown: unknown): "address_refused" | "malformed" | "unreachable" {
  if (!(thrown instanceof OAuthError)) {
    return "unreachable";
  }
  const isOversized = thrown.cause instanceof OAuthError && thrown.cause.code === "payload_too_large";
  return thrown.reason === "upstream_address_refused"
    ? "address_refused"
    : isOversized
    ? "malformed"
    : "unreachable";
}
