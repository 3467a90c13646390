/**
 * Spoiling a valid request: one to four changes of the kinds that callers and attackers make.
 *
 * @module
 */

import type { Random } from "./random.ts";
import type { Draft } from "./subject.ts";

/** Deno's `fetch` takes no URL of 64 KiB. */
const MAX_QUERY_CHARACTERS = 60_000;

/** A request as it goes over the wire. */
export interface SpoiledRequest {
  path: string;
  init: RequestInit & { headers: Headers };
  /** What was done to it, for the report of a failure. */
  changes: string[];
}

const TEXTS = [
  ...[
    "",
    " ",
    "null",
    "undefined",
    "true",
    "0",
    "-1",
    "1e400",
    "NaN",
    "[]",
    "{}",
    '""',
    "*",
    "%",
    "%00",
    "%zz",
  ],
  ...["\u0000", "\ud800", "\udfff", "\u202e", "\ufeff", "\r\nX-Injected: 1", "\n", "\t", "é", "😀", "İ"],
  ...["constructor", "__proto__", "toString", "hasOwnProperty", "prototype"],
  ...["' or 1=1 --", "$1", "\\", '"', "${7*7}", "<script>alert(1)</script>", "../../etc/passwd", "..%2f"],
  ...[
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "https://evil.example",
    "//evil.example",
  ],
  ...["http://169.254.169.254/", "http://[::1]:1/", "https://user:pass@host/", "cursor://x", "ms-msdt:/id"],
  ...["eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJkaXIifQ....", "gpr_", "mcr_", "none", "plain", "S256", "query"],
] as const;

const HEADERS = [
  ...["Accept", "Accept-Language", "Authorization", "Content-Type", "Content-Encoding", "Cookie", "Origin"],
  ...["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Host-Override", "Range"],
  ...["If-None-Match", "MCP-Protocol-Version", "Mcp-Session-Id", "Mcp-Method", "Mcp-Name", "Last-Event-ID"],
  ...["Gatepost-User", "Gatepost-Tracking-Id", "apikey", "Access-Control-Request-Method", "Sec-Fetch-Site"],
] as const;

const TYPES = [
  ...[
    "application/json",
    "application/x-www-form-urlencoded",
    "text/plain",
    "multipart/form-data; boundary=x",
  ],
  ...["application/json; charset=utf-16", "application/jwt", "", "a/b/c"],
] as const;

const METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"] as const;

type Change = (draft: Draft, random: Random, others: readonly Draft[]) => string;

const CHANGES: readonly Change[] = [
  function changeMethod(draft, random): string {
    draft.method = random.pick(METHODS);
    return `method ${draft.method}`;
  },
  function changeEndpoint(draft, random, others): string {
    draft.path = random.pick(others).path;
    return `path ${draft.path}`;
  },
  function spoilPath(draft, random): string {
    const segments = draft.path.split("/");
    segments.splice(
      random.below(segments.length + 1),
      random.below(2),
      encodeURIComponent(nonsense(random).toWellFormed()),
    );
    draft.path = segments.join("/");
    return "path segment";
  },
  function setParameter(draft, random): string {
    return changeParameter(draft, random, (fields, index) => fields[index]![1] = nonsense(random));
  },
  function leaveParameterOut(draft, random): string {
    return changeParameter(draft, random, (fields, index) => fields.splice(index, 1));
  },
  function repeatParameter(draft, random): string {
    return changeParameter(
      draft,
      random,
      (fields, index) => fields.push([fields[index]![0], nonsense(random)]),
    );
  },
  function nameParameter(draft, random): string {
    return changeParameter(draft, random, (fields, index) => fields[index]![0] = nonsense(random));
  },
  function swapParameter(draft, random, others): string {
    const foreign = random.pick(others.flatMap(({ query, form = [] }) => [...query, ...form]));
    (draft.form ?? draft.query).push([...foreign]);
    return `foreign ${foreign[0]}`;
  },
  function setHeader(draft, random): string {
    const name = random.pick(HEADERS);
    draft.headers[name] = nonsense(random);
    return `header ${name}`;
  },
  function leaveHeadersOut(draft): string {
    draft.headers = {};
    return "no headers";
  },
  function setType(draft, random): string {
    draft.headers["Content-Type"] = random.pick(TYPES);
    return `type ${draft.headers["Content-Type"]}`;
  },
  function swapCredentials(draft, random, others): string {
    const foreign = random.pick(others).headers["Authorization"];
    draft.headers["Authorization"] = foreign ??
      `${random.pick(["Bearer", "Basic", "DPoP"])} ${nonsense(random)}`;
    return "credentials";
  },
  function spoilJson(draft, random): string {
    draft.json = toJson(random, 4, draft.json);
    delete draft.form;
    return "JSON";
  },
];

