-- mcp_login_days: how many logins of a day were completed, failed and abandoned, by reason, in the last 30 days.
--
-- begun is how many there were that day on that server, whatever became of them. A
-- login stands at the day of its end, or under way. One that met trouble of the moment
-- and was tried again counts as failed each time.
--
-- Readers   members, as authenticated
create view public.mcp_login_days with (security_invoker = true) as
select
  login.organization_id,
  (login.day at time zone 'UTC')::date as day,
  login.mcp_server_id,
  server.slug as server,
  replace(login.event, 'login_', '') as outcome,
  login.reason,
  login.logins::integer as logins,
  sum(login.logins) over (partition by login.organization_id, login.day, login.mcp_server_id)::integer as begun
from (
  select
    entry.organization_id, entry.day, entry.mcp_server_id, entry.event, entry.reason, sum(entry.logins) as logins
  from (
    select
      once.organization_id, date_bin('1 day', once.occurred_at, '2001-01-01 00:00:00+00') as day, once.mcp_server_id,
      once.event, once.reason, count(*) as logins
    from public.mcp_audit_events as once
    where once.event in ('login_completed', 'login_failed', 'login_abandoned')
      and once.occurred_at >= date_bin('1 day', now(), '2001-01-01 00:00:00+00') - interval '29 days'
    group by 1, 2, 3, 4, 5
    union all
    -- What happened again in the same row, which is in no index.
    select
      again.organization_id, date_bin('1 day', again.occurred_at, '2001-01-01 00:00:00+00'), again.mcp_server_id,
      again.event, again.reason, sum(again.occurrences - 1)
    from public.mcp_audit_events as again
    where again.is_repeated
      and again.event in ('login_completed', 'login_failed', 'login_abandoned')
      and again.occurred_at >= date_bin('1 day', now(), '2001-01-01 00:00:00+00') - interval '29 days'
    group by 1, 2, 3, 4, 5
  ) as entry
  group by 1, 2, 3, 4, 5
  union all
  select
    attempt.organization_id, date_bin('1 day', attempt.created_at, '2001-01-01 00:00:00+00'), attempt.mcp_server_id,
    'under way', null, count(*)
  from public.mcp_authorization_sessions as attempt
  where attempt.completed_at is null and attempt.failed_at is null and attempt.expires_at > now()
  group by 1, 2, 3
) as login
left join public.mcp_servers as server on server.id = login.mcp_server_id;

revoke all on public.mcp_login_days from public, anon, authenticated, service_role;
grant select on public.mcp_login_days to authenticated;
