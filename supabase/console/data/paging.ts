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

/** In which order, and by which columns that no two rows share. */
export interface PageOrder {
  /** Never null, and the view has it; such as `last_seen_at`. */
  column: string;
  /**
   * Makes the order whole where `column` is equal; such as `mcp_server_user_id`, or several columns, which may be null.
   * The same column as `column` is fine.
   */
  key: string | readonly string[];
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
  gte(column: string, value: string): this;
  lte(column: string, value: string): this;
  order(column: string, options: { ascending: boolean }): this;
  limit(count: number): this;
}

/** How a page is read. */
export interface PageOptions extends LoadOptions {
  rows?: number;
  /** Reads first what `query` needs. */
  before?: () => Promise<void>;
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
  { before, rows = PAGE_ROWS, ...options }: PageOptions = {},
): Load<Page<Row>> {
  const { query: values } = address.value;
  const cursor = { after: values.get("after") ?? undefined, before: values.get("before") ?? undefined };
  return useLoad(
    `${key} ${cursor.after} ${cursor.before}`,
    async () => {
      await before?.();
      return await readPage(query() as Pageable<Row>, order, cursor, rows);
    },
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
  const columns = listColumns(order);
  const from = parseCursor(cursor.before ?? cursor.after, columns.length);
  let paged = query;
  if (from !== undefined) {
    // The bound lets an index begin at the row; the filter leaves out what stands before it at the same value.
    paged = ascending ? paged.gte(order.column, from[0]!) : paged.lte(order.column, from[0]!);
    paged = paged.or(findBeyond(columns, from, ascending));
  }
  for (const column of columns) {
    // PostgreSQL puts null before everything where it descends, and after everything where it ascends.
    paged = paged.order(column, { ascending });
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

/** The columns of an order, each once. */
function listColumns({ column, key }: PageOrder): string[] {
  return [...new Set([column, ...(typeof key === "string" ? [key] : key)])];
}

/** The filter for the rows that come behind a row: those that differ from it in the first column, or in the second … */
function findBeyond(
  columns: readonly string[],
  from: readonly (string | null)[],
  ascending: boolean,
): string {
  const alternatives = columns.flatMap((column, index) => {
    const beyond = isBeyond(column, from[index] ?? null, ascending).slice(0, index === 0 ? 1 : undefined);
    const equal = columns.slice(0, index).map((before, place) => isEqual(before, from[place] ?? null));
    return beyond.map((filter) => equal.length === 0 ? filter : `and(${[...equal, filter].join(",")})`);
  });
  return alternatives.join(",");
}

function isEqual(column: string, value: string | null): string {
  return value === null ? `${column}.is.null` : `${column}.eq.${quote(value)}`;
}

/** Filters of which one holds for what comes behind a value. */
function isBeyond(column: string, value: string | null, ascending: boolean): string[] {
  if (value === null) {
    return ascending ? [] : [`${column}.not.is.null`];
  }
  return ascending ? [`${column}.gt.${quote(value)}`, `${column}.is.null`] : [`${column}.lt.${quote(value)}`];
}

function toCursor(row: object, order: PageOrder): string {
  const values = row as Record<string, unknown>;
  return JSON.stringify(
    listColumns(order).map((column) => {
      const value = values[column] ?? null;
      return value === null ? null : String(value);
    }),
  );
}

/** Undefined where a URL was cut or made up: then the list begins at its beginning. */
function parseCursor(text: string | undefined, length: number): (string | null)[] | undefined {
  try {
    const values: unknown = JSON.parse(text ?? "null");
    const isCursor = Array.isArray(values) && values.length === length && typeof values[0] === "string" &&
      values.every((value) => value === null || typeof value === "string");
    return isCursor ? values : undefined;
  } catch {
    return undefined;
  }
}

/** A value inside `or=(…)`: quoted, so that commas and brackets in it are its own. */
export function quote(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** Rows of one request for all of them; the projects of most answer no more than a thousand. */
const READ_ROWS = 500;

/** Reads a whole list, for a file: request after request, up to `most` rows. */
export async function readAll<Row extends object>(
  query: () => unknown,
  order: PageOrder,
  { most, onProgress }: { most: number; onProgress: (rows: number) => void },
): Promise<{ rows: Row[]; isWhole: boolean }> {
  const rows: Row[] = [];
  let cursor: PageCursor | undefined = { after: undefined, before: undefined };
  while (cursor !== undefined && rows.length < most) {
    const page: Page<Row> = await readPage(query() as Pageable<Row>, order, cursor, READ_ROWS);
    rows.push(...page.rows);
    onProgress(rows.length);
    cursor = page.next;
  }
  return { rows, isWhole: cursor === undefined };
}
