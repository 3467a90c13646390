-- accept_organization_invitation: makes the caller a member, as an invitation says.
--
-- An invitation that is for another address, has expired or never was is answered
-- alike. Who is a member already keeps the present role.
--
-- Caller    a platform user, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, so that changes of its members wait for each other
-- Outcomes  accepted | unknown_invitation | quota_reached
-- Raises    22004 when p_invitation_id is null
create function public.accept_organization_invitation(p_invitation_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_invitation public.organization_invitations;
  v_change public.platform_change;
begin
  if p_invitation_id is null then
    raise exception using errcode = '22004', message = 'p_invitation_id must not be null';
  end if;

  perform from public.organizations as organization
  where organization.id = (
    select invitation.organization_id from public.find_open_invitations() as invitation
    where invitation.id = p_invitation_id
  )
  for no key update;
  select * into v_invitation
  from public.find_open_invitations() as invitation
  where invitation.id = p_invitation_id;
  if not found then
    return public.refuse_platform_change('unknown_invitation');
  end if;
  if public.platform_role(v_invitation.organization_id) is null
    and not public.has_room(p_organization_id => v_invitation.organization_id, p_kind => 'member') then
    return public.refuse_platform_change('quota_reached');
  end if;

  insert into public.organization_members (organization_id, user_id, role)
  values (v_invitation.organization_id, auth.uid(), v_invitation.role)
  on conflict (organization_id, user_id) do nothing;
  delete from public.organization_invitations as invitation where invitation.id = v_invitation.id;
  perform public.record_platform_event(
    p_organization_id => v_invitation.organization_id, p_event => 'invitation_accepted', p_object_id => v_invitation.id
  );
  v_change.outcome := 'accepted';
  v_change.id := v_invitation.organization_id;
  return v_change;
end
$$;

revoke all on function public.accept_organization_invitation from public, anon, authenticated, service_role;
grant execute on function public.accept_organization_invitation to authenticated;
