-- mcp_call_days: what each person did on each day, counted: it stays when the calls go.
--
-- A line is a day, a server, a person, a client, a method with its name, and an
-- outcome. mcp_server_user_id is null for callers whom nobody knows and for people
-- who were erased. A method initialize stands with the MCP client as its name:
-- "Claude/1.2.0". what is the rest of the key in short, since a client_id may be a
-- long URL. merge_id as in mcp_calls. mcp_call_sums, mcp_tool_users and mcp_user_activity
-- follow from these lines and are kept beside them, because nobody waits for a count of them all.
--
-- No foreign key, as in mcp_calls.

create table public.mcp_call_days (
  organization_id text not null,
  mcp_server_id text not null,
  mcp_server_user_id text,
  client_id text,
  method text not null,
  name text not null,
  outcome text not null,
  day date not null,
  calls bigint not null,
  milliseconds bigint not null,
  bytes_in bigint not null,
  bytes_out bigint not null,
  merge_id text,
  what uuid not null generated always as (
    md5(
      mcp_server_id || ' ' || outcome || ' ' || coalesce(char_length(client_id), -1)::text || ' '
      || coalesce(client_id, '') || ' ' || method || ' ' || name
    )::uuid
  ) stored,
  constraint calls_of_a_day_are_counted_in_one_row
    unique nulls not distinct (organization_id, mcp_server_user_id, day, what, merge_id),
  constraint counted_outcome_is_known check (
    outcome in (
      'ok', 'tool_error', 'rpc_error', 'http_error', 'refused', 'cancelled', 'unanswered', 'unreadable'
    )
  ),
  constraint counted_call_is_named_in_short check (
    char_length(method) <= 100 and char_length(name) <= 256 and char_length(client_id) <= 2048
    and char_length(merge_id) <= 100
  )
) with (fillfactor = 90);

alter table public.mcp_call_days enable row level security;

create policy "Members read their organization's days of calls"
  on public.mcp_call_days for select to authenticated
  using (organization_id = any (array(select public.organizations_of_platform_user())));

revoke all on public.mcp_call_days from public, anon, authenticated, service_role;
grant select (
  organization_id, mcp_server_id, mcp_server_user_id, client_id, method, name, outcome, day, calls, milliseconds,
  bytes_in, bytes_out
) on public.mcp_call_days to authenticated;
