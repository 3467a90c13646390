-- save_organization_member: changes the role of a member of an organization.
--
-- Who is no member is invited instead (invite_organization_member), and is answered
-- as somebody who does not exist. Admins make members admins, and admins members. Only an owner makes somebody an owner, or
-- changes the role of one. The last owner stays an owner.
--
-- Caller    a platform user, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, so that changes of its members wait for each other
-- Outcomes  saved | forbidden | unknown_organization | unknown_user | last_owner | invalid (see platform_change)
-- Raises    22004 when an argument is null
create function public.save_organization_member(p_organization_id text, p_user_id uuid, p_role text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_own_role text;
  v_present_role text;
  v_change public.platform_change;
begin
  if p_organization_id is null or p_user_id is null or p_role is null then
    raise exception using errcode = '22004', message = 'p_organization_id, p_user_id and p_role must not be null';
  end if;

  perform from public.organizations as organization
  where organization.id = p_organization_id and public.platform_role(p_organization_id) is not null
  for no key update;
  v_own_role := public.platform_role(p_organization_id);
  if v_own_role is null then
    return public.refuse_platform_change('unknown_organization');
  end if;
  if p_role not in ('owner', 'admin', 'member') then
    return public.refuse_broken_rule('member_role_is_known');
  end if;
  select member.role into v_present_role
  from public.organization_members as member
  where member.organization_id = p_organization_id and member.user_id = p_user_id;
  if v_own_role = 'member' or (v_own_role = 'admin' and 'owner' in (p_role, v_present_role)) then
    return public.refuse_platform_change('forbidden');
  end if;
  if v_present_role is null then
    return public.refuse_platform_change('unknown_user');
  end if;
  if v_present_role = 'owner' and p_role <> 'owner' and not exists (
    select from public.organization_members as member
    where member.organization_id = p_organization_id and member.role = 'owner' and member.user_id <> p_user_id
  ) then
    return public.refuse_platform_change('last_owner');
  end if;

  update public.organization_members as member
  set role = p_role
  where member.organization_id = p_organization_id and member.user_id = p_user_id;
  perform public.record_platform_event(
    p_organization_id => p_organization_id, p_event => 'member_saved', p_object_id => p_user_id::text
  );
  v_change.outcome := 'saved';
  v_change.id := p_user_id;
  return v_change;
end
$$;

revoke all on function public.save_organization_member from public, anon, authenticated, service_role;
grant execute on function public.save_organization_member to authenticated;
