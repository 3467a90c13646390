/**
 * What a person called, from `mcp_session_calls`; nothing where the project's schema has no such view.
 *
 * @module
 */

import { database, readRows, type Row } from "./client.ts";
import { Trouble } from "./trouble.ts";

/** A recorded call. */
export type McpCall = Row<"mcp_session_calls">;

/** So many are shown at once, the newest. */
export const MOST_CALLS = 200;

/** In the place of a session's id: the calls that have none. */
export const NO_SESSION = "none";

/** The newest calls of a person, or of one session; null where calls are not recorded at all. */
export async function readCalls(
  { organization_id, mcp_server_user_id }: { organization_id: string; mcp_server_user_id: string },
  sessionId: string | undefined,
): Promise<McpCall[] | null> {
  let query = database.from("mcp_session_calls").select("*")
    .eq("organization_id", organization_id).eq("mcp_server_user_id", mcp_server_user_id);
  if (sessionId === NO_SESSION) {
    query = query.is("mcp_session_id", null);
  } else if (sessionId !== undefined) {
    query = query.eq("mcp_session_id", sessionId);
  }
  try {
    return await readRows(
      query.order("started_at", { ascending: false }).order("mcp_call_id", { ascending: false }).limit(
        MOST_CALLS,
      ),
    );
  } catch (error) {
    if (error instanceof Trouble && error.kind === "no such view") {
      return null;
    }
    throw error;
  }
}
