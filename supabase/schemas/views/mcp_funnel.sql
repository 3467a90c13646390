-- mcp_funnel: how far the people have come who appeared in each of the last 26 weeks.
--
-- came_as is visitor for those who were tracked first, and login for the others.
-- logged_in are visitors whom a login claimed, and everybody who came by a login. called made
-- a first call afterwards or before, came_back called again three days or more after
-- the first call. Each step counts those of the step before only. week is its Monday.
--
-- Readers   members, as authenticated
create view public.mcp_funnel with (security_invoker = true) as
select
  person.organization_id,
  date_trunc('week', person.first_seen_at at time zone 'UTC')::date as week,
  case when person.tracked_at is null then 'login' else 'visitor' end as came_as,
  count(*)::integer as people,
  count(*) filter (where person.tracked_at is null or person.claimed_at is not null)::integer as logged_in,
  count(activity.first_called_on)
    filter (where person.tracked_at is null or person.claimed_at is not null)::integer as called,
  count(activity.came_back_on)
    filter (where person.tracked_at is null or person.claimed_at is not null)::integer as came_back
from public.mcp_server_user as person
left join public.mcp_user_activity as activity
  on activity.organization_id = person.organization_id and activity.mcp_server_user_id = person.id
where person.first_seen_at > date_trunc('week', now() at time zone 'UTC') at time zone 'UTC' - interval '25 weeks'
group by 1, 2, 3;

revoke all on public.mcp_funnel from public, anon, authenticated, service_role;
grant select on public.mcp_funnel to authenticated;
