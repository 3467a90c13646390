-- revoke_organization_invitation: takes an invitation back.
--
-- Caller    an owner or admin, as authenticated; only an owner takes an owner's invitation back
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, so that changes of its members wait for each other
-- Outcomes  revoked | forbidden | unknown_invitation
-- Raises    22004 when p_invitation_id is null
create function public.revoke_organization_invitation(p_invitation_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_invitation public.organization_invitations;
  v_own_role text;
  v_change public.platform_change;
begin
  if p_invitation_id is null then
    raise exception using errcode = '22004', message = 'p_invitation_id must not be null';
  end if;

  perform from public.organizations as organization
  where organization.id = (
      select invitation.organization_id from public.organization_invitations as invitation
      where invitation.id = p_invitation_id
    )
    and public.platform_role(organization.id) is not null
  for no key update;
  select * into v_invitation
  from public.organization_invitations as invitation
  where invitation.id = p_invitation_id;
  v_own_role := public.platform_role(v_invitation.organization_id);
  if v_own_role is null then
    return public.refuse_platform_change('unknown_invitation');
  end if;
  if v_own_role = 'member' or (v_own_role = 'admin' and v_invitation.role = 'owner') then
    return public.refuse_platform_change('forbidden');
  end if;

  delete from public.organization_invitations as invitation where invitation.id = v_invitation.id;
  perform public.record_platform_event(
    p_organization_id => v_invitation.organization_id, p_event => 'invitation_revoked', p_object_id => v_invitation.id
  );
  v_change.outcome := 'revoked';
  v_change.id := v_invitation.id;
  return v_change;
end
$$;

revoke all on function public.revoke_organization_invitation from public, anon, authenticated, service_role;
grant execute on function public.revoke_organization_invitation to authenticated;
