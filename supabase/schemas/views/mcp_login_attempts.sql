-- mcp_login_attempts: a login a line, from the approval to its end.
--
-- request_id is what the person's error page and the error at the client name.
-- logged_at is what a page of them is sorted by, the newest first: when a login
-- ended, and of one that has not ended when it began. A login that met trouble of
-- the moment may be tried again: until then its line has the last thing that
-- happened. An unfinished login counts as abandoned ten minutes after the approval.
-- Where the audit counts what happened again within an hour, the first login and
-- the last 20 have a line; these stand with the first, without the time of begin.
--
-- For a page to read fifty lines and not all, each part of the union is one table,
-- or sorted by itself, and what else a line needs is joined to the fifty.
--
-- Readers   members, as authenticated
create view public.mcp_login_attempts with (security_invoker = true) as
select
  login.organization_id,
  login.request_id,
  login.mcp_server_id,
  server.slug as server,
  coalesce(login.client_id, opener.client_id) as client_id,
  coalesce(client.client_name, opener.client_name) as client_name,
  login.mcp_server_user_id,
  person.email,
  login.outcome,
  login.logged_at,
  login.began_at,
  login.ended_at,
  coalesce(delay.reason, login.reason) as reason,
  coalesce(delay.detail, login.detail) ->> 'step' as step,
  (coalesce(delay.detail, login.detail) ->> 'status')::integer as status,
  coalesce(delay.detail, login.detail) ->> 'error_code' as error_code,
  coalesce(delay.detail, login.detail) ->> 'member' as member,
  coalesce(delay.detail, login.detail) ->> 'problem' as problem
from (
  select
    ending.organization_id, ending.request_id, ending.mcp_server_id, ending.client_id,
    null::text as mcp_client_registration_id, ending.mcp_server_user_id,
    case ending.event when 'login_completed' then 'completed' when 'login_failed' then 'failed' else 'abandoned' end
      as outcome,
    ending.occurred_at as logged_at, ending.began_at, ending.occurred_at as ended_at, ending.reason, ending.detail
  from public.mcp_audit_events as ending
  where ending.event in ('login_completed', 'login_failed', 'login_abandoned')
  union all
  (
    select
      counted.organization_id, repeated.request_id, counted.mcp_server_id, counted.client_id, null::text,
      counted.mcp_server_user_id,
      case counted.event when 'login_completed' then 'completed' when 'login_failed' then 'failed' else 'abandoned' end,
      counted.occurred_at, null::timestamptz, counted.last_occurred_at, counted.reason, counted.detail
    from public.mcp_audit_events as counted
    cross join unnest(counted.repeated_request_ids) as repeated (request_id)
    where counted.event in ('login_completed', 'login_failed', 'login_abandoned')
      and counted.is_repeated
      and repeated.request_id is distinct from counted.request_id
    order by counted.occurred_at desc
  )
  union all
  select
    attempt.organization_id, attempt.request_id, attempt.mcp_server_id, null::text,
    attempt.mcp_client_registration_id, null::text,
    case when attempt.expires_at > now() then 'under way' else 'abandoned' end,
    attempt.created_at, attempt.created_at,
    case when attempt.expires_at <= now() then attempt.expires_at end,
    case
      when attempt.expires_at > now() then null
      when attempt.claimed_at is null then 'provider_sent_nobody_back'
      else 'callback_did_not_finish'
    end,
    null::jsonb
  from public.mcp_authorization_sessions as attempt
  where attempt.completed_at is null and attempt.failed_at is null
) as login
left join public.mcp_servers as server on server.id = login.mcp_server_id
left join public.mcp_server_user as person on person.id = login.mcp_server_user_id
left join public.mcp_client_registrations as client
  on client.mcp_server_id = login.mcp_server_id and client.client_id = login.client_id
left join public.mcp_client_registrations as opener on opener.id = login.mcp_client_registration_id
left join lateral (
  select delayed.reason, delayed.detail
  from public.mcp_audit_events as delayed
  where login.mcp_client_registration_id is not null
    and delayed.organization_id = login.organization_id
    and delayed.request_id = login.request_id
    and delayed.event = 'login_delayed'
  order by delayed.id desc
  limit 1
) as delay on true;

revoke all on public.mcp_login_attempts from public, anon, authenticated, service_role;
grant select on public.mcp_login_attempts to authenticated;
