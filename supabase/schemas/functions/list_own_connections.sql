-- list_own_connections: which apps are connected in a person's name, for that person.
--
-- Those at every server of the organization: the person is one end user there, and
-- asks what was allowed to an organization, not to one of its addresses. A
-- connection is every living login with one client, as in mcp_connections. Logins
-- at Gatepost's own page are none. At most 500 are answered.
--
-- Caller    oauth-connections, as service_role, with a verified access token in hand
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     none
-- Outcomes  listed | ended
-- Raises    22004 when an argument is null
create function public.list_own_connections(p_slug text, p_family_id text)
returns public.own_connections
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_login public.mcp_proxy_tokens;
  v_own public.own_connections;
begin
  if p_slug is null or p_family_id is null then
    raise exception using errcode = '22004', message = 'p_slug and p_family_id must not be null';
  end if;

  v_login := public.find_connections_login(p_slug => p_slug, p_family_id => p_family_id);
  if v_login.id is null then
    v_own.outcome := 'ended';
    return v_own;
  end if;

  select organization.name into v_own.organization_name
  from public.organizations as organization
  where organization.id = v_login.organization_id;
  select person.email into v_own.email
  from public.mcp_server_user as person
  where person.id = v_login.mcp_server_user_id;
  select coalesce(jsonb_agg(to_jsonb(connection) order by connection.last_used_at desc, connection.id), '[]')
  into v_own.connections
  from (
    select
      client.id,
      server.slug as server_slug,
      server.name as server_name,
      server.scope_descriptions,
      client.client_id,
      client.kind,
      client.client_name,
      client.redirect_uris,
      used.scopes,
      used.first_used_at,
      greatest(used.last_used_at, (
        select max(history.last_seen_at)
        from public.mcp_server_session as history
        where history.organization_id = v_login.organization_id
          and history.mcp_server_user_id = v_login.mcp_server_user_id
          and history.mcp_server_id = client.mcp_server_id
          and history.client_id = client.client_id
      )) as last_used_at
    from (
      select
        family.mcp_client_registration_id,
        array(
          select distinct scope
          from regexp_split_to_table(string_agg(family.scope, ' '), ' ') as scope
          where scope <> '' order by scope
        ) as scopes,
        min(family.created_at) as first_used_at,
        max(greatest(family.created_at, family.rotated_at)) as last_used_at
      from public.mcp_proxy_tokens as family
      where family.organization_id = v_login.organization_id
        and family.mcp_server_user_id = v_login.mcp_server_user_id
        and family.revoked_at is null
        and family.expires_at > now()
      group by family.mcp_client_registration_id
    ) as used
    join public.mcp_client_registrations as client on client.id = used.mcp_client_registration_id
    join public.mcp_servers as server on server.id = client.mcp_server_id
    where client.kind <> 'gatepost'
    order by last_used_at desc, client.id
    limit 500
  ) as connection;
  v_own.outcome := 'listed';
  return v_own;
end
$$;

revoke all on function public.list_own_connections from public, anon, authenticated, service_role;
grant execute on function public.list_own_connections to service_role, gatepost_functions;
