/**
 * JSON-RPC messages of a call, read as strictly as the laxest reader behind us demands.
 *
 * What is decided over a message is worth something only if the MCP server
 * reads the same one. Readers differ over a member that is there twice, over
 * upper and lower case, over encodings: such bodies are refused.
 *
 * @module
 */

import { OAuthError } from "../_shared/errors.ts";

/** What decisions need to know of a message. */
export interface RpcMessage {
  /** None in the answer to a request of the server's. */
  method: string | undefined;
  /** What it names, under whatever member a server may read. */
  names: unknown[];
}

/** The members that say what a message is, in their one spelling. */
const MEMBERS = new Map(
  ["jsonrpc", "id", "method", "params", "result", "error", "name", "uri", "taskId"]
    .map((name) => [fold(name), name]),
);
const NAMES = ["name", "uri", "taskId"];

/** Parses the body of a call and compares it with the headers that repeat it (`Mcp-Method`, `Mcp-Name`). */
export function parseMessages(bytes: Uint8Array, headers: Headers): RpcMessage[] {
  checkEncoding(headers);
  const body = parseJson(bytes);
  const messages = (Array.isArray(body) ? body : [body]).map(parseMessage);
  messages.forEach((message) => checkHeaders(message, headers));
  return messages;
}

function checkEncoding(headers: Headers): void {
  const charset = /charset="?([^";]*)/i.exec(headers.get("Content-Type") ?? "")?.[1];
  if (
    headers.has("Content-Encoding") || (charset !== undefined && charset.trim().toLowerCase() !== "utf-8")
  ) {
    throw refused("the body must be UTF-8 without an encoding", "body_encoded");
  }
}

function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  let body: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    body = JSON.parse(text);
  } catch {
    throw refused("the body is not JSON", "json_malformed");
  }
  if (repeatsMember(text)) {
    throw refused("the body says a thing twice", "json_member_repeated");
  }
  return body;
}

function parseMessage(message: unknown): RpcMessage {
  if (!isObject(message)) {
    throw refused("the body holds no message", "message_malformed");
  }
  checkSpelling(message);
  const { method, params } = message;
  if (method !== undefined && typeof method !== "string") {
    throw refused("the method of a message is not a text", "message_malformed");
  }
  if (!isObject(params)) {
    return { method, names: [] };
  }
  checkSpelling(params);
  return { method, names: NAMES.filter((name) => Object.hasOwn(params, name)).map((name) => params[name]) };
}

/** Some servers read members without regard to case: to them `Method` would be another method. */
function checkSpelling(object: Record<string, unknown>): void {
  for (const member of Object.keys(object)) {
    const spelling = MEMBERS.get(fold(member));
    if (spelling !== undefined && spelling !== member) {
      throw refused("a member of a message is misspelled", "message_malformed");
    }
  }
}

/** Both ways, because some letters have a relative in one direction only, such as the long s. */
function fold(text: string): string {
  return text.toUpperCase().toLowerCase();
}

function checkHeaders({ method, names }: RpcMessage, headers: Headers): void {
  const [namedMethod, name] = [headers.get("Mcp-Method"), headers.get("Mcp-Name")];
  if (
    (namedMethod !== null && namedMethod !== method) ||
    (name !== null && !names.includes(decodeHeader(name)))
  ) {
    throw refused("its headers and its body disagree", "header_mismatch");
  }
}

/** A value that a header cannot hold travels as `=?base64?…?=`. */
function decodeHeader(value: string): string | undefined {
  const encoded = /^=\?base64\?(.*)\?=$/.exec(value)?.[1];
  if (encoded === undefined) {
    return value;
  }
  try {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Whether an object in a valid JSON text has a member twice. */
function repeatsMember(json: string): boolean {
  const objects: (Set<string> | undefined)[] = [];
  let text = '""';
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    switch (token) {
      case "{":
        objects.push(new Set());
        break;
      case "[":
        objects.push(undefined);
        break;
      case "}":
      case "]":
        objects.pop();
        break;
      case ":": {
        const members = objects.at(-1)!;
        const member: string = JSON.parse(text);
        if (members.has(member)) {
          return true;
        }
        members.add(member);
        break;
      }
      default:
        text = token;
    }
  }
  return false;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refused(state: string, reason: string): OAuthError {
  return new OAuthError("invalid_request", `Cannot forward call: ${state}`, { reason });
}
