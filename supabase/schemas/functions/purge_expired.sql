-- purge_expired: deletes expired rows, at most p_limit of each kind.
--
-- authorization sessions    an hour after they expire, so that a replay is still seen as one; where the
--                           login neither completed nor failed the audit counts it as login_abandoned,
--                           with what last delayed it, if the person came back
-- authorization codes       an hour after they expire, with the vault entry where nobody redeemed them
-- token families            a day after they expired or were revoked, with their vault entry
-- vault entries             a day after they ended, where they have no family and no code
-- clients without a login   when they expire, ten minutes after their last approval at the earliest
-- MCP sessions              when nobody has seen them for the organization's audit retention
-- people without a name     visitors, and those whom no provider named: likewise, unless they are blocked or a
--                           login of theirs has a vault entry; their counted calls are nobody's then
-- client assertions         when they expire
-- invitations               when they expire
-- recorded calls            after the organization's call retention: a day's partition at once
--                           (keep_call_partitions), and those that stand in the default partition
-- audit events              after that retention
--
-- Users, clients that led to a login, and vault entries that other services made
-- stay, and so does a vault entry whose refresh token serves a login. Each array
-- is read once, by an index, before anything is deleted: PostgreSQL may plan a
-- limit in a joined subquery as a scan of the whole table.
--
-- Caller    pg_cron; where it is missing, and beside it, a few of the functions' requests
--           in the background (functions/_shared/database/clean_up.ts)
-- Rights    definer, granted to service_role
-- Locks     rows that nobody else holds (skip locked), so it waits for nobody, but for
--           the counted calls of a visitor's day, for a moment. A family whose code is
--           still there stays until the next time: the lock order puts codes before
--           families
-- Returns   how many rows it deleted, without those that a foreign key deleted
-- Raises    22004 when p_limit is null
create function public.purge_expired(p_limit integer default 1000)
returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_unredeemed_ids text[];
  v_organization_ids text[];
  v_visitor_ids text[];
  v_deleted integer;
  v_total integer := 0;
