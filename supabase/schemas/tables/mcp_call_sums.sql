-- mcp_call_sums: the calls of a day by server, method and name, without the people.
--
-- name is empty for requests that are counted by method only, and the MCP client
-- where the method is initialize. failed counts tool_error, rpc_error, http_error and
-- unanswered. known_calls are those of people who log in, visitor_calls those of
-- visitors. durations counts calls by how long they took: its place n (from 1) those
-- from 2^((n-1)/4) up to 2^(n/4) milliseconds; the first has all that are shorter, the
-- last, 80, all that are longer.
--
-- last_users counts the people whose last day with this name it is. Whoever comes
-- back moves to the new day, so the sum over the last 30 days is how many different
-- people there were. A sum keeps who has been erased or merged since.

create table public.mcp_call_sums (
  organization_id text not null,
  mcp_server_id text not null,
  day date not null,
  method text not null,
  name text not null,
  calls bigint not null,
  succeeded bigint not null,
  failed bigint not null,
  refused bigint not null,
  cancelled bigint not null,
  known_calls bigint not null,
  visitor_calls bigint not null,
  milliseconds bigint not null,
  bytes_in bigint not null,
  bytes_out bigint not null,
  durations integer[] not null,
  last_users integer not null default 0,
  constraint call_sum_is_one_row primary key (organization_id, day, mcp_server_id, method, name),
  constraint call_sum_is_of_a_server_of_its_organization
    foreign key (organization_id, mcp_server_id)
    references public.mcp_servers (organization_id, id) on delete cascade,
  constraint durations_have_80_places check (cardinality(durations) = 80 and pg_column_size(durations) <= 400),
  constraint call_sum_is_named_in_short check (char_length(method) <= 100 and char_length(name) <= 256)
) with (fillfactor = 50);

alter table public.mcp_call_sums enable row level security;

create policy "Members read their organization's sums of calls"
  on public.mcp_call_sums for select to authenticated
  using (organization_id = any (array(select public.organizations_of_platform_user())));

revoke all on public.mcp_call_sums from public, anon, authenticated, service_role;
grant select on public.mcp_call_sums to authenticated;
