/**
 * The JSON-RPC messages of a call, read strictly.
 *
 * A decision about a message is safe only if the MCP server reads the same
 * message. Servers differ in how they read a member that appears twice, another
 * case and other encodings. Bodies with these are refused.
 *
 * @module
 */

import { isJsonObject } from "../../_shared/http/body.ts";
import { OAuthError } from "../../_shared/errors.ts";

/** What decisions need to know of a message. */
export interface RpcMessage {
  /** Undefined in an answer to a request of the MCP server. */
  method: string | undefined;
  /** The names in it, from every member that a server may read. */
  names: unknown[];
}

/** Only the oldest revisions of the protocol have batches. */
const MAX_MESSAGES = 100;
/** As objects they take some megabytes. A text of 4 MB can hold more than a million. */
const MAX_VALUES = 200_000;

const [QUOTE, BACKSLASH, BRACKET, BRACE, COMMA] = [...'"\\[{,'].map((character) => character.charCodeAt(0));

const NAMES = ["name", "uri", "taskId"];
/** The spelling of the members that a server acts on, by their folded name. */
const MEMBERS = new Map(
  ["jsonrpc", "id", "method", "params", "result", "error", "ref", ...NAMES].map((name) => [fold(name), name]),
);

/**
 * Parses the body of a call and compares it with the headers that repeat it (`Mcp-Method`, `Mcp-Name`).
 *
 * A request without a body holds no message: it opens a stream or ends a session.
 */
export function parseMessages(bytes: Uint8Array, headers: Headers): RpcMessage[] {
  if (bytes.byteLength === 0) {
    return [];
  }
  checkEncoding(headers);
  if (countValues(bytes) > MAX_VALUES) {
    throw refusedMessage(`the body holds more than ${MAX_VALUES} values`, "json_too_large");
  }
  const body = parseJson(bytes);
  const messages = Array.isArray(body) ? body : [body];
  if (messages.length > MAX_MESSAGES) {
    throw refusedMessage(`the body holds more than ${MAX_MESSAGES} messages`, "batch_too_long");
  }
  return messages.map((message) => {
    const parsed = parseMessage(message);
    checkHeaders(parsed, headers);
    return parsed;
  });
}

/** If a header names several charsets, some servers take the first and others the last. */
function checkEncoding(headers: Headers): void {
  const type = headers.get("Content-Type") ?? "";
  if (
    headers.has("Content-Encoding") ||
    !/^application\/json\s*(;\s*charset=("utf-8"|utf-8)\s*)?$/i.test(type)
  ) {
    throw new OAuthError(
      "unsupported_media_type",
      "Cannot forward call: the body must be application/json in UTF-8, without an encoding",
      { reason: "body_encoded" },
    );
  }
}

function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  let body: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    body = JSON.parse(text);
  } catch {
    throw refusedMessage("the body is not JSON", "json_malformed");
  }
  if (countMembers(body) !== countWrittenMembers(text)) {
    throw refusedMessage("the body says a thing twice", "json_member_repeated");
  }
  return body;
}

function parseMessage(message: unknown): RpcMessage {
  if (!isJsonObject(message)) {
    throw refusedMessage("the body holds no message", "message_malformed");
  }
  checkSpelling(message);
  const { method, params } = message;
  if (method !== undefined && typeof method !== "string") {
    throw refusedMessage("the method of a message is not a text", "message_malformed");
  }
  if (params === undefined || params === null) {
    return { method, names: [] };
  }
  if (!isJsonObject(params)) {
    throw refusedMessage("the params of a message are no object", "message_malformed");
  }
  return { method, names: [...readNames(params), ...readNames(params["ref"])] };
}

/** What an object names; a completion names its prompt or resource in `ref`. */
function readNames(object: unknown): unknown[] {
  if (!isJsonObject(object)) {
    return [];
  }
  checkSpelling(object);
  return NAMES.filter((name) => Object.hasOwn(object, name)).map((name) => object[name]);
}

/**
 * Some servers ignore the case of members: for them `Method` would replace `method`.
 *
 * Others copy a message member by member: for them `__proto__` would add members that the message does not have.
 */
function checkSpelling(object: Record<string, unknown>): void {
  for (const member of Object.keys(object)) {
    const spelling = MEMBERS.get(fold(member));
    if (member === "__proto__" || (spelling !== undefined && spelling !== member)) {
      throw refusedMessage("a member of a message is misspelled", "message_malformed");
    }
  }
}

/** Converts in both directions, because some letters change in one direction only, such as the long s. */
function fold(text: string): string {
  return text.toUpperCase().toLowerCase();
}

function checkHeaders({ method, names }: RpcMessage, headers: Headers): void {
  const [namedMethod, name] = [headers.get("Mcp-Method"), headers.get("Mcp-Name")];
  if (
    (namedMethod !== null && namedMethod !== method) ||
    (name !== null && !names.includes(decodeHeader(name)))
  ) {
    throw refusedMessage("its headers and its body disagree", "header_mismatch");
  }
}

/** A value that a header cannot hold is sent as `=?base64?…?=`. */
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

/** At least as many as the values of a JSON text: what begins or divides a list or an object, outside of texts. */
function countValues(bytes: Uint8Array): number {
  let count = 0;
  let isInText = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (byte === QUOTE) {
      isInText = !isInText;
    } else if (isInText) {
      index += byte === BACKSLASH ? 1 : 0;
    } else if (byte === BRACKET || byte === BRACE || byte === COMMA) {
      count++;
    }
  }
  return count;
}

/** How many members a JSON text has. A repeated member counts twice here and once among the parsed ones. */
function countWrittenMembers(json: string): number {
  return json.replace(/"(?:[^"\\]|\\.)*"/g, "").split(":").length - 1;
}

function countMembers(body: unknown): number {
  let count = 0;
  const pending = [body];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value === "object" && value !== null) {
      const members = Object.values(value);
      count += Array.isArray(value) ? 0 : members.length;
      members.forEach((member) => pending.push(member));
    }
  }
  return count;
}

function refusedMessage(state: string, reason: string): OAuthError {
  return new OAuthError("invalid_request", `Cannot forward call: ${state}`, { reason });
}