begin
  if p_limit is null then
    raise exception using errcode = '22004', message = 'p_limit must not be null';
  end if;

  with expired_session as (
    delete from public.mcp_authorization_sessions as session
    where session.id = any (array(
      select expired.id from public.mcp_authorization_sessions as expired
      where expired.expires_at < now() - interval '1 hour'
      order by expired.expires_at
      limit p_limit
      for update skip locked
    ))
    returning session.*
  ), abandoned_login as (
    select session.organization_id, session.mcp_server_id, session.request_id, session.created_at,
      session.expires_at, client.client_id,
      case when client.first_used_at is not null then client.client_id end as used_client_id,
      coalesce(
        delay.reason,
        case when session.claimed_at is null then 'provider_sent_nobody_back' else 'callback_did_not_finish' end
      ) as reason,
      delay.detail,
      date_bin('1 hour', session.expires_at, 'epoch') as hour
    from expired_session as session
    left join public.mcp_client_registrations as client on client.id = session.mcp_client_registration_id
    left join lateral (
      select delayed.reason, delayed.detail
      from public.mcp_audit_events as delayed
      where delayed.request_id = session.request_id
        and delayed.organization_id = session.organization_id
        and delayed.event = 'login_delayed'
      order by delayed.id desc
      limit 1
    ) as delay on session.claimed_at is null
    where session.completed_at is null and session.failed_at is null
  ), counted_login as (
    insert into public.mcp_audit_events as event
      (organization_id, mcp_server_id, client_id, event, reason, detail, request_id, repeated_request_ids, occurrences,
       began_at, occurred_at, last_occurred_at, keep_until, repeat_key)
    select
      login.organization_id, login.mcp_server_id, max(login.client_id), 'login_abandoned', login.reason, login.detail,
      min(login.request_id), (array_agg(login.request_id))[:20], count(*), min(login.created_at), min(login.expires_at),
      max(login.expires_at), public.audit_keep_until(login.organization_id),
      public.audit_repeat_key(
        p_organization_id => login.organization_id, p_mcp_server_id => login.mcp_server_id,
        p_mcp_server_user_id => null, p_client_id => login.used_client_id, p_event => 'login_abandoned',
        p_reason => login.reason, p_detail => login.detail, p_occurred_at => login.hour
      ) as repeat_key
    from abandoned_login as login
    group by login.organization_id, login.mcp_server_id, login.used_client_id, login.reason, login.detail, login.hour
    order by repeat_key
    on conflict on constraint audit_event_is_repeated_in_one_row do update
    set occurrences = event.occurrences + excluded.occurrences,
        last_occurred_at = greatest(event.last_occurred_at, excluded.last_occurred_at)
  )
  select count(*) into v_deleted from expired_session;
  v_total := v_total + v_deleted;

  with expired_code as (
    delete from public.mcp_authorization_codes as code
    where code.code_hash = any (array(
      select expired.code_hash
      from (
        select old.code_hash, old.upstream_token_id from public.mcp_authorization_codes as old
        where old.expires_at < now() - interval '1 hour'
        order by old.expires_at
        limit p_limit
        for update skip locked
      ) as expired
      join public.upstream_oauth_tokens as upstream on upstream.id = expired.upstream_token_id
      for update of upstream skip locked
    ))
    returning code.upstream_token_id, code.mcp_proxy_token_id
  )
  select count(*), array_agg(expired_code.upstream_token_id) filter (where expired_code.mcp_proxy_token_id is null)
  into v_deleted, v_unredeemed_ids
  from expired_code;
  v_total := v_total + v_deleted;

  perform public.delete_unredeemed_logins(p_upstream_token_ids => v_unredeemed_ids);

  delete from public.upstream_oauth_tokens as upstream
  where upstream.id = any (array(
    select family.upstream_token_id
    from public.mcp_proxy_tokens as family
    join public.upstream_oauth_tokens as own on own.id = family.upstream_token_id
    where family.expires_on < ((now() - interval '1 day') at time zone 'UTC')::date
      and not exists (
        select from public.mcp_authorization_codes as code where code.upstream_token_id = own.id
      )
      and not public.is_lived_on(p_holder_id => own.id)
    order by family.expires_on
    limit p_limit
    for update of family, own skip locked
  ));
  get diagnostics v_deleted = row_count;
  v_total := v_total + v_deleted;

  delete from public.upstream_oauth_tokens as upstream
  where upstream.id = any (array(
    select dead.id from public.upstream_oauth_tokens as dead
    where dead.ended_at < now() - interval '1 day'
      and not exists (select from public.mcp_proxy_tokens as family where family.upstream_token_id = dead.id)
      and not exists (select from public.mcp_authorization_codes as code where code.upstream_token_id = dead.id)
      and not public.is_lived_on(p_holder_id => dead.id)
    order by dead.ended_at
    limit p_limit
    for update skip locked
  ));
  get diagnostics v_deleted = row_count;
  v_total := v_total + v_deleted;

  delete from public.mcp_client_registrations as client
  where client.id = any (array(
    select unused.id from public.mcp_client_registrations as unused
    where unused.expires_at < now()
      and (unused.last_used_at is null or unused.last_used_at < now() - interval '10 minutes')
    order by unused.expires_at
    limit p_limit
    for update skip locked
  ));
  get diagnostics v_deleted = row_count;
  v_total := v_total + v_deleted;

  delete from public.mcp_client_assertions as assertion
  where assertion.ctid = any (array(
    select expired.ctid from public.mcp_client_assertions as expired
    where expired.expires_at < now()
    order by expired.expires_at
    limit p_limit
    for update skip locked
  ));
  get diagnostics v_deleted = row_count;
  v_total := v_total + v_deleted;

  delete from public.organization_invitations as invitation
  where invitation.id = any (array(
    select expired.id from public.organization_invitations as expired
    where expired.expires_at < now()
    order by expired.expires_at
    limit p_limit
    for update skip locked
  ));
  get diagnostics v_deleted = row_count;
  v_total := v_total + v_deleted;

  delete from public.mcp_server_session as history
  where history.id = any (array(
    select old.id from public.mcp_server_session as old
    where old.keep_until < (now() at time zone 'UTC')::date
    order by old.keep_until
    limit p_limit
    for update skip locked
  ));
  get diagnostics v_deleted = row_count;
  v_total := v_total + v_deleted;

  update public.mcp_server_user as holder
  set keep_until = (public.audit_keep_until(holder.organization_id) at time zone 'UTC')::date
  where holder.id = any (array(
    select old.id from public.mcp_server_user as old
    where old.keep_until < (now() at time zone 'UTC')::date
      and exists (
        select from public.upstream_oauth_tokens as login
        where login.organization_id = old.organization_id and login.mcp_server_user_id = old.id
      )
    order by old.keep_until
    limit p_limit
    for update skip locked
  ));
  with forgotten as (
    delete from public.mcp_server_user as visitor
    where visitor.id = any (array(
      select old.id from public.mcp_server_user as old
      where old.keep_until < (now() at time zone 'UTC')::date
        and old.blocked_at is null
        and not exists (
          select from public.upstream_oauth_tokens as login
          where login.organization_id = old.organization_id and login.mcp_server_user_id = old.id
        )
      order by old.keep_until
      limit p_limit
      for update skip locked
    ))
    returning visitor.organization_id, visitor.id
  )
  select count(*), array_agg(forgotten.organization_id), array_agg(forgotten.id)
  into v_deleted, v_organization_ids, v_visitor_ids
  from forgotten;
  v_total := v_total + v_deleted;
  perform public.forget_mcp_callers(
    p_organization_ids => v_organization_ids, p_mcp_server_user_ids => v_visitor_ids
  );

  delete from gatepost_calls.rest as unplaced
  where unplaced.ctid = any (array(
    select old.ctid from gatepost_calls.rest as old
    where old.keep_until < (now() at time zone 'UTC')::date
    order by old.keep_until
    limit p_limit
    for update skip locked
  ));
  get diagnostics v_deleted = row_count;
  v_total := v_total + v_deleted;

  delete from public.mcp_audit_events as event
  where event.id = any (array(
    select old.id from public.mcp_audit_events as old
    where old.keep_until < now()
    order by old.keep_until
    limit p_limit
    for update skip locked
  ));
  get diagnostics v_deleted = row_count;
  v_total := v_total + v_deleted;

  perform public.keep_call_partitions();
  return v_total;
end
$$;

revoke all on function public.purge_expired from public, anon, authenticated, service_role;
grant execute on function public.purge_expired to service_role, gatepost_functions;
