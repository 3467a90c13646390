-- mcp_resource_server_list: who may introspect the tokens of an MCP server.
--
-- Readers   members, as authenticated
create view public.mcp_resource_server_list with (security_invoker = true) as
select
  listed.organization_id,
  listed.id as resource_server_id,
  listed.mcp_server_id,
  server.slug as server,
  listed.name,
  listed.created_at
from public.mcp_resource_servers as listed
join public.mcp_servers as server on server.id = listed.mcp_server_id;

revoke all on public.mcp_resource_server_list from public, anon, authenticated, service_role;
grant select on public.mcp_resource_server_list to authenticated;
