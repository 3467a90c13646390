/**
 * A table, and the way through a long one.
 *
 * On a narrow screen a row becomes a card. The roles are written out, because a
 * table that is laid out as blocks loses its own.
 *
 * @module
 */

import type { ComponentChildren, JSX } from "preact";
import type { Load } from "../data/load.ts";
import type { Page } from "../data/paging.ts";
import { address } from "../router.ts";
import { texts } from "../texts/texts.ts";
import { Link } from "./link.tsx";
import { Loaded } from "./loaded.tsx";

/** A column. */
export interface Column<Row> {
  title: string;
  cell: (row: Row) => ComponentChildren;
  /** Names the row for a screen reader. One column has it; the first, if none says so. */
  isHeader?: boolean;
  /** Numbers stand to the right. */
  isNumber?: boolean;
  /** Buttons: the title is for screen readers only. */
  isActions?: boolean;
}

/** What a table has. */
export interface TableProps<Row> {
  /** What the rows are; read out, and not shown. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
}

/** A table. */
export function Table<Row>({ caption, columns, rows, rowKey }: TableProps<Row>): JSX.Element {
  const header = Math.max(0, columns.findIndex(({ isHeader }) => isHeader));
  return (
    <table role="table">
      <caption class="hidden">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ title, isNumber, isActions }) => (
            <th key={title} role="columnheader" scope="col" class={isNumber ? "number" : undefined}>
              <span class={isActions ? "hidden" : undefined}>{title}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr role="row" key={rowKey(row)}>
            {columns.map((column, index) =>
              index === header
                ? <th key={column.title} role="rowheader" scope="row">{column.cell(row)}</th>
                : (
                  <td
                    key={column.title}
                    role="cell"
                    class={column.isNumber ? "number" : column.isActions ? "row-actions" : undefined}
                    data-title={column.isActions ? undefined : column.title}
                  >
                    {column.cell(row)}
                  </td>
                )
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A table of a page that `usePage` reads, with the links that lead on and back. */
export function PagedTable<Row>(
  { load, empty, ...table }: Omit<TableProps<Row>, "rows"> & {
    load: Load<Page<Row>>;
    empty?: ComponentChildren;
  },
): JSX.Element {
  return (
    <Loaded load={load} isEmpty={({ rows }) => rows.length === 0} empty={empty}>
      {(page) => (
        <>
          <Table {...table} rows={page.rows} />
          <Pager page={page} />
        </>
      )}
    </Loaded>
  );
}

/** Links to the neighbours of a page. */
function Pager<Row>({ page: { next, previous } }: { page: Page<Row> }): JSX.Element | null {
  const { common } = texts.value;
  const { path, query } = address.value;
  const kept = Object.fromEntries(query);
  if (next === undefined && previous === undefined) {
    return null;
  }
  return (
    <nav class="pager" aria-label={common.pages}>
      {previous !== undefined && (
        <>
          <Link to={path} query={{ ...kept, after: undefined, before: undefined }}>{common.firstPage}</Link>
          <Link to={path} query={{ ...kept, ...previous }}>{common.previousPage}</Link>
        </>
      )}
      {next !== undefined && <Link to={path} query={{ ...kept, ...next }}>{common.nextPage}</Link>}
    </nav>
  );
}
