/**
 * The same door for a platform user: with the publishable key and the user's own token.
 *
 * The REST layer verifies the token and row level security decides; nothing
 * here runs with rights of its own. A Gatepost access token is no token of the
 * platform and is refused there.
 *
 * @module
 */

import { createClient, type PostgrestError } from "@supabase/supabase-js";
import * as z from "zod/mini";
import { findRequestId, REQUEST_ID_HEADER } from "../http/request_id.ts";
import type { RestAccess } from "../config.ts";
import { OAuthError } from "../errors.ts";
import { type Arguments, type Database, TIMEOUT_MILLISECONDS, toFailure } from "./database.ts";
import type { Database as Schema } from "./types.ts";

/** The database, as one platform user may use it: beside calls, the rows that the user may see. */
export interface UserDatabase extends Database {
  /** Reads one column of the row with this id; null where the user sees no such row. */
  read: (table: TableName, column: string, id: string) => Promise<unknown>;
}

/** Opens the database for the bearer of an access token of Supabase Auth. */
export type ConnectUser = (accessToken: string) => UserDatabase;

type Tables = Schema["public"]["Tables"];

/** A table, by its SQL name. */
export type TableName = keyof Tables;

type ColumnName<Table extends TableName> = keyof Tables[Table]["Row"] & string;

/** Builds the door of all users. */
export function buildConnectUser({ url, key }: RestAccess): ConnectUser {
  return (accessToken) => {
    const client = createClient<Schema>(url, key, {
      auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
      global: { headers: { Authorization: `Bearer ${accessToken}` } },
    });
    return {
      call: async (name, args) =>
        takeData(
          await client
            .rpc(name, args as Arguments<typeof name>)
            .setHeader(REQUEST_ID_HEADER, findRequestId() ?? "")
            .abortSignal(AbortSignal.timeout(TIMEOUT_MILLISECONDS)),
        ),
      read: async (table, column, id) =>
        takeData(
          await client
            .from(table as "organizations")
            .select(column)
            .eq("id", id)
            .abortSignal(AbortSignal.timeout(TIMEOUT_MILLISECONDS))
            .maybeSingle(),
        ),
    };
  };
}

/** Defines the reading of one text of a table's row, by its id; `undefined` where the user sees no such row. */
export function defineRead<Table extends TableName>(
  table: Table,
  column: ColumnName<Table>,
): (database: UserDatabase, id: string) => Promise<string | undefined> {
  const schema = z.nullable(z.object({ [column]: z.string() }));
  return (database, id) => database.read(table, column, id).then((row) => z.parse(schema, row)?.[column]);
}

interface RestAnswer {
  data: unknown;
  error: PostgrestError | null;
  status: number;
}

function takeData({ data, error, status }: RestAnswer): unknown {
  if (status === 401 || status === 403) {
    throw new OAuthError("invalid_token", "Cannot answer: sign in to the platform first", {
      reason: "platform_token_refused",
    });
  }
  if (error) {
    throw toFailure(error);
  }
  return data;
}
