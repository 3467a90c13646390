-- delete_organization: deletes an organization with everything that is its own.
--
-- Servers, configs, end users, clients, tokens, calls, members and invitations go. The
-- names of its servers are retired, so that nobody can issue tokens with their
-- iss and aud; its audit events stay for their retention. The function deletes
-- one kind at a time, in the lock order of supabase/schemas/README.md.
--
-- Caller    an owner, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, its configs and servers, sessions, end users, MCP
--           sessions, codes, token families, vault entries and clients, each by key
-- Outcomes  deleted | forbidden | unknown_organization
-- Raises    22004 when p_id is null
create function public.delete_organization(p_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_own_role text;
  v_names text[];
  v_change public.platform_change;
begin
  if p_id is null then
    raise exception using errcode = '22004', message = 'p_id must not be null';
  end if;

  perform public.hold_organization(p_organization_id => p_id);
  v_own_role := public.platform_role(p_id);
  if v_own_role is null then
    return public.refuse_platform_change('unknown_organization');
  end if;
  if v_own_role <> 'owner' then
    return public.refuse_platform_change('forbidden');
  end if;

  perform from public.custom_oauth_configs as config
  where config.organization_id = p_id order by config.id for no key update;
  perform from public.mcp_servers as server
  where server.organization_id = p_id order by server.id for no key update;
  delete from public.mcp_authorization_sessions as session
  where session.id = any (array(
    select own.id from public.mcp_authorization_sessions as own
    where own.organization_id = p_id
    order by own.id
    for update
  ));
  perform from public.mcp_server_user as holder
  where holder.organization_id = p_id order by holder.id for no key update;
  delete from public.mcp_server_session as history
  where history.id = any (array(
    select own.id from public.mcp_server_session as own
    where own.organization_id = p_id
    order by own.id
    for update
  ));
  delete from public.mcp_authorization_codes as code
  where code.code_hash = any (array(
    select own.code_hash from public.mcp_authorization_codes as own
    where own.organization_id = p_id
    order by own.code_hash
    for update
  ));
  delete from public.mcp_proxy_tokens as family
  where family.id = any (array(
    select own.id from public.mcp_proxy_tokens as own
    where own.organization_id = p_id
    order by own.id
    for update
  ));
  perform public.lock_vault_entries(p_upstream_token_ids => array(
    select login.id from public.upstream_oauth_tokens as login where login.organization_id = p_id
  ));
  delete from public.upstream_oauth_tokens as upstream where upstream.organization_id = p_id;
  delete from public.mcp_client_registrations as client
  where client.id = any (array(
    select own.id from public.mcp_client_registrations as own
    where own.organization_id = p_id
    order by own.id
    for update
  ));
  delete from public.mcp_server_user as holder where holder.organization_id = p_id;

  select array_agg(server.slug) || array_agg(server.resource) into v_names
  from public.mcp_servers as server where server.organization_id = p_id;
  perform public.retire_server_names(p_organization_id => p_id, p_names => v_names);
  delete from public.mcp_servers as server where server.organization_id = p_id;
  -- Whoever records calls holds the server, so there are no more of them now.
  delete from public.mcp_calls as recorded where recorded.organization_id = p_id;
  delete from public.mcp_call_days as counted where counted.organization_id = p_id;
  delete from public.custom_oauth_configs as config where config.organization_id = p_id;
  perform public.record_platform_event(p_organization_id => p_id, p_event => 'organization_deleted');
  delete from public.organizations as organization where organization.id = p_id;
  v_change.outcome := 'deleted';
  v_change.id := p_id;
  return v_change;
end
$$;

revoke all on function public.delete_organization from public, anon, authenticated, service_role;
grant execute on function public.delete_organization to authenticated;
