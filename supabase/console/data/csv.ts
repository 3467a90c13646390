/**
 * Rows as CSV (RFC 4180), for a spreadsheet.
 *
 * A spreadsheet takes a cell that begins with certain characters for a formula,
 * which could send the sheet to whoever wrote the cell, such as a client by its
 * name. Such a cell begins with an apostrophe instead, as OWASP advises.
 *
 * @module
 */

/** What a formula begins with, also in the wide forms, and behind what a spreadsheet leaves out at the beginning. */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;

/** The rows as CSV, with the names of the columns first. */
export function toCsv(columns: readonly string[], rows: readonly Record<string, unknown>[]): string {
  const lines = [columns, ...rows.map((row) => columns.map((column) => toText(row[column])))];
  // The mark at the beginning tells spreadsheets that it is UTF-8.
  return `\ufeff${lines.map((cells) => cells.map(toCell).join(",")).join("\r\n")}\r\n`;
}

function toText(value: unknown): string {
  if (value === null || value === undefined) {
    return "";
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function toCell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
