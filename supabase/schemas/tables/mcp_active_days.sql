-- mcp_active_days: how many different people called in each day, week and month.
--
-- A week starts on a Monday; all in UTC. Somebody who logs in counts as known,
-- anybody else whom Gatepost can tell apart as a visitor, as at the first call of the
-- time. Who was erased or merged since stays counted.

create table public.mcp_active_days (
  organization_id text not null,
  period text not null,
  starts_on date not null,
  known integer not null,
  visitors integer not null,
  constraint active_people_are_one_row primary key (organization_id, period, starts_on),
  constraint active_people_are_of_an_organization
    foreign key (organization_id) references public.organizations (id) on delete cascade,
  constraint period_is_known check (period in ('day', 'week', 'month'))
) with (fillfactor = 50);

alter table public.mcp_active_days enable row level security;

create policy "Members read their organization's active days"
  on public.mcp_active_days for select to authenticated
  using (organization_id = any (array(select public.organizations_of_platform_user())));

revoke all on public.mcp_active_days from public, anon, authenticated, service_role;
grant select on public.mcp_active_days to authenticated;
