-- mcp_organizations: the caller's organizations, and what the caller is in each.
--
-- Readers   members, as authenticated
create view public.mcp_organizations with (security_invoker = true) as
select
  organization.id as organization_id,
  organization.name,
  own.role as own_role,
  organization.audit_retention_days,
  organization.call_retention_days,
  organization.logo_version,
  organization.created_at
from public.organizations as organization
left join public.organization_members as own
  on own.organization_id = organization.id and own.user_id = (select auth.uid());

revoke all on public.mcp_organizations from public, anon, authenticated, service_role;
grant select on public.mcp_organizations to authenticated;
