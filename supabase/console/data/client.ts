/**
 * The project as the signed-in user sees it: its views, its RPCs and `oauth-configs`.
 *
 * Row level security decides what is there; nothing here has rights of its own.
 *
 * @module
 */

import { PostgrestClient } from "@supabase/postgrest-js";
import type { Database } from "../../../functions/_shared/database/types.ts";
import { AuthAway, expireSession, readAccessToken } from "../session.ts";
import { SETTINGS } from "../settings.ts";
import { Refusal, Trouble } from "./trouble.ts";

const REQUEST_MILLISECONDS = 20_000;
/** Half a minute is what the doctor takes at most. */
const FUNCTION_MILLISECONDS = 40_000;

/** The views and RPCs, typed. Use `readRows` and `callRpc`, which throw what the pages can tell. */
export const database: PostgrestClient<Database> = new PostgrestClient<Database>(
  `${SETTINGS.apiUrl}/rest/v1`,
  { fetch: fetchSignedIn, retry: false },
);

type Views = Database["public"]["Views"];
type Functions = Database["public"]["Functions"];

/** The name of a view. */
export type ViewName = keyof Views & string;

/** A row of a view. */
export type Row<View extends ViewName> = Views[View]["Row"];

/** What PostgREST answers, in part. */
interface Answer<Data> {
  data: Data | null;
  error: { code: string; message: string } | null;
  status: number;
}

/** The rows of a query such as `database.from("mcp_members").select("*")`, or trouble. */
export async function readRows<Data>(query: PromiseLike<Answer<Data>>): Promise<Data> {
  const { data, error, status } = await query;
  if (error !== null) {
    throw toTrouble(status, error.code, error.message);
  }
  return data as Data;
}

/** What a project gives at once, unless its operator has chosen another number. */
const MOST_ROWS = 1000;

/** All rows of a query that has an order, however many a project gives at once. */
export async function readEveryRow<Data>(
  query: (from: number, to: number) => PromiseLike<Answer<Data[]>>,
): Promise<Data[]> {
  const rows: Data[] = [];
  for (;;) {
    const found = await readRows(query(rows.length, rows.length + MOST_ROWS - 1));
    rows.push(...found);
    if (found.length < MOST_ROWS) {
      return rows;
    }
  }
}

/** How many rows a query has that was made with `{ count: "exact", head: true }`. */
export async function readCount(
  query: PromiseLike<Answer<unknown> & { count: number | null }>,
): Promise<number> {
  const { count, error, status } = await query;
  if (error !== null) {
    throw toTrouble(status, error.code, error.message);
  }
  return count ?? 0;
}

/** What an RPC answers. A refusal is an answer, too: see `perform`. */
export async function callRpc<Name extends keyof Functions & string>(
  name: Name,
  ...[args]: Functions[Name]["Args"] extends Record<PropertyKey, never> ? [] : [Functions[Name]["Args"]]
): Promise<Functions[Name]["Returns"]> {
  const query = database.rpc(name, args as never) as unknown as PromiseLike<Answer<unknown>>;
  return await readRows(query) as Functions[Name]["Returns"];
}

/** Calls an RPC and throws a refusal unless the outcome is one of `done`, such as `["created", "saved"]`. */
export async function perform<Name extends keyof Functions & string>(
  name: Name,
  args: Functions[Name]["Args"],
  done: readonly string[],
): Promise<Functions[Name]["Returns"]> {
  const query = database.rpc(name, args as never) as unknown as PromiseLike<Answer<unknown>>;
  const answer = await readRows(query) as Record<string, string | null>;
  const outcome = String(answer["outcome"]);
  if (!done.includes(outcome)) {
    throw new Refusal(outcome, {
      argument: answer["argument"] ?? null,
      expected: answer["expected"] ?? null,
    });
  }
  return answer as Functions[Name]["Returns"];
}

/** What a function refuses with: a code and a sentence of Gatepost's own. */
export class FunctionRefusal extends Error {
  override name = "FunctionRefusal";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, description: string) {
    super(description);
    this.status = status;
    this.code = code;
  }
}

/** Posts JSON to a function, such as `oauth-configs/check`, as the signed-in user. */
export async function postFunction<Body>(path: string, body: unknown, signal?: AbortSignal): Promise<Body> {
  const response = await fetchSignedIn(`${SETTINGS.publicUrl}/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  }, FUNCTION_MILLISECONDS).catch((error) => {
    throw error instanceof Trouble ? error : new Trouble("unreachable", String(error));
  });
  const answer = await response.json().catch(() => ({})) as Record<string, unknown>;
  if (response.ok) {
    return answer as Body;
  }
  if (response.status === 401) {
    throw toTrouble(401, "", "The function refused the session");
  }
  // Trouble of the moment has a sentence of its own, which says whose it is: the provider may be the one that is away.
  if (response.status >= 500 && answer["error"] !== "temporarily_unavailable") {
    throw new Trouble("unreachable", String(answer["error_description"] ?? response.status));
  }
  throw new FunctionRefusal(
    response.status,
    String(answer["error"] ?? ""),
    String(answer["error_description"] ?? response.statusText),
  );
}

/** `fetch` with the session's token. Without a session no request is made. */
async function fetchSignedIn(
  input: RequestInfo | URL,
  init: RequestInit = {},
  milliseconds: number = REQUEST_MILLISECONDS,
): Promise<Response> {
  const token = await readAccessToken().catch((error) => {
    throw error instanceof AuthAway ? new Trouble("unreachable", error.message) : error;
  });
  if (token === undefined) {
    expireSession();
    throw new Trouble("signed out", "Nobody is signed in");
  }
  const headers = new Headers(init.headers);
  headers.set("apikey", SETTINGS.publishableKey);
  headers.set("Authorization", `Bearer ${token}`);
  const limit = AbortSignal.timeout(milliseconds);
  const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit;
  return await fetch(joinAlternatives(input), { ...init, headers, signal });
}

/**
 * The URL with one `and` in the place of several `or`, such as those of a search
 * and of a page: PostgREST means the same by both, and the embedded stack's REST
 * layer takes no more than one `or`.
 */
function joinAlternatives(input: RequestInfo | URL): RequestInfo | URL {
  if (input instanceof Request) {
    return input;
  }
  const url = new URL(input);
  const alternatives = url.searchParams.getAll("or");
  if (alternatives.length < 2) {
    return input;
  }
  url.searchParams.delete("or");
  url.searchParams.append("and", `(${alternatives.map((list) => `or${list}`).join(",")})`);
  return url;
}

/** PostgREST's codes for a token that it does not take. */
const REFUSED_TOKENS = ["PGRST301", "PGRST302", "PGRST303"];

function toTrouble(status: number, code: string, message: string): Trouble {
  if (status === 401 || REFUSED_TOKENS.includes(code)) {
    expireSession();
    return new Trouble("signed out", message);
  }
  if (status === 403 || code === "42501") {
    return new Trouble("not allowed", message);
  }
  if (code === "PGRST205") {
    return new Trouble("no such view", message);
  }
  // No status: nothing answered. PostgREST without its database answers 503. What has no code of PostgREST's is the
  // answer of something before it, such as a proxy that does not reach it.
  return status === 0 || status === 503 || status >= 500 && !code
    ? new Trouble("unreachable", message)
    : new Trouble("failed", message);
}
