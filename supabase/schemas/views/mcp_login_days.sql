-- mcp_login_days: how many logins of a day were completed, failed and abandoned, by reason.
--
-- begun is how many there were that day on that server, whatever became of them. A
-- login stands at the day of its end, or under way. One that met trouble of the moment
-- and was tried again counts as failed each time.
--
-- Readers   members, as authenticated
create view public.mcp_login_days with (security_invoker = true) as
select
  login.organization_id,
  login.day,
  login.mcp_server_id,
  server.slug as server,
  login.outcome,
  login.reason,
  sum(login.logins)::integer as logins,
  sum(sum(login.logins)) over (partition by login.organization_id, login.day, login.mcp_server_id)::integer as begun
from (
  select
    event.organization_id, (event.occurred_at at time zone 'UTC')::date as day, event.mcp_server_id,
    replace(event.event, 'login_', '') as outcome, event.reason, event.occurrences as logins
  from public.mcp_audit_events as event
  where event.event in ('login_completed', 'login_failed', 'login_abandoned')
  union all
  select
    attempt.organization_id, (attempt.created_at at time zone 'UTC')::date, attempt.mcp_server_id, 'under way', null, 1
  from public.mcp_authorization_sessions as attempt
  where attempt.completed_at is null and attempt.failed_at is null and attempt.expires_at > now()
) as login
left join public.mcp_servers as server on server.id = login.mcp_server_id
group by login.organization_id, login.day, login.mcp_server_id, server.slug, login.outcome, login.reason;

revoke all on public.mcp_login_days from public, anon, authenticated, service_role;
grant select on public.mcp_login_days to authenticated;
