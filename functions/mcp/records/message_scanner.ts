/**
 * Finds JSON-RPC messages in a text that passes in pieces, and keeps the few things of each that are recorded.
 *
 * It looks at the text byte by byte and builds no values, so that the memory it
 * takes does not depend on how long a message is, how deep or how many there
 * are. It does not check the text: what it finds in a text that is no JSON is
 * recorded, and decides nothing. Decisions are made by `scopes/rpc_message.ts`.
 *
 * @module
 */

import { buildCapture, type Capture, type CapturedPart } from "./capture.ts";
import { buildFindNext, type FindNext } from "./search.ts";
import { MAX_ID_BYTES, MAX_TEXT_BYTES, toIdKey, toJson, toText } from "./texts.ts";

/** What is known of a message once it has passed. */
export interface ScannedMessage {
  /** Undefined if there is none. */
  id: string | undefined;
  /** Undefined if there is none; null if it is no text. */
  method: string | null | undefined;
  /** `params.name` and `params.uri`, where they are texts. */
  name: string | undefined;
  uri: string | undefined;
  /** The id that `notifications/cancelled` names. */
  requestId: string | undefined;
  /** What `initialize` says of the client. */
  clientInfo: unknown;
  /** `params.arguments`, where it was asked for. */
  arguments: CapturedPart | undefined;
  hasResult: boolean;
  isError: boolean;
  /** The result, where it was asked for. */
  result: CapturedPart | undefined;
  hasError: boolean;
  errorCode: number | null;
  bytes: number;
}

/** Takes a text in pieces. */
export interface MessageScanner {
  /** @param text The same piece, if it has a character for each byte: built-ins search a text far faster. */
  push: (piece: Uint8Array, text?: string) => void;
  /** The text is over; the next piece begins another. */
  end: () => void;
}

/** What is asked for, and who is told. */
export interface ScannerOptions {
  wantsArguments: boolean;
  wantsResult: boolean;
  onMessage: (message: ScannedMessage) => void;
  /** A text, or an element of a batch, that is no message. */
  onUnreadable: () => void;
}

/** Of arguments and results so much is kept until it is redacted and cut. */
export const MAX_PAYLOAD_BYTES = 64 * 1024;

/** Longer than any name that is looked for, also if each of its characters is escaped. */
const MAX_KEY_BYTES = 6 * 10;
const MAX_CLIENT_INFO_BYTES = 4096;

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

/** Members of a message, and members of those. */
type Section = "params" | "result" | "error";
type Field = "id" | "method" | "name" | "uri" | "requestId" | "clientInfo" | "isError" | "code";

const FIELD_BYTES: Record<Field, number> = {
  id: MAX_ID_BYTES,
  method: MAX_TEXT_BYTES,
  name: MAX_TEXT_BYTES,
  uri: MAX_TEXT_BYTES,
  requestId: MAX_ID_BYTES,
  clientInfo: MAX_CLIENT_INFO_BYTES,
  isError: 16,
  code: 32,
};
const FIELDS: Record<Section, ReadonlySet<string>> = {
  params: new Set<Field>(["name", "uri", "requestId", "clientInfo"]),
  result: new Set<Field>(["isError"]),
  error: new Set<Field>(["code"]),
};

