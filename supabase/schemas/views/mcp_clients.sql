-- mcp_clients: the MCP clients of each server, and how many logins each holds.
--
-- Readers   members, as authenticated
create view public.mcp_clients with (security_invoker = true) as
select
  client.organization_id,
  client.id as mcp_client_registration_id,
  client.mcp_server_id,
  server.slug as server,
  client.client_id,
  client.client_name,
  client.kind,
  client.token_endpoint_auth_method,
  client.redirect_uris,
  client.grant_types,
  client.client_metadata,
  (
    select count(*)::integer from public.mcp_proxy_tokens as family
    where family.mcp_client_registration_id = client.id and family.revoked_at is null and family.expires_at > now()
  ) as logins,
  client.created_at,
  client.first_used_at,
  client.last_used_at,
  client.expires_at
from public.mcp_client_registrations as client
join public.mcp_servers as server on server.id = client.mcp_server_id;

revoke all on public.mcp_clients from public, anon, authenticated, service_role;
grant select on public.mcp_clients to authenticated;
