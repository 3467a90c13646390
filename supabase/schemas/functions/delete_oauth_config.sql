-- delete_oauth_config: deletes a config, the vault entries it obtained and the token families that rest on them.
--
-- Users and their identities stay: another config of the same issuer finds them
-- again. Children go one kind at a time, in the lock order of all functions,
-- before the config does: a cascade would take them in the opposite order.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the config, then its sessions, codes, token families and vault entries
-- Outcomes  deleted | forbidden | unknown_config | in_use (by a server)
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
begin
  if p_id is null then
    raise exception using errcode = '22004', message = 'p_id must not be null';
  end if;

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

  delete from public.mcp_authorization_sessions as session where session.oauth_config_id = v_config.id;
  delete from public.mcp_authorization_codes as code
  using public.upstream_oauth_tokens as upstream
  where upstream.oauth_config_id = v_config.id and code.upstream_token_id = upstream.id;
  delete from public.mcp_proxy_tokens as family
  using public.upstream_oauth_tokens as upstream
  where upstream.oauth_config_id = v_config.id and family.upstream_token_id = upstream.id;
  delete from public.upstream_oauth_tokens as upstream where upstream.oauth_config_id = v_config.id;
  delete from public.custom_oauth_configs as config where config.id = v_config.id;
  perform public.record_platform_event(v_config.organization_id, 'config_deleted', v_config.id);
  return ('deleted', v_config.id, null)::public.platform_change;
exception
  when foreign_key_violation then
    return public.refuse_platform_change('in_use');
end
$$;

revoke all on function public.delete_oauth_config from public, anon, authenticated, service_role;
grant execute on function public.delete_oauth_config to authenticated;
