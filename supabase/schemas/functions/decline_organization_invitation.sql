-- decline_organization_invitation: ends an invitation of the caller's.
--
-- Caller    a platform user, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the invitation
-- Outcomes  declined | unknown_invitation
-- Raises    22004 when p_invitation_id is null
create function public.decline_organization_invitation(p_invitation_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_organization_id text;
  v_change public.platform_change;
begin
  if p_invitation_id is null then
    raise exception using errcode = '22004', message = 'p_invitation_id must not be null';
  end if;

  delete from public.organization_invitations as invitation
  where invitation.id = (
    select open.id from public.find_open_invitations() as open where open.id = p_invitation_id
  )
  returning invitation.organization_id into v_organization_id;
  if not found then
    return public.refuse_platform_change('unknown_invitation');
  end if;

  perform public.record_platform_event(
    p_organization_id => v_organization_id, p_event => 'invitation_declined', p_object_id => p_invitation_id
  );
  v_change.outcome := 'declined';
  v_change.id := p_invitation_id;
  return v_change;
end
$$;

revoke all on function public.decline_organization_invitation from public, anon, authenticated, service_role;
grant execute on function public.decline_organization_invitation to authenticated;
