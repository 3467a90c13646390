/**
 * What a person called, from `mcp_session_calls`; nothing where the project's schema has no such view.
 *
 * @module
 */

import { database, readRows } from "./client.ts";
import { Trouble } from "./trouble.ts";

/** A recorded call, as the view has it. */
export interface McpCall {
  mcp_call_id: number;
  server: string | null;
  mcp_session_id: string | null;
  client_id: string | null;
  method: string;
  name: string;
  started_at: string;
  milliseconds: number;
  outcome: string;
  error_code: number | null;
  http_status: number | null;
  bytes_in: number;
  bytes_out: number;
  arguments: unknown;
  result: unknown;
}

/** So many are shown at once, the newest. */
export const MOST_CALLS = 200;

/** In the place of a session's id: the calls that have none. */
export const NO_SESSION = "none";

/** The newest calls of a person, or of one session; null where calls are not recorded at all. */
export async function readCalls(
  { organization_id, mcp_server_user_id }: { organization_id: string; mcp_server_user_id: string },
  sessionId: string | undefined,
): Promise<McpCall[] | null> {
  let query = database.from("mcp_session_calls" as never).select("*")
    .eq("organization_id", organization_id).eq("mcp_server_user_id", mcp_server_user_id);
  if (sessionId === NO_SESSION) {
    query = query.is("mcp_session_id", null);
  } else if (sessionId !== undefined) {
    query = query.eq("mcp_session_id", sessionId);
  }
  const newest = query.order("started_at", { ascending: false }).order("mcp_call_id", { ascending: false })
    .limit(MOST_CALLS);
  try {
    return await readRows(newest as unknown as Parameters<typeof readRows<McpCall[]>>[0]);
  } catch (error) {
    if (error instanceof Trouble && error.kind === "no such view") {
      return null;
    }
    throw error;
  }
}
