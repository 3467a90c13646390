-- mcp_invitations: who has been asked to join, and has not answered.
--
-- Readers   members, as authenticated
create view public.mcp_invitations with (security_invoker = true) as
select
  invitation.organization_id,
  invitation.id as invitation_id,
  invitation.email,
  invitation.role,
  invitation.invited_by,
  inviter.email as invited_by_email,
  invitation.created_at as invited_at,
  invitation.expires_at
from public.organization_invitations as invitation
left join public.list_member_addresses() as inviter on inviter.user_id = invitation.invited_by
where invitation.expires_at > now();

revoke all on public.mcp_invitations from public, anon, authenticated, service_role;
grant select on public.mcp_invitations to authenticated;
