-- mcp_tool_users: which person used which tool, prompt or resource, and with which MCP client: first, last, how often.
--
-- It follows from mcp_call_days (move_mcp_calls counts it anew). failed as in mcp_call_sums.
-- tool_key stands for the server, the method and the name in the primary key: with all three
-- there, the planner may look for one person's line among everybody's lines of that tool.

create table public.mcp_tool_users (
  organization_id text not null,
  mcp_server_id text not null,
  mcp_server_user_id text not null,
  method text not null,
  name text not null,
  first_called_on date not null,
  last_called_on date not null,
  calls bigint not null,
  failed bigint not null,
  milliseconds bigint not null,
  tool_key uuid not null generated always as (md5(mcp_server_id || ' ' || method || ' ' || name)::uuid) stored,
  constraint tool_user_is_one_row primary key (organization_id, mcp_server_user_id, tool_key),
  constraint tool_user_is_a_user_of_its_organization
    foreign key (organization_id, mcp_server_user_id)
    references public.mcp_server_user (organization_id, id) on delete cascade,
  constraint tool_user_is_of_a_server_of_its_organization
    foreign key (organization_id, mcp_server_id)
    references public.mcp_servers (organization_id, id) on delete cascade,
  constraint tool_is_named_in_short check (char_length(method) <= 100 and char_length(name) <= 256)
) with (fillfactor = 90);

create index mcp_tool_users_by_tool
  on public.mcp_tool_users (organization_id, mcp_server_id, method, name, last_called_on);
create index mcp_tool_users_by_calls
  on public.mcp_tool_users (organization_id, mcp_server_id, method, name, calls);

alter table public.mcp_tool_users enable row level security;

create policy "Members read their organization's users of tools"
  on public.mcp_tool_users for select to authenticated
  using (organization_id = any (array(select public.organizations_of_platform_user())));

revoke all on public.mcp_tool_users from public, anon, authenticated, service_role;
grant select on public.mcp_tool_users to authenticated;
