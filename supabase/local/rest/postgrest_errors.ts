/**
 * Errors of the database as PostgREST answers them.
 *
 * `@supabase/lite` answers most of them as PostgREST does. It answers the
 * others with a 500 and without the SQLSTATE, even a lost connection, for which
 * PostgREST has a 503. This module turns those into an error of SQLSTATE
 * `PGRST`, which says what lite has to answer.
 *
 * @module
 */

type DatabaseError = Error & { code?: unknown; detail?: string; hint?: string };

const LOST_CONNECTION = /^(CONNECT|ECONN|08|57P0)/;

/** SQLSTATE classes and codes that lite answers as PostgREST does. */
const KNOWN_TO_LITE = /^(PT|PGRST|2[12]|42|5[35]|23502|23503|23505|25006)/;

/** The error by which lite answers as PostgREST does. */
export function toPostgrestError(error: unknown): unknown {
  if (!(error instanceof Error)) {
    return error;
  }
  const { code, message, detail = null, hint = null } = error as DatabaseError;
  if (typeof code !== "string" || KNOWN_TO_LITE.test(code)) {
    return error;
  }
  if (LOST_CONNECTION.test(code)) {
    return answer(503, { code: "PGRST001", message: "Database client error. Retrying the connection." });
  }
  // Any other code that is not a SQLSTATE is an error of lite itself.
  if (!/^[0-9A-Z]{5}$/.test(code)) {
    return error;
  }
  const status = code === "P0001" || code.startsWith("23") ? 400 : 500;
  return answer(status, { code, message, details: detail, hint });
}

function answer(status: number, body: Record<string, unknown>): Error {
  return Object.assign(new Error(JSON.stringify(body)), {
    code: "PGRST",
    detail: JSON.stringify({ status, headers: {} }),
  });
}
