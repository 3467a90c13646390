-- find_connections_login: the living login of a person at Gatepost's own page of a server.
--
-- A token family of any other client is none, whatever its resource and scope are
-- called: an owner chooses those of the MCP server.
--
-- Caller    list_own_connections, revoke_own_connections
-- Rights    invoker, granted to nobody
-- Locks     none
-- Returns   the token family, or nulls where there is no such login
create function public.find_connections_login(p_slug text, p_family_id text)
returns public.mcp_proxy_tokens
language plpgsql
stable
set search_path = ''
as $$
declare
  v_login public.mcp_proxy_tokens;
begin
  select family.* into v_login
  from public.mcp_proxy_tokens as family
  join public.mcp_servers as server on server.id = family.mcp_server_id
  join public.mcp_client_registrations as client on client.id = family.mcp_client_registration_id
  join public.mcp_server_user as holder on holder.id = family.mcp_server_user_id
  where family.id = p_family_id
    and server.slug = p_slug
    and server.disabled_at is null
    and client.kind = 'gatepost'
    and holder.blocked_at is null
    and family.revoked_at is null
    and family.expires_at > now();
  return v_login;
end
$$;

revoke all on function public.find_connections_login from public, anon, authenticated, service_role;
