/**
 * What is recorded of a message itself: its method, what it names, and which client an `initialize` comes from.
 *
 * All of it comes from whoever calls: it is cut, made such that PostgreSQL can
 * store it, and loses the secrets of the call.
 *
 * @module
 */

import type { CallRecord } from "./call_record.ts";
import type { ScannedMessage } from "./message_scanner.ts";
import { redactKnown, redactUri } from "./redaction.ts";
import { cutText, toStorable } from "./texts.ts";

const MAX_METHOD_CHARACTERS = 100;
const MAX_NAME_CHARACTERS = 256;
const MAX_CLIENT_CHARACTERS = 100;

/** The method of what is no message. */
export const UNREADABLE_METHOD = "(unreadable)";

/** Describes a message. */
export function describeMessage(
  message: ScannedMessage,
  secrets: readonly string[],
): Pick<CallRecord, "method" | "name" | "clientInfo"> {
  const { method, clientInfo } = message;
  return {
    method: toShort(redactKnown(method ?? "", secrets), MAX_METHOD_CHARACTERS) || UNREADABLE_METHOD,
    name: toName(message, secrets),
    clientInfo: method === "initialize" ? toClientInfo(clientInfo) : null,
  };
}

function toName({ method, name, uri }: ScannedMessage, secrets: readonly string[]): string | null {
  if ((method === "tools/call" || method === "prompts/get") && name !== undefined) {
    return toShort(redactKnown(name, secrets), MAX_NAME_CHARACTERS);
  }
  return method === "resources/read" && uri !== undefined
    ? toShort(redactUri(uri, secrets), MAX_NAME_CHARACTERS)
    : null;
}

function toClientInfo(info: unknown): CallRecord["clientInfo"] {
  const { name, version } = Object(info) as Record<string, unknown>;
  return typeof name !== "string" ? null : {
    name: toShort(name, MAX_CLIENT_CHARACTERS),
    version: typeof version === "string" ? toShort(version, MAX_CLIENT_CHARACTERS) : "",
  };
}

function toShort(text: string, maxCharacters: number): string {
  return cutText(toStorable(text), maxCharacters);
}

/** What of a request is a secret: an answer or an argument may repeat it. */
export function listSecrets(headers: Headers): string[] {
  return [
    headers.get("Authorization")?.replace(/^\S+\s+/, ""),
    headers.get("Mcp-Session-Id"),
    headers.get("Gatepost-Tracking-Id"),
    headers.get("apikey"),
  ].filter((secret) => typeof secret === "string");
}
