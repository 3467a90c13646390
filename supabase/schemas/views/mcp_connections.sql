-- mcp_connections: which person is connected to which server with which client, a line each.
--
-- A connection is every living login of one person with one client; a client
-- belongs to one server. The line is that of the newest login: an index has their
-- order (last_login_at), so the first lines are there at once, however many people
-- there are. last_used_at is the newest of a login, a refresh and a call of an MCP
-- session; no index has it, because it moves with each of them. A client that holds
-- its access token only, and has no session, is seen at its next refresh.
--
-- Readers   members, as authenticated
create view public.mcp_connections with (security_invoker = true) as
select
  login.organization_id,
  login.mcp_server_user_id,
  person.email,
  person.profile_data ->> 'name' as name,
  login.mcp_client_registration_id,
  client.client_id,
  client.client_name,
  login.mcp_server_id,
  server.slug as server,
  array(
    select distinct granted.scope
    from public.mcp_proxy_tokens as family
    cross join regexp_split_to_table(family.scope, ' ') as granted (scope)
    where family.organization_id = login.organization_id
      and family.mcp_server_user_id = login.mcp_server_user_id
      and family.mcp_client_registration_id = login.mcp_client_registration_id
      and family.revoked_at is null
      and family.expires_at > now()
      and granted.scope <> ''
    order by granted.scope
  ) as scopes,
  every_login.logins,
  every_login.first_used_at,
  login.created_at as last_login_at,
  greatest(every_login.last_used_at, (
    select max(history.last_seen_at)
    from public.mcp_server_session as history
    where history.organization_id = login.organization_id
      and history.mcp_server_user_id = login.mcp_server_user_id
      and history.mcp_server_id = login.mcp_server_id
      and history.client_id = client.client_id
  )) as last_used_at,
  every_login.expires_at,
  person.blocked_at
from public.mcp_proxy_tokens as login
cross join lateral (
  select
    count(*)::integer as logins,
    min(family.created_at) as first_used_at,
    max(greatest(family.created_at, family.rotated_at)) as last_used_at,
    max(family.expires_at) as expires_at
  from public.mcp_proxy_tokens as family
  where family.organization_id = login.organization_id
    and family.mcp_server_user_id = login.mcp_server_user_id
    and family.mcp_client_registration_id = login.mcp_client_registration_id
    and family.revoked_at is null
    and family.expires_at > now()
) as every_login
join public.mcp_server_user as person on person.id = login.mcp_server_user_id
join public.mcp_client_registrations as client on client.id = login.mcp_client_registration_id
join public.mcp_servers as server on server.id = login.mcp_server_id
where login.revoked_at is null
  and login.expires_at > now()
  and not exists (
    select from public.mcp_proxy_tokens as newer
    where newer.organization_id = login.organization_id
      and newer.mcp_server_user_id = login.mcp_server_user_id
      and newer.mcp_client_registration_id = login.mcp_client_registration_id
      and newer.revoked_at is null
      and newer.expires_at > now()
      and (newer.created_at > login.created_at or (newer.created_at = login.created_at and newer.id > login.id))
  );

revoke all on public.mcp_connections from public, anon, authenticated, service_role;
grant select on public.mcp_connections to authenticated;
