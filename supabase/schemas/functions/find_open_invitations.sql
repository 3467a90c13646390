-- find_open_invitations: the invitations that the caller may accept.
--
-- They are for the caller's verified address, have not expired, and whoever sent
-- them may still send them: an admin who is removed leaves no door open.
--
-- Caller    the RPCs of whoever is invited
-- Rights    invoker, granted to nobody
create function public.find_open_invitations()
returns setof public.organization_invitations
language sql
stable
set search_path = ''
as $$
  select invitation.*
  from public.organization_invitations as invitation
  join public.organization_members as inviter
    on inviter.organization_id = invitation.organization_id and inviter.user_id = invitation.invited_by
  where invitation.email = public.verified_address_of_platform_user()
    and invitation.expires_at > now()
    and (inviter.role = 'owner' or (inviter.role = 'admin' and invitation.role <> 'owner'))
$$;

revoke all on function public.find_open_invitations from public, anon, authenticated, service_role;
