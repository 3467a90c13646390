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
-- For a page to read fifty lines and not all, a part of the union is one table without
-- conditions (they stand behind the union), because PostgreSQL reads such a part in
-- the order of an index. What else a line needs is joined to the fifty.
--
-- Readers   members, as authenticated
create view public.mcp_login_attempts with (security_invoker = true) as
select
  login.organization_id,
  login.request_id,
  login.mcp_server_id,
  server.slug as server,
  login.client_id,
  client.client_name,
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
    ending.organization_id, ending.request_id, ending.mcp_server_id, ending.client_id, ending.mcp_server_user_id,
    case ending.event when 'login_completed' then 'completed' when 'login_failed' then 'failed' else 'abandoned' end
      as outcome,
    ending.occurred_at as logged_at, ending.began_at, ending.occurred_at as ended_at, ending.reason, ending.detail,
    ending.event, true as is_shown
  from public.mcp_audit_events as ending
  union all
  select
    repeated.organization_id, repeated.request_id, repeated.mcp_server_id, repeated.client_id,
    repeated.mcp_server_user_id,
    case repeated.event when 'login_completed' then 'completed' when 'login_failed' then 'failed' else 'abandoned' end,
    repeated.occurred_at, null::timestamptz, repeated.last_occurred_at, repeated.reason, repeated.detail,
    repeated.event, repeated.request_id is distinct from repeated.first_request_id
  from (
    select
      counted.organization_id, unnest(counted.repeated_request_ids) as request_id,
      counted.request_id as first_request_id, counted.mcp_server_id, counted.client_id, counted.mcp_server_user_id,
      counted.event, counted.occurred_at, counted.last_occurred_at, counted.reason, counted.detail
    from public.mcp_audit_events as counted
    where counted.is_repeated and counted.event in ('login_completed', 'login_failed', 'login_abandoned')
    order by counted.occurred_at desc
  ) as repeated
  union all
  select
    attempt.organization_id, attempt.request_id, attempt.mcp_server_id,
    (
      select opener.client_id from public.mcp_client_registrations as opener
      where opener.id = attempt.mcp_client_registration_id
    ),
    null::text,
    case when attempt.expires_at > now() then 'under way' else 'abandoned' end,
    attempt.created_at, attempt.created_at,
    case when attempt.expires_at <= now() then attempt.expires_at end,
    case
      when attempt.expires_at > now() then null
      when attempt.claimed_at is null then 'provider_sent_nobody_back'
      else 'callback_did_not_finish'
    end,
    null::jsonb, 'login_begun'::text, attempt.completed_at is null and attempt.failed_at is null
  from public.mcp_authorization_sessions as attempt
) as login
left join public.mcp_servers as server on server.id = login.mcp_server_id
left join public.mcp_server_user as person on person.id = login.mcp_server_user_id
left join public.mcp_client_registrations as client
  on client.mcp_server_id = login.mcp_server_id and client.client_id = login.client_id
left join lateral (
  select delayed.reason, delayed.detail
  from public.mcp_audit_events as delayed
  where login.event = 'login_begun'
    and delayed.organization_id = login.organization_id
    and delayed.request_id = login.request_id
    and delayed.event = 'login_delayed'
  order by delayed.id desc
  limit 1
) as delay on true
where login.event in ('login_completed', 'login_failed', 'login_abandoned', 'login_begun') and login.is_shown;

revoke all on public.mcp_login_attempts from public, anon, authenticated, service_role;
grant select on public.mcp_login_attempts to authenticated;
