/**
 * W3C Trace Context: which trace a request belongs to, by its headers `traceparent` and `tracestate`.
 *
 * A `traceparent` that is malformed is taken for none, and `tracestate` means
 * nothing without it (Trace Context §3.3). Both are written by the caller and
 * prove nothing.
 *
 * @module
 */

/** The trace of a request, and the caller's span in it. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  traceId: string;
  /** 16 hexadecimal digits. */
  parentId: string;
  /** Those that version 00 and its successor know: sampled, and an id that is random. */
  flags: number;
}

const SAMPLED = 1;
/** Bit 2 says that the id of the trace is random (Trace Context Level 2 §3.2.2.5.2). */
const KNOWN_FLAGS = 3;
/** Version, ids and flags; a later version may say more behind a dash (§3.2.4). */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Each byte in hexadecimal: a trace may begin with every call. */
const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

const MAX_MEMBERS = 32;
/** As many as everybody has to pass on (§3.3.1.5). */
const MAX_STATE_CHARACTERS = 512;
/** A key and its value (§3.3.1.3); a tenant's key has an `@`. A value does not end in a space. */
const MEMBER =
  /^([a-z0-9][a-z0-9_*/@-]{0,255})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/** Parses a `traceparent`; undefined for one that is malformed, which counts as none. */
export function parseTraceparent(text: string): TraceContext | undefined {
  const [, version, traceId = "", parentId = "", flags = "", more] = TRACEPARENT.exec(text) ?? [];
  const isMalformed = version === undefined || version === "ff" || (version === "00" && more !== undefined);
  if (isMalformed || /^0+$/.test(traceId) || /^0+$/.test(parentId)) {
    return undefined;
  }
  return { traceId, parentId, flags: parseInt(flags, 16) & KNOWN_FLAGS };
}

/** Writes a `traceparent`. */
export function formatTraceparent({ traceId, parentId, flags }: TraceContext): string {
  return `00-${traceId}-${parentId}-${flags.toString(16).padStart(2, "0")}`;
}

/** Begins a trace. It is sampled: whoever comes behind would record nothing of it otherwise. */
export function newTraceContext(): TraceContext {
  let digits = "";
  // All of them zero would be no id, and is as unlikely as to guess a key.
  for (const byte of crypto.getRandomValues(new Uint8Array(24))) {
    digits += BYTES[byte];
  }
  return { traceId: digits.slice(0, 32), parentId: digits.slice(32), flags: SAMPLED };
}

/** Whether a `tracestate` is a list as it should be, no longer than everybody passes on. */
export function isTracestate(text: string): boolean {
  const members = text.split(",").map((member) => member.replace(/^[ \t]+|[ \t]+$/g, "")).filter(Boolean);
  const keys = new Set(members.map((member) => MEMBER.exec(member)?.[1]));
  return text.length <= MAX_STATE_CHARACTERS && members.length > 0 && members.length <= MAX_MEMBERS &&
    keys.size === members.length && !keys.has(undefined);
}
