/**
 * Errors of the database as PostgREST answers them.
 *
 * `@supabase/lite` answers most of them itself. The rest it turns into a 500
 * without the SQLSTATE, a lost connection included, which PostgREST answers
 * with 503. Those are rewritten here in the form in which a function could
 * raise an answer of its own (SQLSTATE `PGRST`).
 *
 * @module
 */

type DatabaseError = Error & { code?: unknown; detail?: string; hint?: string };

const LOST_CONNECTION = /^(CONNECT|ECONN|08|57P0)/;

/** SQLSTATE classes and codes that lite has an answer for. */
const KNOWN_TO_LITE = /^(PT|PGRST|2[12]|42|5[35]|23502|23503|23505|25006)/;

/** What lite shall answer for an error. */
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
  // Anything else that is no SQLSTATE is lite's own business.
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
