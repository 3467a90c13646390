-- list_own_invitations: the invitations that the caller may accept or decline.
--
-- Caller    a platform user, as authenticated
-- Rights    definer: the caller is no member yet and reads no table of the organization
create function public.list_own_invitations()
returns setof public.own_invitation
language sql
stable
security definer
set search_path = ''
as $$
  select invitation.id, organization.name, invitation.role, invitation.expires_at
  from public.find_open_invitations() as invitation
  join public.organizations as organization on organization.id = invitation.organization_id
  order by invitation.created_at
$$;

revoke all on function public.list_own_invitations from public, anon, authenticated, service_role;
grant execute on function public.list_own_invitations to authenticated;
