-- hold_organization: makes changes of platform users that touch many rows of an organization wait for each other.
--
-- Two of them may reach the same calls, identities or MCP sessions from different
-- sides. Logins and calls do not wait: they only refer to the organization.
--
-- Caller    the RPCs of platform users that end, merge, move or delete
-- Rights    invoker, granted to nobody
-- Locks     the organization, where the caller is a member of it
create function public.hold_organization(p_organization_id text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  perform from public.organizations as organization
  where organization.id = p_organization_id and public.platform_role(p_organization_id) is not null
  for no key update;
end
$$;

revoke all on function public.hold_organization from public, anon, authenticated, service_role;
