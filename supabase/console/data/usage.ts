/**
 * What people call, as the views on usage say it.
 *
 * @module
 */

import { database, readEveryRow, type Row } from "./client.ts";

/** The calls of the last 30 days. */
export interface Calls {
  calls: number;
  /** The part that failed, from 0 to 1. */
  errorRate: number;
}

/** How many different people called on a day. */
export type ActiveDay = Pick<Row<"mcp_active_people">, "starts_on" | "known" | "visitors">;

/** The calls of an organization, from `mcp_tools`. */
export async function readCalls(organizationId: string): Promise<Calls> {
  const tools = await readEveryRow((from, to) =>
    database.from("mcp_tools").select("calls,failed").eq("organization_id", organizationId)
      .order("mcp_server_id").order("method").order("name").range(from, to)
  );
  const sum = (member: "calls" | "failed"): number =>
    tools.reduce((total, tool) => total + Number(tool[member]), 0);
  const calls = sum("calls");
  return { calls, errorRate: calls === 0 ? 0 : sum("failed") / calls };
}

/** The days since one, from `mcp_active_people`. A day on which nobody called has no row. */
export function readActiveDays(organizationId: string, since: string): Promise<ActiveDay[]> {
  return readEveryRow((from, to) =>
    database.from("mcp_active_people").select("starts_on,known,visitors")
      .eq("organization_id", organizationId).eq("period", "day").gte("starts_on", since)
      .order("starts_on").range(from, to)
  );
}
