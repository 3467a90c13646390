-- report_client_refusal: notes that a provider refuses the client itself, and gives the lease back.
--
-- No login ends: the owner alone can mend it, and then all of them go on. The
-- config says so until the provider answers again or the client is saved anew;
-- the audit says so once for each such time and reason.
--
-- Caller    mcp, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the config, then the vault entry that holds the refresh token
--           (lock order: supabase/schemas/README.md)
-- Outcomes  reported | lease_lost
-- Raises    22004 when an argument is null
create function public.report_client_refusal(p_upstream_token_id text, p_lease_hash text, p_reason text)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_config public.custom_oauth_configs;
  v_release text;
begin
  if p_upstream_token_id is null or p_lease_hash is null or p_reason is null then
    raise exception using errcode = '22004', message = 'a refusal names its vault entry, its lease and a reason';
  end if;

  update public.custom_oauth_configs as config
  set client_refused_at = now(), client_refused_reason = p_reason
  where config.id = (
      select login.oauth_config_id
      from public.upstream_oauth_tokens as login
      where login.id = p_upstream_token_id and login.client_generation = config.client_generation
    )
    and config.client_refused_reason is distinct from p_reason
  returning * into v_config;
  if v_config.organization_id is not null then
    perform public.record_audit_event(
      p_organization_id => v_config.organization_id, p_event => 'upstream_client_refused', p_reason => p_reason
    );
  end if;

  v_release := public.release_upstream_refresh(
    p_upstream_token_id => p_upstream_token_id, p_lease_hash => p_lease_hash
  );
  return case v_release when 'released' then 'reported' else v_release end;
end
$$;

revoke all on function public.report_client_refusal from public, anon, authenticated, service_role;
grant execute on function public.report_client_refusal to service_role, gatepost_functions;
