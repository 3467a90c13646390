/**
 * Reading request bodies and query strings: strictly, up to a limit, with a sentence for the caller.
 *
 * @module
 */

import { OAuthError } from "../errors.ts";

/** Far more than any request of OAuth has. */
const MAX_BODY_BYTES = 64 * 1024;
const MAX_JSON_DEPTH = 12;

/** The parameters of a form or a query, each at most once (RFC 6749 §3.1), empty ones left out. */
export type Parameters = Map<string, string>;

/** Parameters that a standard allows to be repeated (RFC 8707 §2). */
const REPEATABLE = new Set(["resource", "audience"]);

/** A form or query: its single parameters, and every value of the repeatable ones. */
export interface Form {
  parameters: Parameters;
  /** All values of `resource`. */
  resources: string[];
}

/** Reads an `application/x-www-form-urlencoded` body. */
export async function readForm(request: Request): Promise<Form> {
  checkContentType(request, "application/x-www-form-urlencoded");
  return parseForm(new URLSearchParams(await readText(request)));
}

/**
 * Checks the parameters of a form or a query. None may be repeated, except those that a standard allows to repeat, and
 * none may hold a NUL, which PostgreSQL cannot store.
 */
export function parseForm(search: URLSearchParams): Form {
  const parameters: Parameters = new Map();
  for (const [name, value] of search) {
    if (parameters.has(name) && !REPEATABLE.has(name)) {
      throw new OAuthError("invalid_request", "Cannot read request: a parameter is repeated", {
        reason: "parameter_repeated",
      });
    }
    if (value.includes("\0")) {
      throw new OAuthError("invalid_request", "Cannot read request: a parameter holds a NUL character", {
        reason: "parameter_malformed",
      });
    }
    if (value !== "") {
      parameters.set(name, value);
    }
  }
  return { parameters, resources: search.getAll("resource").filter((value) => value !== "") };
}

/**
 * Reads a JSON body as an object.
 *
 * @param unstorable What becomes of a text that PostgreSQL cannot store: whoever keeps it cleans it.
 */
export async function readJsonObject(
  request: Request,
  unstorable: "refused" | "kept" = "refused",
): Promise<Record<string, unknown>> {
  checkContentType(request, "application/json");
  const text = await readText(request);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new OAuthError("invalid_request", "Cannot read request: the body is not JSON", {
      reason: "json_malformed",
    });
  }
  if (!isJsonObject(value)) {
    throw new OAuthError("invalid_request", "Cannot read request: the body is not a JSON object", {
      reason: "json_not_object",
    });
  }
  checkDepth(value, MAX_JSON_DEPTH);
  if (unstorable === "refused" && holdsUnstorable(value)) {
    throw new OAuthError(
      "invalid_request",
      "Cannot read request: the JSON holds a text that cannot be stored",
      {
        reason: "json_text_malformed",
      },
    );
  }
  return value;
}

/** Whether a parsed JSON value is an object: not a list, and not null. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads a body as UTF-8 text, at most 64 KiB of it. */
async function readText(request: Request): Promise<string> {
  const bytes = await readBytes(request, MAX_BODY_BYTES);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new OAuthError("invalid_request", "Cannot read request: the body is not UTF-8", {
      reason: "utf8_malformed",
    });
  }
}

/** Reads at most `maxBytes` of a body and stops the sender beyond that. */
export async function readBytes(message: Request | Response, maxBytes: number): Promise<ArrayBuffer> {
  if (Number(message.headers.get("Content-Length")) > maxBytes) {
    await message.body?.cancel();
    throw refusedBody(maxBytes);
  }
  if (message instanceof Request && declaresLength(message)) {
    return await message.arrayBuffer();
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = message.body?.getReader();
  for (let next = await reader?.read(); next?.value; next = await reader?.read()) {
    size += next.value.byteLength;
    if (size > maxBytes) {
      await reader?.cancel();
      throw refusedBody(maxBytes);
    }
    chunks.push(next.value);
  }
  const bytes = new ArrayBuffer(size);
  let offset = 0;
  for (const chunk of chunks) {
    new Uint8Array(bytes, offset).set(chunk);
    offset += chunk.byteLength;
  }
  return bytes;
}

/**
 * Whether the HTTP server ends the body at its declared length (RFC 9112 §6.3). Then the bytes need not be counted.
 *
 * A body that is sent in chunks can have any length, whatever it declares (RFC 9112 §6.1). Call this before you use
 * `body`: that makes a stream of it, which takes longer than to read it.
 */
export function declaresLength({ headers }: Request): boolean {
  return headers.has("Content-Length") && !headers.has("Transfer-Encoding");
}

function refusedBody(maxBytes: number): OAuthError {
  return new OAuthError("payload_too_large", `Cannot read body: it is larger than ${maxBytes} bytes`);
}

function checkContentType(request: Request, expected: string): void {
  const type = request.headers.get("Content-Type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== expected) {
    throw new OAuthError("unsupported_media_type", `Cannot read request: the body must be ${expected}`);
  }
}

/** Whether JSON holds a NUL or half of a surrogate pair, in a text or a name. */
function holdsUnstorable(value: unknown): boolean {
  if (typeof value === "string") {
    return value.includes("\0") || !value.isWellFormed();
  }
  return (
    typeof value === "object" &&
    value !== null &&
    Object.entries(value).some((entry) => entry.some(holdsUnstorable))
  );
}

function checkDepth(value: unknown, allowed: number): void {
  if (typeof value !== "object" || value === null) {
    return;
  }
  if (allowed === 0) {
    throw new OAuthError("invalid_request", "Cannot read request: the JSON is nested too deeply", {
      reason: "json_too_deep",
    });
  }
  Object.values(value).forEach((member) => checkDepth(member, allowed - 1));
}
