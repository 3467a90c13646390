-- mcp_calls: each named MCP request (tools/call, prompts/get, resources/read): who made it, and what came of it.
--
-- A row stands in the partition of the day on which it goes, keep_until: the day
-- of the call and the retention that its organization has then. So clean-up drops
-- a day's partition whatever retentions there are, and deletes no row
-- (keep_call_partitions). A row whose day has no partition stands in the default
-- one. The partitions have a schema of their own, which nobody else may use: whoever
-- reads, reads this table and its policy.
--
-- Like the audit's, its rows name a server and a user without a foreign key:
-- record_mcp_calls compares both and holds them meanwhile. mcp_server_user_id is null
-- where nobody knows the caller, mcp_session_id where the transport had no session.
-- merge_id is the merge that brought the row to its user, so that it can go back
-- (unmerge_mcp_server_users). arguments and result are null unless the server
-- records payloads.

create schema gatepost_calls;
create sequence public.mcp_calls_id_seq;

create table public.mcp_calls (
  id bigint not null default nextval('public.mcp_calls_id_seq'),
  organization_id text not null,
  mcp_server_id text not null,
  mcp_server_user_id text,
  mcp_session_id text,
  client_id text,
  method text not null,
  name text not null,
  started_at timestamptz not null,
  milliseconds integer not null,
  outcome text not null,
  error_code integer,
  http_status integer,
  bytes_in bigint not null,
  bytes_out bigint not null,
  arguments jsonb,
  result jsonb,
  merge_id text,
  keep_until date not null,
  constraint call_outcome_is_known check (
    outcome in (
      'ok', 'tool_error', 'rpc_error', 'http_error', 'refused', 'cancelled', 'unanswered', 'unreadable'
    )
  ),
  constraint call_is_named_in_short check (
    char_length(method) <= 100 and char_length(name) <= 256 and pg_column_size(client_id) <= 8192
  ),
  constraint call_arguments_are_short check (octet_length(arguments::text) <= 16384),
  constraint call_result_is_short check (octet_length(result::text) <= 16384)
) partition by range (keep_until);

create table gatepost_calls.rest partition of public.mcp_calls default;

create index mcp_calls_by_user on public.mcp_calls (organization_id, mcp_server_user_id, started_at);
create index mcp_calls_by_time on public.mcp_calls (organization_id, started_at);
create index rest_by_expiry on gatepost_calls.rest (keep_until);

alter table public.mcp_calls enable row level security;
alter table gatepost_calls.rest enable row level security;

-- An array lets every reader's query use an index without naming the organization; a subquery would be a filter.
create policy "Members read their organization's calls"
  on public.mcp_calls for select to authenticated
  using (organization_id = any (array(select public.organizations_of_platform_user())));

revoke all on schema gatepost_calls from public, anon, authenticated, service_role;
revoke all on sequence public.mcp_calls_id_seq from public, anon, authenticated, service_role;
revoke all on public.mcp_calls from public, anon, authenticated, service_role;
grant select (
  id, organization_id, mcp_server_id, mcp_server_user_id, mcp_session_id, client_id, method, name, started_at,
  milliseconds, outcome, error_code, http_status, bytes_in, bytes_out, arguments, result
) on public.mcp_calls to authenticated;
