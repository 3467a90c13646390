-- begin_config_check: whether the caller may have a provider examined, which makes the functions send requests.
--
-- It is recorded, and a burst is refused: somebody who owns an organization
-- should not be able to aim the requests at others. The organization is that of
-- the config, or the one that a draft is for; the answer's id names it.
--
-- Caller    an owner or admin, as authenticated, through the function oauth-configs
-- Rights    definer: the caller may not write the audit
-- Locks     the organization's checks (advisory), so that a burst is counted
-- Outcomes  begun | forbidden | unknown_organization | unknown_config | quota_reached
-- Raises    22004 when neither a config nor an organization is named
create function public.begin_config_check(
  p_oauth_config_id text default null,
  p_organization_id text default null
)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_bound public.row_bounds;
  v_organization_id text;
  v_role text;
  v_change public.platform_change;
begin
  if p_oauth_config_id is null and p_organization_id is null then
    raise exception using errcode = '22004', message = 'p_oauth_config_id or p_organization_id must not be null';
  end if;

  if p_oauth_config_id is null then
    v_organization_id := p_organization_id;
  else
    select config.organization_id into v_organization_id
    from public.custom_oauth_configs as config
    where config.id = p_oauth_config_id;
  end if;
  v_role := public.platform_role(v_organization_id);
  if v_role is null then
    return public.refuse_platform_change(
      case when p_oauth_config_id is null then 'unknown_organization' else 'unknown_config' end
    );
  end if;
  if v_role = 'member' then
    return public.refuse_platform_change('forbidden');
  end if;

  perform pg_advisory_xact_lock(hashtextextended('config check ' || v_organization_id, 0));
  select * into strict v_bound from public.row_bounds as bound where bound.kind = 'config check';
  if v_bound.of_source <= (
    select count(*) from public.mcp_audit_events as event
    where event.organization_id = v_organization_id
      and event.occurred_at > now() - v_bound.counted_in
      and event.event = 'config_checked'
  ) then
    return public.refuse_platform_change('quota_reached');
  end if;
  perform public.record_platform_event(
    p_organization_id => v_organization_id, p_event => 'config_checked', p_object_id => p_oauth_config_id
  );
  v_change.outcome := 'begun';
  v_change.id := v_organization_id;
  return v_change;
end
$$;

revoke all on function public.begin_config_check from public, anon, authenticated, service_role;
grant execute on function public.begin_config_check to authenticated;
