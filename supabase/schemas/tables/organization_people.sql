-- organization_people: how many sign-ins of people an organization has, and how many people came on the last day.
--
-- One row, which first logins of the organization change one after the other: so the
-- check costs the same whatever stands in the other tables, and two logins do not pass
-- a bound together. Logins of known people do not look at it. identities counts the
-- rows of mcp_server_user_identities that came, one for a person, as a rule; those that
-- went again stand in organizations.identities_gone. arrived counts the first logins of
-- counted_on, and those of people whom the provider does not name.
-- No policy: only the definer functions read it.

create table public.organization_people (
  organization_id text primary key references public.organizations (id) on delete cascade,
  identities integer not null default 0,
  counted_on date not null default (now() at time zone 'UTC')::date,
  arrived integer not null default 0
) with (fillfactor = 50);

alter table public.organization_people enable row level security;

revoke all on public.organization_people from public, anon, authenticated, service_role;
