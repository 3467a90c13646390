-- delete_oauth_config: deletes a config, the vault entries of its logins and their token families.
--
-- Users and their identities stay: another config of the same issuer finds them
-- again. The function deletes what belongs to the config one kind at a time, in
-- the lock order of supabase/schemas/README.md, and the config last: a cascade
-- would lock in the opposite order.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, the config, then its sessions, codes, token families and vault entries, each by key
--           (lenders first)
-- Outcomes  deleted | forbidden | unknown_config | in_use
-- Raises    22004 when p_id is null
create function public.delete_oauth_config(p_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_config public.custom_oauth_configs;
  v_role text;
  v_change public.platform_change;
begin
  if p_id is null then
    raise exception using errcode = '22004', message = 'p_id must not be null';
  end if;

  perform public.hold_organization(p_organization_id => (
    select config.organization_id from public.custom_oauth_configs as config where config.id = p_id
  ));
  select * into v_config
  from public.custom_oauth_configs as config
  where config.id = p_id and public.platform_role(config.organization_id) is not null
  for no key update;
  v_role := public.platform_role(v_config.organization_id);
  if v_role is null then
    return public.refuse_platform_change('unknown_config');
  end if;
  if v_role = 'member' then
    return public.refuse_platform_change('forbidden');
  end if;
  if exists (
    select from public.mcp_servers as server
    where server.config_owner_id = v_config.owner_id and server.custom_oauth_config_id = v_config.id
  ) then
    return public.refuse_platform_change('in_use');
  end if;

  delete from public.mcp_authorization_sessions as session
  where session.id = any (array(
    select own.id from public.mcp_authorization_sessions as own
    where own.oauth_config_id = v_config.id
    order by own.id
    for update
  ));
  delete from public.mcp_authorization_codes as code
  where code.code_hash = any (array(
    select own.code_hash
    from public.mcp_authorization_codes as own
    join public.upstream_oauth_tokens as upstream on upstream.id = own.upstream_token_id
    where upstream.oauth_config_id = v_config.id
    order by own.code_hash
    for update of own
  ));
  delete from public.mcp_proxy_tokens as family
  where family.id = any (array(
    select own.id
    from public.mcp_proxy_tokens as own
    join public.upstream_oauth_tokens as upstream on upstream.id = own.upstream_token_id
    where upstream.oauth_config_id = v_config.id
    order by own.id
    for update of own
  ));
  perform public.lock_vault_entries(p_upstream_token_ids => array(
    select login.id from public.upstream_oauth_tokens as login where login.oauth_config_id = v_config.id
  ));
  delete from public.upstream_oauth_tokens as upstream where upstream.oauth_config_id = v_config.id;
  delete from public.custom_oauth_configs as config where config.id = v_config.id;
  perform public.record_platform_event(
    p_organization_id => v_config.organization_id, p_event => 'config_deleted', p_object_id => v_config.id
  );
  v_change.outcome := 'deleted';
  v_change.id := v_config.id;
  return v_change;
exception
  when foreign_key_violation then
    return public.refuse_platform_change('in_use');
end
$$;

revoke all on function public.delete_oauth_config from public, anon, authenticated, service_role;
grant execute on function public.delete_oauth_config to authenticated;
