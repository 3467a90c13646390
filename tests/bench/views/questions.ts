/**
 * The pages that a dashboard shows.
 *
 * @module
 */

/** One page: fifty lines of a view. */
export interface Question {
  name: string;
  view: string;
  where?: string;
  order: string;
}

const logins = (name: string, where?: string): Question => ({
  name: `logins ${name}`,
  view: "mcp_login_attempts",
  ...(where !== undefined && { where }),
  order: "logged_at desc",
});

/** The pages, in the order of the table. */
export const questions: Question[] = [
  logins("newest first"),
  logins("of a server", "server = 'filled'"),
  logins("of a client", "client_id = 'mcr_filled'"),
  logins("by request id", "request_id = md5('request777')::uuid::text"),
  logins("by the id of one that was counted", "request_id = md5('again101')::uuid::text"),
  logins("by address", "email = 'user-777@example.com'"),
  logins("that failed", "outcome = 'failed'"),
  logins("that were abandoned", "outcome = 'abandoned'"),
  logins("of a month", "logged_at < now() - interval '200 days' and logged_at > now() - interval '230 days'"),
  { name: "audit newest first", view: "mcp_audit", order: "occurred_at desc" },
  {
    name: "audit of a person",
    view: "mcp_audit",
    where: "email = 'user-777@example.com'",
    order: "occurred_at desc",
  },
  { name: "people newest first", view: "mcp_people", order: "first_seen_at desc, mcp_server_user_id desc" },
  {
    name: "people in the middle",
    view: "mcp_people",
    where: "first_seen_at <= now() - interval '200 days'",
    order: "first_seen_at desc, mcp_server_user_id desc",
  },
  { name: "people by last seen", view: "mcp_people", order: "last_seen_at desc" },
  {
    name: "people by address",
    view: "mcp_people",
    where: "email = 'user-777@example.com'",
    order: "last_seen_at desc",
  },
  {
    name: "people by part of the address",
    view: "mcp_people",
    where: "email ilike '%user-777%'",
    order: "first_seen_at desc, mcp_server_user_id desc",
  },
  {
    name: "people by part of the name or address",
    view: "mcp_people",
    where: "(email ilike '%user 777%' or name ilike '%user 777%')",
    order: "first_seen_at desc, mcp_server_user_id desc",
  },
  {
    name: "people by subject",
    view: "mcp_server_user_identities",
    where: "subject = 'subject-777'",
    order: "subject",
  },
  {
    name: "connections newest first",
    view: "mcp_connections",
    order: "last_login_at desc, mcp_server_user_id desc, mcp_client_registration_id desc",
  },
  {
    name: "connections in the middle",
    view: "mcp_connections",
    where: "last_login_at <= now() - interval '15 days'",
    order: "last_login_at desc, mcp_server_user_id desc, mcp_client_registration_id desc",
  },
  { name: "connections by last used", view: "mcp_connections", order: "last_used_at desc" },
  {
    name: "connections of a person",
    view: "mcp_connections",
    where: "email = 'user-777@example.com'",
    order: "last_used_at desc",
  },
  { name: "ended logins newest first", view: "mcp_ended_logins", order: "ended_at desc" },
  {
    name: "ended logins of a person",
    view: "mcp_ended_logins",
    where: "email = 'user-777@example.com'",
    order: "ended_at desc",
  },
  { name: "upstream tokens newest first", view: "mcp_upstream_tokens", order: "obtained_at desc" },
  { name: "sessions newest first", view: "mcp_sessions", order: "last_seen_at desc" },
  { name: "clients newest first", view: "mcp_clients", order: "created_at desc" },
  { name: "providers", view: "mcp_providers", order: "name" },
  { name: "servers", view: "mcp_server_settings", order: "slug" },
  { name: "resource servers", view: "mcp_resource_server_list", order: "created_at desc" },
  { name: "members", view: "mcp_members", order: "joined_at" },
  { name: "invitations", view: "mcp_invitations", order: "invited_at desc" },
  { name: "merges", view: "mcp_merges", order: "merged_at desc" },
  { name: "organizations", view: "mcp_organizations", order: "name" },
];
