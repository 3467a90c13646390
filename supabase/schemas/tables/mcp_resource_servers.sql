-- mcp_resource_servers: who may introspect tokens of an MCP server (RFC 7662).
--
-- An MCP server that is not behind the gateway authenticates with an id and a
-- secret. create_mcp_resource_server makes them; the secret is a SHA-256 here.

create table public.mcp_resource_servers (
  id text primary key default public.new_id('mrs_'),
  organization_id text not null,
  mcp_server_id text not null,
  name text not null,
  secret_hash text not null,
  created_at timestamptz not null default now(),
  constraint resource_server_belongs_to_a_server_of_its_organization
    foreign key (organization_id, mcp_server_id)
    references public.mcp_servers (organization_id, id) on delete cascade,
  constraint resource_server_name_is_readable check (char_length(name) between 1 and 200),
  constraint resource_server_secret_is_a_sha256 check (char_length(secret_hash) = 43)
);

comment on constraint resource_server_name_is_readable on public.mcp_resource_servers is
  'name: 1 to 200 characters';

create index mcp_resource_servers_by_server on public.mcp_resource_servers (organization_id, mcp_server_id);

alter table public.mcp_resource_servers enable row level security;

create policy "Members read their organization's resource servers"
  on public.mcp_resource_servers for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.mcp_resource_servers from public, anon, authenticated, service_role;
grant select (id, organization_id, mcp_server_id, name, created_at) on public.mcp_resource_servers to authenticated;
