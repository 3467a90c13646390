-- open_connections_client: the client by which Gatepost's own page logs a person in at a server.
--
-- Each server has one, made when somebody first logs in there. It is public, has
-- one redirect URI, and its tokens are for the page alone: see
-- functions/oauth-connections. It counts as used from the start: nobody but Gatepost
-- makes one, so it has none of the narrow bounds of clients that anybody can make.
--
-- Caller    oauth-connections, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the client, where its redirect URI has changed
-- Outcomes  open | unknown_server | no_sign_in
-- Raises    22004 when an argument is null
create function public.open_connections_client(p_slug text, p_redirect_uri text)
returns public.connections_client_opening
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_opening public.connections_client_opening;
begin
  if p_slug is null or p_redirect_uri is null then
    raise exception using errcode = '22004', message = 'p_slug and p_redirect_uri must not be null';
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.slug = p_slug and server.disabled_at is null;
  if not found then
    v_opening.outcome := 'unknown_server';
    return v_opening;
  end if;
  if v_server.auth_type = 'none' then
    v_opening.outcome := 'no_sign_in';
    return v_opening;
  end if;

  insert into public.mcp_client_registrations as client
    (organization_id, mcp_server_id, client_id, kind, token_endpoint_auth_method, client_name, redirect_uris,
     grant_types, first_used_at, expires_at)
  values
    (v_server.organization_id, v_server.id, 'gatepost-connections', 'gatepost', 'none', 'Connected apps',
     array[p_redirect_uri], array['authorization_code'], now(), null)
  on conflict on constraint client_id_is_unique_on_its_server do update
  set redirect_uris = excluded.redirect_uris
  where client.redirect_uris <> excluded.redirect_uris;
  v_opening.outcome := 'open';
  v_opening.client_id := 'gatepost-connections';
  return v_opening;
end
$$;

revoke all on function public.open_connections_client from public, anon, authenticated, service_role;
grant execute on function public.open_connections_client to service_role, gatepost_functions;
