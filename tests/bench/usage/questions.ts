/**
 * What a dashboard asks of the views of usage: one SELECT each, through supabase-js.
 *
 * @module
 */

import type { SupabaseClient } from "@supabase/supabase-js";

/** Whom a question is about. */
export interface Asked {
  organizationId: string;
  serverId: string;
  userId: string;
}

/** A question; `min` is how many lines its answer has at the least, so that no empty answer is measured. */
export interface Question {
  name: string;
  min: number;
  ask: (client: SupabaseClient, asked: Asked) => PromiseLike<{ data: unknown[] | null; error: unknown }>;
}

const from = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

/** The questions, in the order of the views. */
export const QUESTIONS: Question[] = [
  {
    name: "mcp_tool_people of one tool, newest first",
    min: 100,
    ask: (client, { organizationId, serverId }) =>
      client.from("mcp_tool_people").select("*").eq("organization_id", organizationId).eq(
        "mcp_server_id",
        serverId,
      )
        .eq("method", "tools/call").eq("name", "tool_0").order("last_called_on", { ascending: false }).limit(
          100,
        ),
  },
  {
    name: "mcp_tool_people of one tool, by calls",
    min: 100,
    ask: (client, { organizationId, serverId }) =>
      client.from("mcp_tool_people").select("*").eq("organization_id", organizationId).eq(
        "mcp_server_id",
        serverId,
      )
        .eq("method", "tools/call").eq("name", "tool_0").order("calls", { ascending: false }).limit(100),
  },
  {
    name: "mcp_tool_people of one person",
    min: 1,
    ask: (client, { organizationId, userId }) =>
      client.from("mcp_tool_people").select("*").eq("organization_id", organizationId)
        .eq("mcp_server_user_id", userId),
  },
  {
    name: "mcp_tools",
    min: 20,
    ask: (client, { organizationId }) =>
      client.from("mcp_tools").select("*").eq("organization_id", organizationId).order("calls", {
        ascending: false,
      }),
  },
  { name: "mcp_tools, without a filter", min: 20, ask: (client) => client.from("mcp_tools").select("*") },
  {
    name: "mcp_session_calls of one person, in order",
    min: 10,
    ask: (client, { organizationId, userId }) =>
      client.from("mcp_session_calls").select("*").eq("organization_id", organizationId)
        .eq("mcp_server_user_id", userId).order("session_began_at").order("started_at").limit(500),
  },
  {
    name: "mcp_session_calls, the newest 100",
    min: 100,
    ask: (client, { organizationId }) =>
      client.from("mcp_session_calls").select("*").eq("organization_id", organizationId)
        .order("started_at", { ascending: false }).limit(100),
  },
  {
    name: "mcp_client_versions",
    min: 5,
    ask: (client, { organizationId }) =>
      client.from("mcp_client_versions").select("*").eq("organization_id", organizationId),
  },
  {
    name: "mcp_active_people",
    min: 30,
    ask: (client, { organizationId }) =>
      client.from("mcp_active_people").select("*").eq("organization_id", organizationId).order("starts_on"),
  },
  {
    name: "mcp_known_callers of 30 days",
    min: 28,
    ask: (client, { organizationId }) =>
      client.from("mcp_known_callers").select("*").eq("organization_id", organizationId).gte("day", from(30)),
  },
  {
    name: "mcp_funnel",
    min: 40,
    ask: (client, { organizationId }) =>
      client.from("mcp_funnel").select("*").eq("organization_id", organizationId).order("week"),
  },
  {
    name: "mcp_login_days",
    min: 100,
    ask: (client, { organizationId }) =>
      client.from("mcp_login_days").select("*").eq("organization_id", organizationId).order("day"),
  },
  {
    name: "mcp_absent_people, two weeks away",
    min: 10,
    ask: (client, { organizationId }) =>
      client.from("mcp_absent_people").select("*").eq("organization_id", organizationId)
        .lte("last_called_on", from(14)).order("last_called_on", { ascending: false }).limit(100),
  },
  {
    name: "mcp_call_days of one person",
    min: 1,
    ask: (client, { organizationId, userId }) =>
      client.from("mcp_call_days")
        .select("day, mcp_server_id, client_id, method, name, outcome, calls, milliseconds")
        .eq("organization_id", organizationId).eq("mcp_server_user_id", userId).gte("day", from(30)).order(
          "day",
        ),
  },
];
