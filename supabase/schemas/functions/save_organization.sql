-- save_organization: renames an organization, sets how long its audit and its calls are kept, and takes its logo.
--
-- Null leaves a setting as it is. A retention holds for the events and calls from then on.
-- The logo comes in base64; an empty text takes it away.
--
-- Caller    an owner, as authenticated
-- Rights    definer: the caller may not write the table
-- Locks     the organization
-- Outcomes  saved | forbidden | unknown_organization | invalid (see platform_change)
-- Raises    22004 when p_id is null
create function public.save_organization(
  p_id text,
  p_name text default null,
  p_audit_retention_days integer default null,
  p_call_retention_days integer default null,
  p_logo text default null
)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_own_role text;
  v_constraint text;
  v_change public.platform_change;
begin
  if p_id is null then
    raise exception using errcode = '22004', message = 'p_id must not be null';
  end if;

  perform from public.organizations as organization
  where organization.id = p_id and public.platform_role(p_id) is not null
  for no key update;
  v_own_role := public.platform_role(p_id);
  if v_own_role is null then
    return public.refuse_platform_change('unknown_organization');
  end if;
  if v_own_role <> 'owner' then
    return public.refuse_platform_change('forbidden');
  end if;

  update public.organizations as organization
  set name = coalesce(btrim(p_name), organization.name),
      audit_retention_days = coalesce(p_audit_retention_days, organization.audit_retention_days),
      call_retention_days = coalesce(p_call_retention_days, organization.call_retention_days),
      logo = case
        when p_logo is null then organization.logo
        when p_logo <> '' then decode(p_logo, 'base64')
      end
  where organization.id = p_id;
  perform public.record_platform_event(p_organization_id => p_id, p_event => 'organization_saved');
  v_change.outcome := 'saved';
  v_change.id := p_id;
  return v_change;
exception
  -- What is not base64 is no image.
  when invalid_parameter_value then
    return public.refuse_broken_rule('organization_logo_is_an_image');
  when check_violation then
    get stacked diagnostics v_constraint = constraint_name;
    return public.refuse_broken_rule(v_constraint);
end
$$;

revoke all on function public.save_organization from public, anon, authenticated, service_role;
grant execute on function public.save_organization to authenticated;
