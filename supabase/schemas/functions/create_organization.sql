-- create_organization: makes an organization that the caller owns.
--
-- The operator opens founding (see gatepost_settings) and bounds it for each person.
-- An organization that was deleted counts as long as names of its servers are retired.
--
-- Caller    a platform user, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the founder (advisory), so that two foundings wait for each other
-- Outcomes  created | closed | quota_reached | invalid (see platform_change) | not_signed_in
-- Raises    22004 when p_name is null
create function public.create_organization(p_name text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_settings public.gatepost_settings;
  v_constraint text;
  v_change public.platform_change;
begin
  if p_name is null then
    raise exception using errcode = '22004', message = 'p_name must not be null';
  end if;
  if auth.uid() is null then
    return public.refuse_platform_change('not_signed_in');
  end if;

  select * into strict v_settings from public.gatepost_settings;
  if v_settings.organization_founding <> 'open' then
    return public.refuse_platform_change('closed');
  end if;
  perform pg_advisory_xact_lock(hashtextextended('organization founder ' || auth.uid(), 0));
  if v_settings.organizations_per_founder <= (
    select count(*) from public.organization_foundings as founding
    where founding.platform_user_id = auth.uid()
      and (
        exists (select from public.organizations as own where own.id = founding.organization_id)
        or exists (
          select from public.retired_server_names as retired where retired.organization_id = founding.organization_id
        )
      )
  ) then
    return public.refuse_platform_change('quota_reached');
  end if;

  insert into public.organizations (name) values (btrim(p_name)) returning id into v_change.id;
  insert into public.organization_members (organization_id, user_id, role)
  values (v_change.id, auth.uid(), 'owner');
  insert into public.organization_foundings (organization_id, platform_user_id) values (v_change.id, auth.uid());
  perform public.record_platform_event(p_organization_id => v_change.id, p_event => 'organization_created');
  v_change.outcome := 'created';
  return v_change;
exception
  when check_violation then
    get stacked diagnostics v_constraint = constraint_name;
    return public.refuse_broken_rule(v_constraint);
end
$$;

revoke all on function public.create_organization from public, anon, authenticated, service_role;
grant execute on function public.create_organization to authenticated;
