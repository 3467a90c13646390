-- mcp_client_versions: the MCP clients that people used in the last 30 days, by name and version.
--
-- A client says its name and version when it begins a session (initialize). One that
-- says nothing stands with the name that it registered. people are those whose last
-- session with this version lies in that time; somebody with two versions counts twice.
--
-- Readers   members, as authenticated
create view public.mcp_client_versions with (security_invoker = true) as
select
  client.organization_id,
  client.mcp_server_id,
  server.slug as server,
  regexp_replace(client.name, '/[^/]*$', '') as client_name,
  nullif(substring(client.name from '/([^/]*)$'), '') as client_version,
  client.people,
  client.sessions,
  client.first_seen_on,
  client.last_seen_on
from (
  select
    total.organization_id, total.mcp_server_id, total.name, sum(total.last_users)::integer as people,
    sum(total.calls)::bigint as sessions, min(total.day) as first_seen_on, max(total.day) as last_seen_on
  from public.mcp_call_sums as total
  where total.day > (now() at time zone 'UTC')::date - 30
    and total.name <> ''
    and total.method = 'initialize'
  group by total.organization_id, total.mcp_server_id, total.name
) as client
join public.mcp_servers as server on server.id = client.mcp_server_id;

revoke all on public.mcp_client_versions from public, anon, authenticated, service_role;
grant select on public.mcp_client_versions to authenticated;
