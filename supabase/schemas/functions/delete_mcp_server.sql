-- delete_mcp_server: deletes a server with its clients, sessions and tokens.
--
-- Its slug and resource are retired: no other organization may take them. End
-- users stay: they belong to the organization. The vault entries of logins through
-- this server are deleted with it, and so are its calls, recorded and counted. An entry whose refresh token a login at another
-- server lives on ends only, and is deleted after that login. The function deletes
-- what belongs to the server one kind at a time, in the lock order of
-- supabase/schemas/README.md, and the server last: a cascade would lock in the
-- opposite order.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, the server, then its sessions, MCP sessions, codes, token families, vault entries and
--           clients, each by key (lenders first)
-- Outcomes  deleted | forbidden | unknown_server
-- Raises    22004 when p_id is null
create function public.delete_mcp_server(p_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_server public.mcp_servers;
  v_role text;
  v_upstream_ids text[];
  v_more_upstream_ids text[];
  v_change public.platform_change;
begin
  if p_id is null then
    raise exception using errcode = '22004', message = 'p_id must not be null';
  end if;

  perform public.hold_organization(p_organization_id => (
    select server.organization_id from public.mcp_servers as server where server.id = p_id
  ));
  select * into v_server
  from public.mcp_servers as server
  where server.id = p_id and public.platform_role(server.organization_id) is not null
  for no key update;
  v_role := public.platform_role(v_server.organization_id);
  if v_role is null then
    return public.refuse_platform_change('unknown_server');
  end if;
  if v_role = 'member' then
    return public.refuse_platform_change('forbidden');
  end if;

  delete from public.mcp_authorization_sessions as session
  where session.id = any (array(
    select own.id from public.mcp_authorization_sessions as own
    where own.organization_id = v_server.organization_id and own.mcp_server_id = v_server.id
    order by own.id
    for update
  ));
  delete from public.mcp_server_session as history
  where history.id = any (array(
    select own.id from public.mcp_server_session as own
    where own.organization_id = v_server.organization_id and own.mcp_server_id = v_server.id
    order by own.id
    for update
  ));
  with deleted as (
    delete from public.mcp_authorization_codes as code
    where code.code_hash = any (array(
      select own.code_hash from public.mcp_authorization_codes as own
      where own.organization_id = v_server.organization_id and own.mcp_server_id = v_server.id
      order by own.code_hash
      for update
    ))
    returning code.upstream_token_id
  )
  select array_agg(deleted.upstream_token_id) into v_upstream_ids from deleted;
  with deleted as (
    delete from public.mcp_proxy_tokens as family
    where family.id = any (array(
      select own.id from public.mcp_proxy_tokens as own
      where own.organization_id = v_server.organization_id and own.mcp_server_id = v_server.id
      order by own.id
      for update
    ))
    returning family.upstream_token_id
  )
  select array_agg(deleted.upstream_token_id) into v_more_upstream_ids from deleted;
  perform public.delete_vault_entries(
    p_upstream_token_ids => v_upstream_ids || v_more_upstream_ids, p_reason => 'server_deleted'
  );
  delete from public.mcp_client_registrations as client
  where client.id = any (array(
    select own.id from public.mcp_client_registrations as own
    where own.organization_id = v_server.organization_id and own.mcp_server_id = v_server.id
    order by own.id
    for update
  ));
  perform public.retire_server_names(
    p_organization_id => v_server.organization_id, p_names => array[v_server.slug, v_server.resource]
  );
  delete from public.mcp_servers as server where server.id = v_server.id;
  -- Whoever records calls holds the server, so there are no more of them now.
  delete from public.mcp_calls as recorded
  where recorded.organization_id = v_server.organization_id and recorded.mcp_server_id = v_server.id;
  delete from public.mcp_call_days as counted
  where counted.organization_id = v_server.organization_id and counted.mcp_server_id = v_server.id;
  perform public.record_platform_event(
    p_organization_id => v_server.organization_id, p_event => 'server_deleted', p_mcp_server_id => v_server.id
  );
  v_change.outcome := 'deleted';
  v_change.id := v_server.id;
  return v_change;
end
$$;

revoke all on function public.delete_mcp_server from public, anon, authenticated, service_role;
grant execute on function public.delete_mcp_server to authenticated;
