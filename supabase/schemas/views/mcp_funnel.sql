-- mcp_funnel: how far the people have come who appeared in each of the last 26 weeks.
--
-- came_as is visitor for those who were tracked first, and login for the others.
-- logged_in are visitors whom a login claimed, and everybody who came by a login.
-- called are those of them who made a call, before or after; came_back those who called
-- again three days or more after their first call. week is its Monday.
--
-- Readers   members, as authenticated
create view public.mcp_funnel with (security_invoker = true) as
select
  step.organization_id,
  (step.week at time zone 'UTC')::date as week,
  case when step.is_login then 'login' else 'visitor' end as came_as,
  step.people,
  step.logged_in,
  step.called,
  step.came_back
from (
  select
    person.organization_id,
    date_bin('7 days', person.first_seen_at, '2001-01-01 00:00:00+00') as week,
    person.tracked_at is null as is_login,
    count(*)::integer as people,
    count(*) filter (where person.tracked_at is null or person.claimed_at is not null)::integer as logged_in,
    count(person.first_called_on)
      filter (where person.tracked_at is null or person.claimed_at is not null)::integer as called,
    count(person.came_back_on)
      filter (where person.tracked_at is null or person.claimed_at is not null)::integer as came_back
  from public.mcp_server_user as person
  where person.first_seen_at >= date_bin('7 days', now(), '2001-01-01 00:00:00+00') - interval '25 weeks'
  group by 1, 2, 3
) as step;

revoke all on public.mcp_funnel from public, anon, authenticated, service_role;
grant select on public.mcp_funnel to authenticated;
