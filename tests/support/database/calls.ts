/**
 * Builds what the gateway records of MCP requests.
 *
 * @module
 */

import { call, type Row, type Sql } from "./database.ts";
import type { Tenant } from "./rows.ts";

/** An element that `record_mcp_calls` accepts: a tool that a caller nobody knows has just called. */
export function buildCall(tenant: Pick<Tenant, "organizationId" | "serverId">, changes: Row = {}): Row {
  return {
    organization_id: tenant.organizationId,
    mcp_server_id: tenant.serverId,
    mcp_server_user_id: null,
    session_hash: null,
    client_id: "client-1",
    method: "tools/call",
    name: "add",
    started_at: new Date().toISOString(),
    milliseconds: 100,
    outcome: "ok",
    error_code: null,
    http_status: 200,
    bytes_in: 120,
    bytes_out: 480,
    arguments: null,
    result: null,
    ...changes,
  };
}

/** Records elements, and returns how many were recorded and how many left out. */
export async function record(
  service: Sql,
  elements: unknown[],
): Promise<[recorded: unknown, leftOut: unknown]> {
  const { outcome, recorded, left_out } = await call(service, "record_mcp_calls", {
    p_calls: elements,
  });
  if (outcome !== "recorded") {
    throw new Error(`The calls are not recorded: ${outcome}`);
  }
  return [recorded, left_out];
}

/** A time so many days ago: noon UTC, or now. */
export function daysAgo(days: number): string {
  return days === 0 ? new Date().toISOString() : `${dayOf(days)}T12:00:00.000Z`;
}

/** The day so many days ago, in UTC. */
export function dayOf(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}
