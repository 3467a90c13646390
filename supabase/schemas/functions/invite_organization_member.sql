-- invite_organization_member: asks a person to join an organization, by email address.
--
-- The answer is the same whether or not anybody has the address. Another
-- invitation to one address replaces the first. Admins invite admins and members,
-- and do not replace an owner's invitation of an owner.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, so that changes of its members wait for each other
-- Outcomes  invited | forbidden | unknown_organization | quota_reached | invalid (see platform_change)
-- Raises    22004 when an argument is null
create function public.invite_organization_member(p_organization_id text, p_email text, p_role text default 'member')
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_own_role text;
  v_present_role text;
  v_constraint text;
  v_change public.platform_change;
begin
  if p_organization_id is null or p_email is null or p_role is null then
    raise exception using errcode = '22004', message = 'p_organization_id, p_email and p_role must not be null';
  end if;

  perform from public.organizations as organization
  where organization.id = p_organization_id and public.platform_role(p_organization_id) is not null
  for no key update;
  v_own_role := public.platform_role(p_organization_id);
  if v_own_role is null then
    return public.refuse_platform_change('unknown_organization');
  end if;
  delete from public.organization_invitations as invitation
  where invitation.organization_id = p_organization_id and invitation.expires_at <= now();
  select invitation.role into v_present_role
  from public.organization_invitations as invitation
  where invitation.organization_id = p_organization_id and invitation.email = lower(btrim(p_email));
  if v_own_role = 'member' or (v_own_role = 'admin' and 'owner' in (p_role, v_present_role)) then
    return public.refuse_platform_change('forbidden');
  end if;
  if v_present_role is null
    and not public.has_room(p_organization_id => p_organization_id, p_kind => 'invitation') then
    return public.refuse_platform_change('quota_reached');
  end if;

  insert into public.organization_invitations as invitation (organization_id, email, role, invited_by)
  values (p_organization_id, lower(btrim(p_email)), p_role, auth.uid())
  on conflict (organization_id, email) do update
  set role = excluded.role, invited_by = excluded.invited_by, created_at = now(), expires_at = excluded.expires_at
  returning invitation.id into v_change.id;
  perform public.record_platform_event(
    p_organization_id => p_organization_id, p_event => 'member_invited', p_object_id => v_change.id
  );
  v_change.outcome := 'invited';
  return v_change;
exception
  when check_violation then
    get stacked diagnostics v_constraint = constraint_name;
    return public.refuse_broken_rule(v_constraint);
end
$$;

revoke all on function public.invite_organization_member from public, anon, authenticated, service_role;
grant execute on function public.invite_organization_member to authenticated;
