-- mcp_login_days: how many logins of a day came to which end, for the last 90 days.
--
-- A day is one of UTC. A login that met trouble of the moment and then completed
-- counts with both of its ends. The time is fixed, so that an index finds the
-- events and a member with many years of them waits no longer than others.
--
-- Readers   members, as authenticated
create view public.mcp_login_days with (security_invoker = true) as
select
  entry.organization_id,
  (entry.occurred_at at time zone 'UTC')::date as day,
  replace(entry.event, 'login_', '') as outcome,
  sum(entry.occurrences)::integer as logins
from public.mcp_audit_events as entry
where entry.event in ('login_completed', 'login_failed', 'login_abandoned')
  and entry.occurred_at >= now() - interval '90 days'
group by entry.organization_id, (entry.occurred_at at time zone 'UTC')::date, entry.event;

revoke all on public.mcp_login_days from public, anon, authenticated, service_role;
grant select on public.mcp_login_days to authenticated;
