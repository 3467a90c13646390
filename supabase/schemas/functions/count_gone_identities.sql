-- count_gone_identities: adds to the identities of an organization that went again.
--
-- They stand apart from those that came (organization_people): a first login holds that
-- row and waits for people, and whoever deletes holds people.
--
-- Caller    the RPCs of platform users that delete a person, or move people to another issuer, which hold the
--           organization
-- Rights    invoker, granted to nobody
-- Locks     the organization
create function public.count_gone_identities(p_organization_id text, p_gone integer)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  update public.organizations as organization
  set identities_gone = organization.identities_gone + p_gone
  where organization.id = p_organization_id;
end
$$;

revoke all on function public.count_gone_identities from public, anon, authenticated, service_role;
