/**
 * Fetching what a client publishes about itself: its metadata document, its key set.
 *
 * The rules are those of `safe_fetch.ts`, with a smaller limit for the size.
 * Only a 200 is read. Other answers mean either that nothing is there, or that
 * there is trouble of the moment: a protection against robots answers with 403
 * and other codes (anthropics/claude-ai-mcp#650, anthropics/claude-code#84263).
 *
 * @module
 */

import { OAuthError } from "../errors.ts";
import { isJsonObject, readBytes } from "../http/body.ts";
import type { SafeFetch } from "../http/safe_fetch.ts";

/** What is published at a URL, or why it cannot be used. */
export type Published =
  | { outcome: "found"; value: Record<string, unknown>; headers: Headers }
  /** Trouble of the moment. */
  | { outcome: "unreachable"; cause?: unknown }
  /** `gone`: the publisher has removed it for good (410). A 404 can also be a failed deployment. */
  | { outcome: "missing" | "gone" }
  | { outcome: "malformed" | "address_refused"; cause?: unknown };

/** What fetching needs from outside. */
export interface FetchPublishedDependencies {
  safeFetch: SafeFetch;
  /** Tells the host who asks. */
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

/** Seconds that a response stays fresh (RFC 9111 §4.2): 0 if it does not say. */
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

/** What an error of `safe_fetch.ts` means: a forbidden address, an answer that is too large, or trouble. */
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
