/**
 * The same door without the REST layer: PostgreSQL itself, as a login that may execute the same functions.
 *
 * A call is one statement and one round trip. It leaves nothing on its
 * connection, so that a transaction pooler may stand between. What comes back
 * is what the REST layer would answer.
 *
 * @module
 */

import postgres from "pg";
import type { DirectAccess } from "../config.ts";
import { unavailable } from "../errors.ts";
import { findRequestId, REQUEST_ID_HEADER } from "../http/request_id.ts";
import { type Database, TIMEOUT_MILLISECONDS, toFailure } from "./database.ts";

const { Pool, DatabaseError } = postgres as Package;

/** A connection that nobody uses is closed after this time: poolers and small databases have few. */
const IDLE_MILLISECONDS = 10_000;

/** A database whose connections can be closed. */
export interface DirectDatabase extends Database {
  close: () => Promise<void>;
}

/** What is used of the package, which has no types of its own. */
interface Package {
  Pool: new (options: Record<string, unknown>) => Pool;
  /** What the server answered, and not trouble on the way to it. */
  DatabaseError: new (...args: never[]) => Error & { code?: string; severity?: string };
}
interface Pool {
  connect: () => Promise<Client>;
  end: () => Promise<void>;
  on: (event: "error" | "connect", listener: (client: Client) => void) => void;
}
interface Client {
  on: (event: "error", listener: () => void) => void;
  query: (query: Query & { query_timeout: number }) => Promise<{ rows: { answer: unknown }[] }>;
  release: (destroy: boolean) => void;
}

/** A statement and its parameters, which are never part of its text: the text is shown in logs and statistics. */
interface Query {
  /** Of a statement that is prepared once for each connection. */
  name?: string;
  text: string;
  values: unknown[];
}

/** Builds the door. It connects when it is called, and connects again after trouble. */
export function connectDirectly(
  { prepare, ...access }: DirectAccess,
  timeoutMilliseconds = TIMEOUT_MILLISECONDS,
): DirectDatabase {
  const pool = buildPool(access, timeoutMilliseconds);
  // A connection that breaks tells the call that uses it, and leaves the pool where nobody does.
  pool.on("connect", (client) => client.on("error", () => undefined));
  pool.on("error", () => undefined);
  const names = new Map<string, string>();
  return {
    call: async (name, args) => {
      const query = toQuery(name, args, findRequestId());
      const deadline = performance.now() + timeoutMilliseconds;
      const client = await pool.connect().catch((error) => {
        throw outOfReach(error);
      });
      const { rows } = await run(client, {
        ...query,
        ...(prepare ? { name: nameStatement(query.text, names) } : {}),
        // Zero would mean for ever.
        query_timeout: Math.max(deadline - performance.now(), 1),
      });
      return rows[0]?.answer;
    },
    close: () => pool.end(),
  };
}

function buildPool(
  { tls, certificate, poolSize, ...login }: Omit<DirectAccess, "prepare">,
  timeoutMilliseconds: number,
): Pool {
  return new Pool({
    ...login,
    ssl: tls && { rejectUnauthorized: true, ...(certificate === undefined ? {} : { ca: certificate }) },
    max: poolSize,
    application_name: "gatepost",
    connectionTimeoutMillis: timeoutMilliseconds,
    idleTimeoutMillis: IDLE_MILLISECONDS,
    keepAlive: true,
  });
}

/** Runs a statement and gives the connection back, or closes it when it may be out of step. */
async function run(
  client: Client,
  query: Parameters<Client["query"]>[0],
): ReturnType<Client["query"]> {
  let result: Awaited<ReturnType<Client["query"]>>;
  try {
    result = await client.query(query);
  } catch (error) {
    // With a fatal error the server or the pooler ends the connection: it says nothing of the call.
    const isAnswer = error instanceof DatabaseError && error.severity === "ERROR";
    client.release(!isAnswer);
    throw isAnswer ? toFailure(error) : outOfReach(error);
  }
  client.release(false);
  return result;
}

/** The name of a statement: a call that leaves out an argument is another one. */
function nameStatement(text: string, names: Map<string, string>): string {
  const name = names.get(text) ?? `gatepost_${names.size}`;
  names.set(text, name);
  return name;
}

/** Nobody answered, or somebody refused the login: a worker cannot tell a wrong password from one that is being changed. */
function outOfReach(error: unknown): Error {
  return unavailable(
    "Cannot answer now: the database is out of reach, try again",
    error instanceof DatabaseError && /^28/.test(error.code ?? "")
      ? "database_login_refused"
      : "database_unavailable",
    error,
  );
}

/**
 * The statement of a call.
 *
 * PostgreSQL computes what is selected for each row of what it is selected
 * from, so the request's headers are set before the function runs; `true`
 * keeps them to this statement's transaction.
 */
export function toQuery(name: string, args: Record<string, unknown>, requestId = ""): Query {
  const given = Object.entries(args).filter(([, value]) => value !== undefined);
  const named = given.map(([key], index) => `${key} => $${index + 2}`).join(", ");
  const headers = JSON.stringify({ [REQUEST_ID_HEADER.toLowerCase()]: requestId });
  return {
    text: "with request as materialized (select set_config('request.headers', $1, true))" +
      ` select to_jsonb(public.${name}(${named})) as answer from request`,
    values: [headers, ...given.map(([, value]) => isListOfObjects(value) ? JSON.stringify(value) : value)],
  };
}

/** The package writes a list as an array of PostgreSQL. A list of objects is meant as JSON. */
function isListOfObjects(value: unknown): boolean {
  return Array.isArray(value) && value.some((element) => typeof element === "object" && element !== null);
}
