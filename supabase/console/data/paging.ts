/**
 * Long lists, a page at a time: by the keys of their first and last row (keyset), never by counting rows.
 *
 * The thousandth page costs what the first costs. Where the reader is stands in
 * the URL (`after` or `before`), so a page can be sent to a colleague and the
 * back button works.
 *
 * @module
 */

import { address } from "../router.ts";
import { readRows } from "./client.ts";
import { type Load, type LoadOptions, useLoad } from "./load.ts";

/** In which order, and by which column that no two rows share. */
export interface PageOrder {
  /** Never null, and the view has it; such as `last_seen_at`. */
  column: string;
  /** Makes the order whole where `column` is equal; such as `mcp_server_user_id`. The same column as `column` is fine. */
  key: string;
  ascending?: boolean;
}

/** A page of a list. */
export interface Page<Row> {
  rows: Row[];
  /** The query values that lead on and back; undefined at either end. */
  next: PageCursor | undefined;
  previous: PageCursor | undefined;
}

/** The values that the URL's query has for a page. */
export interface PageCursor {
  after: string | undefined;
  before: string | undefined;
}

/** The part of a PostgREST query that paging needs. */
interface Pageable<Row> extends PromiseLike<{ data: Row[] | null; error: never | null; status: number }> {
  or(filters: string): this;
  order(column: string, options: { ascending: boolean }): this;
  limit(count: number): this;
}

/** Rows of a page. */
export const PAGE_ROWS = 50;

/**
 * Reads the page that the URL names.
 *
 * `query` builds the list without order and limit, such as
 * `() => database.from("mcp_people").select("*").eq("organization_id", id)`.
 * `key` says what it depends on, as for `useLoad`.
 */
export function usePage<Row extends object>(
  key: string,
  query: () => unknown,
  order: PageOrder,
  options: LoadOptions & { rows?: number } = {},
): Load<Page<Row>> {
  const { query: values } = address.value;
  const cursor = { after: values.get("after") ?? undefined, before: values.get("before") ?? undefined };
  return useLoad(
    `${key} ${cursor.after} ${cursor.before}`,
    () => readPage(query() as Pageable<Row>, order, cursor, options.rows ?? PAGE_ROWS),
    options,
  );
}

async function readPage<Row extends object>(
  query: Pageable<Row>,
  order: PageOrder,
  cursor: PageCursor,
  count: number,
): Promise<Page<Row>> {
  const goesBack = cursor.before !== undefined;
  const ascending = (order.ascending ?? false) !== goesBack;
  const from = parseCursor(cursor.before ?? cursor.after);
  const direction = ascending ? "gt" : "lt";
  let paged = query;
  if (from !== undefined) {
    paged = order.column === order.key ? paged.or(`${order.key}.${direction}.${quote(from[1])}`) : paged.or(
      `${order.column}.${direction}.${quote(from[0])},` +
        `and(${order.column}.eq.${quote(from[0])},${order.key}.${direction}.${quote(from[1])})`,
    );
  }
  paged = paged.order(order.column, { ascending });
  if (order.column !== order.key) {
    paged = paged.order(order.key, { ascending });
  }
  const found = await readRows(paged.limit(count + 1));
  const hasMore = found.length > count;
  const rows = found.slice(0, count);
  if (goesBack) {
    rows.reverse();
  }
  const cursorOf = (row: Row | undefined): string | undefined =>
    row === undefined ? undefined : toCursor(row, order);
  const hasNext = goesBack || hasMore;
  const hasPrevious = goesBack ? hasMore : from !== undefined;
  return {
    rows,
    next: hasNext && rows.length > 0 ? { after: cursorOf(rows.at(-1)), before: undefined } : undefined,
    previous: hasPrevious && rows.length > 0 ? { after: undefined, before: cursorOf(rows[0]) } : undefined,
  };
}

function toCursor(row: object, { column, key }: PageOrder): string {
  const values = row as Record<string, unknown>;
  return JSON.stringify([String(values[column]), String(values[key])]);
}

/** Undefined where a URL was cut or made up: then the list begins at its beginning. */
function parseCursor(text: string | undefined): [string, string] | undefined {
  try {
    const [value, key] = JSON.parse(text ?? "null") as [string, string];
    return typeof value === "string" && typeof key === "string" ? [value, key] : undefined;
  } catch {
    return undefined;
  }
}

/** A value inside `or=(…)`: quoted, so that commas and brackets in it are its own. */
function quote(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
