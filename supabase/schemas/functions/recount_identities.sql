-- recount_identities: adds to the count of an organization's identities what came, or takes away what went.
--
-- A first login counts for itself (admit_person).
--
-- Caller    the RPCs of platform users that delete a person, or move people to another issuer
-- Rights    invoker, granted to nobody
-- Locks     the organization's count of people
create function public.recount_identities(p_organization_id text, p_by integer)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  update public.organization_people as counted
  set identities = counted.identities + p_by
  where counted.organization_id = p_organization_id;
end
$$;

revoke all on function public.recount_identities from public, anon, authenticated, service_role;
