/**
 * Values on the wire as PostgREST writes and reads them.
 *
 * `@supabase/lite` hands JSON arguments over as text, which the driver would
 * encode a second time, and renders times as PostgreSQL prints them.
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

/** A string that is JSON is taken for encoded JSON, any other for a string. */
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
