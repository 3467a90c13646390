/**
 * Values in requests and responses, as PostgREST reads and writes them.
 *
 * `@supabase/lite` differs in two ways: it passes JSON arguments on as text,
 * which the driver would encode a second time, and it writes times in
 * PostgreSQL's own form.
 *
 * @module
 */

import type postgres from "postgres";

const json = { serialize: toJson, parse: (text: string): unknown => JSON.parse(text) };

const time = { serialize: (value: unknown): unknown => value, parse: toIsoTime };

/** Types for the driver, by name. */
export const postgrestTypes: Record<string, postgres.PostgresType> = {
  json: { to: 114, from: [114], ...json },
  jsonb: { to: 3802, from: [3802], ...json },
  timestamp: { to: 1114, from: [1114], ...time },
  timestamptz: { to: 1184, from: [1184], ...time },
};

/** A string that is JSON is passed on as it is. Any other string is encoded. */
function toJson(value: unknown): string {
  if (typeof value === "string" && isJson(value)) {
    return value;
  }
  return JSON.stringify(value);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** `2026-01-02 03:04:05+00` becomes `2026-01-02T03:04:05+00:00`. */
function toIsoTime(text: string): string {
  return text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00");
}
