/**
 * What people call, as the views on usage say it; nothing where the project's schema has no such views.
 *
 * @module
 */

import { database, readEveryRow } from "./client.ts";
import { Trouble } from "./trouble.ts";

/** The calls of the last 30 days. */
export interface Calls {
  calls: number;
  /** The part that failed, from 0 to 1. */
  errorRate: number;
}

/** How many different people called on a day. */
export interface ActiveDay {
  starts_on: string;
  known: number;
  visitors: number;
}

/** What the page reads of a tool, prompt or resource. */
interface Tool {
  calls: number;
  failed: number;
}

type Rows<Row> = PromiseLike<{
  data: Row[] | null;
  error: { code: string; message: string } | null;
  status: number;
}>;

/** The calls of an organization, from `mcp_tools`. */
export async function readCalls(organizationId: string): Promise<Calls | undefined> {
  const tools = await readIfThere<Tool>((from, to) =>
    database.from("mcp_tools" as never).select("calls,failed").eq("organization_id", organizationId)
      .order("mcp_server_id").order("method").order("name").range(from, to) as unknown as Rows<Tool>
  );
  if (tools === undefined) {
    return undefined;
  }
  const sum = (member: keyof Tool): number => tools.reduce((total, tool) => total + tool[member], 0);
  const calls = sum("calls");
  return { calls, errorRate: calls === 0 ? 0 : sum("failed") / calls };
}

/** The days since one, from `mcp_active_people`. A day on which nobody called has no row. */
export function readActiveDays(organizationId: string, since: string): Promise<ActiveDay[] | undefined> {
  return readIfThere<ActiveDay>((from, to) =>
    database.from("mcp_active_people" as never).select("starts_on,known,visitors")
      .eq("organization_id", organizationId).eq("period", "day").gte("starts_on", since)
      .order("starts_on").range(from, to) as unknown as Rows<ActiveDay>
  );
}

async function readIfThere<Row>(
  query: (from: number, to: number) => Rows<Row>,
): Promise<Row[] | undefined> {
  try {
    return await readEveryRow(query);
  } catch (error) {
    if (error instanceof Trouble && error.kind === "no such view") {
      return undefined;
    }
    throw error;
  }
}
