/**
 * The one door to the database: SQL functions, called by name.
 *
 * Each call is defined with `defineCall` in the module that makes it, beside
 * the schema of its result. What a function takes is checked against the
 * generated schema, so that an argument that is missing, misspelled or gone
 * does not compile. A result that its schema does not know is a bug. A failure
 * of the moment becomes `temporarily_unavailable`; anything else that SQL
 * raises is a bug and becomes `server_error`.
 *
 * @module
 */

import { createClient } from "@supabase/supabase-js";
import * as z from "zod/mini";
import type { RestAccess } from "../config.ts";
import { unavailable } from "../errors.ts";
import { findRequestId, REQUEST_ID_HEADER } from "../http/request_id.ts";
import { type SpanStart, traceStep } from "../telemetry/telemetry.ts";
import type { Database as Schema, Json } from "./types.ts";

/** How long the REST layer may take. */
export const TIMEOUT_MILLISECONDS = 10_000;

/** The database, with the rights of whoever connected to it. */
export interface Database {
  /** Calls one SQL function with named arguments and returns its row, or throws. */
  call: (name: FunctionName, args: Record<string, unknown>) => Promise<unknown>;
}

/** Connects to the database through the platform's REST layer. */
export function connectDatabase({ url, key }: RestAccess): Database {
  const client = createClient<Schema>(url, key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  });
  return {
    call: async (name, args) => {
      const { data, error } = await client
        .rpc(name, args as SqlFunctions[typeof name]["Args"])
        .setHeader(REQUEST_ID_HEADER, findRequestId() ?? "")
        .abortSignal(AbortSignal.timeout(TIMEOUT_MILLISECONDS));
      if (error) {
        throw toFailure(error);
      }
      return data;
    },
  };
}

type SqlFunctions = Schema["public"]["Functions"];

/** A SQL function, by its SQL name. */
export type FunctionName = keyof SqlFunctions;

type GeneratedArguments<Name extends FunctionName> = SqlFunctions[Name]["Args"];

/** The names of a SQL function's arguments. */
type ArgumentName<Name extends FunctionName> = keyof GeneratedArguments<Name> & string;

/**
 * What a SQL function takes: the generated names and types, all that have no default.
 *
 * The generator takes no argument for one that may be null, so those are named
 * by hand; and it knows of jsonb only that it is JSON, where all of ours is objects and lists of them.
 */
export type Arguments<Name extends FunctionName, Nullable extends ArgumentName<Name> = never> = {
  [Key in keyof GeneratedArguments<Name>]:
    | (Json extends GeneratedArguments<Name>[Key] ? Record<string, unknown> | Record<string, unknown>[]
      : GeneratedArguments<Name>[Key])
    | (Key extends Nullable ? null : never);
};

type Returned<Name extends FunctionName> = SqlFunctions[Name]["Returns"];

type MemberName<Row> = Row extends unknown ? keyof Row : never;

/** Nothing more where a schema reads what SQL returns: a text, or members of the row. Else a type that no schema has. */
type Readable<Name extends FunctionName, Row> = Returned<Name> extends string
  ? Row extends string ? unknown : never
  : [Exclude<MemberName<Row>, keyof Returned<Name>>] extends [never] ? unknown
  : never;

/** A call of one SQL function: takes its arguments, returns its parsed row. */
export type SqlCall<Args, Row> = (database: Database, args: Args) => Promise<Row>;

/**
 * Defines the call of a SQL function.
 *
 * The schema is checked against what SQL returns: a member that the row does
 * not have does not compile. An outcome that SQL learns is added to the schema
 * by hand, and then handled wherever a handler switches over it.
 *
 * @param _nullable The arguments that may be null.
 */
export function defineCall<
  Name extends FunctionName,
  Result extends z.ZodMiniType,
  Nullable extends ArgumentName<Name> = never,
>(
  name: Name,
  schema: Result & Readable<Name, z.infer<Result>>,
  _nullable: Nullable[] = [],
): SqlCall<Arguments<Name, Nullable>, z.infer<Result>> {
  return (database, args) =>
    traceCall(name, () => database.call(name, args)).then((row) => z.parse(schema, row) as z.infer<Result>);
}

/** Runs a call in a span, by the conventions for databases: the function's name, and never its arguments. */
function traceCall(name: FunctionName, call: () => Promise<unknown>): Promise<unknown> {
  const start = (): SpanStart => ({
    name,
    kind: "client",
    attributes: { "db.system.name": "postgresql", "db.stored_procedure.name": name },
  });
  return traceStep(start, async (span) => {
    const row = await call();
    span?.set({ "gatepost.outcome": findOutcome(row) });
    return row;
  });
}

/** The outcome that SQL returned, a word of few. */
function findOutcome(row: unknown): string | undefined {
  const outcome = (row as { outcome?: unknown } | null)?.outcome ?? row;
  return typeof outcome === "string" && /^[a-z_]{1,64}$/.test(outcome) ? outcome : undefined;
}

/** SQLSTATE classes and codes that pass: connection, resources, serialization, deadlock, lock and statement time-outs. */
const PASSING_SQLSTATE = /^(08|53|57P0|40001|40P01|55P03|57014|25006)/;

/** A code of PostgreSQL, or of the REST layer before it. */
const KNOWN_CODE = /^([0-9A-Z]{5}|PGRST[0-9A-Z]+)$/;

/** An error of the REST layer: of the moment, or a bug. */
export function toFailure(error: { code?: unknown; message: string }): Error {
  const { code } = error;
  // Without such a code something before the REST layer answered, a gateway or nobody: it calls its 503 a code, too.
  const isKnown = typeof code === "string" && KNOWN_CODE.test(code);
  // PGRST000 to 003 mean that the call did not reach the database.
  if (!isKnown || PASSING_SQLSTATE.test(code) || /^PGRST00[0-3]$/.test(code)) {
    return unavailable(
      "Cannot answer now: the database is out of reach, try again",
      "database_unavailable",
      error,
    );
  }
  return Object.assign(new Error("The database refused a call"), { code });
}
