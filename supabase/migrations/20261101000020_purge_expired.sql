-- purge_expired: deletes what time has ended, at most p_limit rows of each kind.
--
-- Sessions and codes go an hour after they expire (a replay must still be
-- recognized as one until then); token families and upstream tokens go a day
-- after nothing can use them; registrations that nobody ever used go after a
-- day; audit events after their organization's retention. Used registrations
-- and users stay for ever.
--
-- Caller    pg_cron; register_mcp_client and open_authorization_session with a
--           small limit, so that growth is bounded where pg_cron is missing
-- Rights    definer, granted to service_role
-- Locks     rows nobody else holds (skip locked), so it waits for no one
-- Returns   how many rows went
-- Raises    22004 when p_limit is null
create function public.purge_expired(p_limit integer default 1000)
returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_deleted integer;
  v_total integer := 0;
begin
  if p_limit is null then
    raise exception using errcode = '22004', message = 'p_limit must not be null';
  end if;

  delete from public.mcp_authorization_sessions as session
  where session.id in (
    select expired.id from public.mcp_authorization_sessions as expired
    where expired.expires_at < now() - interval '1 hour'
    order by expired.expires_at
    limit p_limit
    for update skip locked
  );
  get diagnostics v_deleted = row_count;
  v_total := v_total + v_deleted;

  delete from public.mcp_authorization_codes as code
  where code.code_hash in (
    select expired.code_hash from public.mcp_authorization_codes as expired
    where expired.expires_at < now() - interval '1 hour'
    order by expired.expires_at
    limit p_limit
    for update skip locked
  );
  get diagnostics v_deleted = row_count;
  v_total := v_total + v_deleted;

  with expired_family as (
    delete from public.mcp_proxy_tokens as family
    where family.id in (
      select expired.id from public.mcp_proxy_tokens as expired
      where expired.expires_on < ((now() - interval '1 day') at time zone 'UTC')::date
      order by expired.expires_on
      limit p_limit
      for update skip locked
    )
    returning family.id, family.upstream_token_id
  )
  delete from public.upstream_oauth_tokens as upstream
  using expired_family
  where upstream.id = expired_family.upstream_token_id
    and not exists (
      select from public.mcp_proxy_tokens as other
      where other.upstream_token_id = upstream.id and other.id <> expired_family.id
    );
  get diagnostics v_deleted = row_count;
  v_total := v_total + v_deleted;

  delete from public.mcp_client_registrations as client
  where client.id in (
    select unused.id from public.mcp_client_registrations as unused
    where unused.first_used_at is null and unused.created_at < now() - interval '1 day'
    order by unused.created_at
    limit p_limit
    for update skip locked
  );
  get diagnostics v_deleted = row_count;
  v_total := v_total + v_deleted;

  delete from public.mcp_audit_events as event
  where event.id in (
    select old.id from public.mcp_audit_events as old
    left join public.organizations as organization on organization.id = old.organization_id
    where old.occurred_at < now() - make_interval(days => coalesce(organization.audit_retention_days, 365))
    order by old.occurred_at
    limit p_limit
    for update of old skip locked
  );
  get diagnostics v_deleted = row_count;
  return v_total + v_deleted;
end
$$;

revoke all on function public.purge_expired(integer) from public, anon, authenticated, service_role;
grant execute on function public.purge_expired(integer) to service_role;
