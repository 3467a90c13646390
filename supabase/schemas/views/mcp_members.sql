-- mcp_members: who belongs to the caller's organizations, with e-mail addresses.
--
-- Readers   members, as authenticated
create view public.mcp_members with (security_invoker = true) as
select
  member.organization_id,
  member.user_id,
  address.email,
  member.role,
  member.created_at as joined_at
from public.organization_members as member
left join public.list_member_addresses() as address on address.user_id = member.user_id;

revoke all on public.mcp_members from public, anon, authenticated, service_role;
grant select on public.mcp_members to authenticated;