/** Builds a scanner. */
export function buildMessageScanner(options: ScannerOptions): MessageScanner {
  const captures = new Map<Field, Capture>();
  const payload = buildCapture(MAX_PAYLOAD_BYTES);
  /** What brackets are open, and how many of them stand around a message: one in a batch. */
  let depth = 0;
  let around = 0;
  let isInString = false;
  let isEscaped = false;
  let isGarbage = false;
  let hasBegun = false;
  let expectsKey = false;
  /** The name of a member, which is being read from this place of the piece; -1 if none is. */
  let keyStart = -1;
  let lastKey = "";
  let message: ScannedMessage | undefined;
  let position = 0;
  let messageStart = 0;
  let section: Section | undefined;
  let isSectionObject = false;
  let field: Field | undefined;
  let fieldLevel = 0;
  let payloadLevel = 0;
  let search: FindNext | undefined;

  function reset(): void {
    depth = around = 0;
    isInString =
      isEscaped =
      isGarbage =
      hasBegun =
      expectsKey =
        false;
    leaveMessage();
  }

  function leaveMessage(): void {
    message = section = undefined;
    isSectionObject = false;
    keyStart = -1;
    payload.drop();
    dropField();
  }

  function dropField(): void {
    if (field !== undefined) {
      captures.get(field)!.drop();
      field = undefined;
    }
  }

  /** Where a string ends that goes on at `from`; -1 if it goes on in the next piece. */
  function findStringEnd(piece: Uint8Array, from: number): number {
    let index = isEscaped ? from + 1 : from;
    isEscaped = false;
    while (index < piece.length) {
      const end = search === undefined ? index : search(index);
      if (end === piece.length) {
        return -1;
      }
      const byte = piece[end];
      if (byte === QUOTE) {
        return end;
      }
      index = byte === BACKSLASH ? end + 2 : end + 1;
    }
    isEscaped = index > piece.length;
    return -1;
  }

  function openBracket(byte: number, at: number): void {
    depth++;
    hasBegun = true;
    const level = depth - around;
    if (level === 1) {
      if (byte === OPEN_BRACE) {
        messageStart = position + at;
        message = emptyMessage();
        expectsKey = true;
      } else if (depth === 1) {
        around = 1;
      }
    } else if (level === 2) {
      isSectionObject = byte === OPEN_BRACE && section !== undefined;
      expectsKey = isSectionObject;
      if (isSectionObject && section === "error") {
        message!.hasError = true;
      }
    }
  }

  function closeBracket(piece: Uint8Array, at: number): void {
    const level = depth - around;
    endValue(piece, at, level);
    depth--;
    if (level === 2) {
      isSectionObject = false;
    } else if (level === 1) {
      const ended = message;
      leaveMessage();
      expectsKey = false;
      if (ended === undefined) {
        options.onUnreadable();
      } else {
        ended.bytes = position + at + 1 - messageStart;
        options.onMessage(ended);
      }
    } else if (level <= 0) {
      depth = around = 0;
    }
  }

  function beginMember(at: number, level: number): void {
    if (level === 1) {
      section = lastKey === "params" || lastKey === "result" || lastKey === "error" ? lastKey : undefined;
      if (lastKey === "id" || lastKey === "method") {
        beginField(lastKey, at, level);
      } else if (lastKey === "result") {
        message!.hasResult = true;
        beginPayload(options.wantsResult, at, level);
      }
    } else if (isSectionObject && FIELDS[section!].has(lastKey)) {
      beginField(lastKey as Field, at, level);
    } else if (isSectionObject && section === "params" && lastKey === "arguments") {
      beginPayload(options.wantsArguments, at, level);
    }
  }

  function beginField(name: Field, at: number, level: number): void {
    dropField();
    const capture = captures.get(name) ?? buildCapture(FIELD_BYTES[name]);
    captures.set(name, capture);
    capture.start(at);
    [field, fieldLevel] = [name, level];
  }

  function beginPayload(isWanted: boolean, at: number, level: number): void {
    if (isWanted) {
      payload.start(at);
      payloadLevel = level;
    }
  }

  function endValue(piece: Uint8Array, at: number, level: number): void {
    if (field !== undefined && fieldLevel === level) {
      fill(message!, field, captures.get(field)!.stop(piece, at));
      field = undefined;
    }
    if (payloadLevel === level && payload.isOn()) {
      message![level === 1 ? "result" : "arguments"] = payload.stop(piece, at);
    }
  }

  /** A name that is cut is none that is looked for. */
  function readKey(piece: Uint8Array, end: number): void {
    for (let at = keyStart; at < end && lastKey.length < MAX_KEY_BYTES; at++) {
      lastKey += String.fromCharCode(piece[at]!);
    }
  }

  function scan(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; at++) {
      if (isInString) {
        const end = findStringEnd(piece, at);
        if (end < 0) {
          return;
        }
        isInString = false;
        if (keyStart >= 0) {
          readKey(piece, end);
          lastKey = lastKey.includes("\\") ? unescape(lastKey) : lastKey;
          keyStart = -1;
        }
        at = end;
        continue;
      }
      const byte = piece[at]!;
      const level = depth - around;
      if (byte === QUOTE && level > 0) {
        isInString = true;
        if (expectsKey && (level === 1 || (level === 2 && isSectionObject))) {
          keyStart = at + 1;
          lastKey = "";
        }
        expectsKey = false;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        openBracket(byte, at);
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        closeBracket(piece, at);
      } else if (level > 2) {
        continue;
      } else if (byte === COLON && message !== undefined) {
        beginMember(at + 1, level);
      } else if (byte === COMMA && level > 0) {
        endValue(piece, at, level);
        expectsKey = (level === 1 && message !== undefined) || isSectionObject;
        if (level === 1) {
          section = undefined;
        }
      } else if (level <= 0 && byte > 0x20 && !(byte === COMMA && around === 1)) {
        isGarbage = hasBegun = true;
        return;
      }
    }
  }

  return {
    push: (piece, text) => {
      if (!isGarbage) {
        search = text === undefined ? undefined : buildFindNext(text, '"', "\\");
        scan(piece);
        if (keyStart >= 0) {
          readKey(piece, piece.length);
          keyStart = 0;
        }
        payload.carry(piece);
        if (field !== undefined) {
          captures.get(field)!.carry(piece);
        }
      }
      position += piece.length;
    },
    end: () => {
      const isBroken = hasBegun && (isGarbage || depth > 0);
      reset();
      if (isBroken) {
        options.onUnreadable();
      }
    },
  };
}

/** A message that says nothing. */
export function emptyMessage(): ScannedMessage {
  return {
    id: undefined,
    method: undefined,
    name: undefined,
    uri: undefined,
    requestId: undefined,
    clientInfo: undefined,
    arguments: undefined,
    hasResult: false,
    isError: false,
    result: undefined,
    hasError: false,
    errorCode: null,
    bytes: 0,
  };
}

function fill(message: ScannedMessage, field: Field, part: CapturedPart): void {
  switch (field) {
    case "id":
      message.id = toIdKey(part);
      return;
    case "method":
      message.method = toText(part) ?? null;
      return;
    case "name":
    case "uri":
      message[field] = toText(part);
      return;
    case "requestId":
      message.requestId = toIdKey(part);
      return;
    case "clientInfo":
      message.clientInfo = toJson(part);
      return;
    case "isError":
      message.isError = toJson(part) === true;
      return;
    case "code": {
      const code = toJson(part);
      message.errorCode = Number.isInteger(code) ? code as number : null;
      return;
    }
  }
}

function unescape(key: string): string {
  try {
    return JSON.parse(`"${key}"`);
  } catch {
    return key;
  }
}