/** Spoils a draft, or in one of sixteen cases sends it as it is. */
export function spoil(original: Draft, random: Random, others: readonly Draft[]): SpoiledRequest {
  const draft = structuredClone(original);
  const changes = random.once(16)
    ? []
    : Array.from({ length: 1 + random.below(4) }, () => random.pick(CHANGES)(draft, random, others));
  const headers = new Headers();
  for (const [name, value] of Object.entries(draft.headers)) {
    // What cannot stand in a header at all never reaches a server.
    headers.set(name, value.replace(/[^\t\x20-\x7e\x80-\xff]/g, "?"));
  }
  const query = new URLSearchParams(draft.query).toString().slice(0, MAX_QUERY_CHARACTERS);
  const body = draft.method === "GET" || draft.method === "HEAD" ? undefined : toBody(draft, random, changes);
  if (draft.form === undefined && body !== undefined && !headers.has("Content-Type")) {
    headers.set("Content-Type", "application/json");
  }
  return {
    path: `${draft.path}${query === "" ? "" : `?${query}`}`,
    init: {
      method: draft.method,
      headers,
      redirect: "manual",
      ...(body === undefined ? {} : { body }),
    },
    changes,
  };
}

/** The body's bytes, in one of ten cases cut, filled up or flipped. */
function toBody(draft: Draft, random: Random, changes: string[]): BodyInit | undefined {
  const whole = draft.form
    ? new URLSearchParams(draft.form)
    : draft.json === undefined
    ? undefined
    : JSON.stringify(draft.json);
  if (whole === undefined || !random.once(10)) {
    return whole;
  }
  const bytes = new TextEncoder().encode(whole.toString());
  const at = random.below(bytes.length + 1);
  changes.push(`bytes at ${at}`);
  switch (random.below(4)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return new Uint8Array([...bytes.slice(0, at), 0xff, 0xc3, 0x00, ...bytes.slice(at)]);
    case 2:
      return `${whole}${"x".repeat(random.below(200_000))}`;
    default:
      return `${"[".repeat(random.below(20_000))}${whole}`;
  }
}

function changeParameter(
  draft: Draft,
  random: Random,
  change: (fields: [string, string][], index: number) => void,
): string {
  const fields = draft.form ?? draft.query;
  if (fields.length === 0) {
    fields.push([nonsense(random), nonsense(random)]);
    return "new parameter";
  }
  const index = random.below(fields.length);
  const [name] = fields[index]!;
  change(fields, index);
  return `parameter ${name}`;
}

/** A text that somebody once sent, or one that nobody did. */
function nonsense(random: Random): string {
  switch (random.below(8)) {
    case 0:
      return random.text(40);
    case 1:
      return random.pick(TEXTS).repeat(1 + random.below(400));
    case 2:
      return "x".repeat(random.below(20_000));
    default:
      return random.pick(TEXTS);
  }
}

/** A JSON value, built around a valid one where there is one. */
function toJson(random: Random, depth: number, valid: unknown): unknown {
  if (valid !== null && typeof valid === "object" && !Array.isArray(valid) && !random.once(4)) {
    const name = random.once(3) ? nonsense(random) : random.pick([...Object.keys(valid), "x"]);
    const members = Object.entries(valid).filter(() => !random.once(8));
    return Object.fromEntries([...members, [name, toJson(random, depth - 1, undefined)]]);
  }
  switch (depth <= 0 ? random.below(5) : random.below(7)) {
    case 0:
      return null;
    case 1:
      return random.once(2);
    case 2:
      return random.pick([0, -1, 1e21, 2 ** 53, 0.1]);
    case 3:
    case 4:
      return nonsense(random);
    case 5:
      return Array.from({ length: random.below(5) }, () => toJson(random, depth - 1, undefined));
    default:
      return { [nonsense(random)]: toJson(random, depth - 1, undefined), method: nonsense(random) };
  }
}
