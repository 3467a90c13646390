-- mcp_login_attempts: a login a line, from the approval to its end.
--
-- logged_at is what a page of them is sorted by: when a login ended, and of one that has not ended when it began.
-- request_id is what the person's error page and the error at the client name.
-- A login that met trouble of the moment may be tried again: its line has the
-- last thing that happened. An unfinished login counts as abandoned ten minutes
-- after the approval. Where the audit counts what happened again within an hour,
-- the first login and the last 20 have a line, these without the time of begin.
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
  coalesce(login.ended_at, login.began_at) as logged_at,
  login.began_at,
  login.ended_at,
  login.reason,
  login.detail ->> 'step' as step,
  (login.detail ->> 'status')::integer as status,
  login.detail ->> 'error_code' as error_code,
  login.detail ->> 'member' as member,
  login.detail ->> 'problem' as problem
from (
  select
    ending.organization_id, ending.request_id, ending.mcp_server_id, ending.client_id, ending.mcp_server_user_id,
    case
      when ending.event = 'login_failed' and attempt.failed_at is null and attempt.expires_at > now() then 'under way'
      else replace(ending.event, 'login_', '')
    end as outcome,
    coalesce(attempt.created_at, ending.began_at) as began_at, ending.ended_at, ending.reason, ending.detail
  from (
    select distinct on (entry.organization_id, entry.request_id) entry.*
    from (
      select
        event.organization_id, event.request_id, event.mcp_server_id, event.client_id, event.mcp_server_user_id,
        event.event, event.reason, event.detail, event.began_at, event.occurred_at as ended_at, event.id
      from public.mcp_audit_events as event
      where event.event in ('login_completed', 'login_failed', 'login_abandoned') and event.request_id is not null
      union all
      select
        event.organization_id, repeated.request_id, event.mcp_server_id, event.client_id, event.mcp_server_user_id,
        event.event, event.reason, event.detail, null, event.last_occurred_at, event.id
      from public.mcp_audit_events as event
      cross join unnest(event.repeated_request_ids) as repeated (request_id)
      where event.event in ('login_completed', 'login_failed', 'login_abandoned')
        and repeated.request_id is distinct from event.request_id
    ) as entry
    order by entry.organization_id, entry.request_id, entry.ended_at desc, entry.id desc
  ) as ending
  left join public.mcp_authorization_sessions as attempt
    on attempt.organization_id = ending.organization_id and attempt.request_id = ending.request_id
  union all
  select
    event.organization_id, null, event.mcp_server_id, event.client_id, event.mcp_server_user_id,
    replace(event.event, 'login_', ''), event.began_at, event.occurred_at, event.reason, event.detail
  from public.mcp_audit_events as event
  where event.event in ('login_completed', 'login_failed', 'login_abandoned') and event.request_id is null
  union all
  select
    attempt.organization_id, attempt.request_id, attempt.mcp_server_id, client.client_id, null,
    case
      when attempt.completed_at is not null then 'completed'
      when attempt.failed_at is not null then 'failed'
      when attempt.expires_at > now() then 'under way'
      else 'abandoned'
    end,
    attempt.created_at,
    case when attempt.expires_at <= now() then attempt.expires_at end,
    case
      when attempt.expires_at > now() then null
      when attempt.claimed_at is null then 'provider_sent_nobody_back'
      else 'callback_did_not_finish'
    end,
    null
  from public.mcp_authorization_sessions as attempt
  left join public.mcp_client_registrations as client on client.id = attempt.mcp_client_registration_id
  where (attempt.request_id is not null or (attempt.completed_at is null and attempt.failed_at is null))
    and not exists (
      select from public.mcp_audit_events as event
      where event.organization_id = attempt.organization_id
        and (event.request_id = attempt.request_id or attempt.request_id = any (event.repeated_request_ids))
        and event.event in ('login_completed', 'login_failed', 'login_abandoned')
    )
) as login
left join public.mcp_servers as server on server.id = login.mcp_server_id
left join public.mcp_server_user as person on person.id = login.mcp_server_user_id
left join public.mcp_client_registrations as client
  on client.mcp_server_id = login.mcp_server_id and client.client_id = login.client_id;

revoke all on public.mcp_login_attempts from public, anon, authenticated, service_role;
grant select on public.mcp_login_attempts to authenticated;
