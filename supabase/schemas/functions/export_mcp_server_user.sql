-- export_mcp_server_user: all that is kept of an end user, as one JSON document for that person.
--
-- Secrets are left out: tokens, their hashes, and the tracking id, which would let
-- its holder act as the visitor. The export itself is in the audit. Recorded calls
-- are the newest, as many as 20 MB have; calls_left_out counts the others.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not read all columns
-- Locks     none
-- Outcomes  exported | forbidden | unknown_user
-- Raises    22004 when p_mcp_server_user_id is null
create function public.export_mcp_server_user(p_mcp_server_user_id text)
returns public.user_export
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_user public.mcp_server_user;
  v_role text;
  v_export public.user_export;
begin
  if p_mcp_server_user_id is null then
    raise exception using errcode = '22004', message = 'p_mcp_server_user_id must not be null';
  end if;

  select * into v_user
  from public.mcp_server_user as holder
  where holder.id = p_mcp_server_user_id and public.platform_role(holder.organization_id) is not null;
  v_role := public.platform_role(v_user.organization_id);
  v_export.outcome := case
    when v_role is null then 'unknown_user'
    when v_role = 'member' then 'forbidden'
    else 'exported'
  end;
  if v_export.outcome <> 'exported' then
    return v_export;
  end if;

  perform public.record_platform_event(
    p_organization_id => v_user.organization_id, p_event => 'user_exported', p_mcp_server_user_id => v_user.id
  );
  v_export.id := v_user.id;
  v_export.export := jsonb_build_object(
    'exported_at', now(),
    'person', jsonb_build_object(
      'mcp_server_user_id', v_user.id, 'organization_id', v_user.organization_id, 'auth_type', v_user.auth_type,
      'email', v_user.email, 'email_verified', v_user.email_verified, 'profile', v_user.profile_data,
      'first_seen_at', v_user.first_seen_at, 'last_seen_at', v_user.last_seen_at,
      'profile_refreshed_at', v_user.profile_refreshed_at, 'blocked_at', v_user.blocked_at
    ),
    'identities', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'issuer', identity.source, 'subject', identity.subject, 'since', identity.created_at
      ) order by identity.created_at, identity.source, identity.subject), '[]')
      from public.mcp_server_user_identities as identity
      where identity.organization_id = v_user.organization_id and identity.mcp_server_user_id = v_user.id
    ),
    'logins', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'server', server.slug, 'client_id', client.client_id, 'client_name', client.client_name,
        'scope', family.scope, 'began_at', family.created_at, 'refreshed_at', family.rotated_at,
        'expires_at', family.expires_at, 'ended_at', family.revoked_at, 'reason', family.revoked_reason
      ) order by family.created_at, family.id), '[]')
      from public.mcp_proxy_tokens as family
      join public.mcp_servers as server on server.id = family.mcp_server_id
      join public.mcp_client_registrations as client on client.id = family.mcp_client_registration_id
      where family.organization_id = v_user.organization_id and family.mcp_server_user_id = v_user.id
    ),
    'upstream_tokens', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'oauth_config_id', upstream.oauth_config_id, 'scope', upstream.scope, 'obtained_at', upstream.created_at,
        'renewed_at', upstream.refreshed_at, 'expires_at', upstream.expires_at, 'ended_at', upstream.ended_at,
        'reason', upstream.ended_reason
      ) order by upstream.created_at, upstream.id), '[]')
      from public.upstream_oauth_tokens as upstream
      where upstream.organization_id = v_user.organization_id and upstream.mcp_server_user_id = v_user.id
    ),
    'sessions', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'mcp_session_id', history.id, 'server', server.slug, 'client_id', history.client_id,
        'first_seen_at', history.first_seen_at, 'last_seen_at', history.last_seen_at
      ) order by history.first_seen_at, history.id), '[]')
      from public.mcp_server_session as history
      join public.mcp_servers as server on server.id = history.mcp_server_id
      where history.organization_id = v_user.organization_id and history.mcp_server_user_id = v_user.id
    ),
    'calls', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'started_at', recorded.started_at, 'server', server.slug, 'mcp_session_id', recorded.mcp_session_id,
        'client_id', recorded.client_id, 'method', recorded.method, 'name', recorded.name,
        'milliseconds', recorded.milliseconds, 'outcome', recorded.outcome, 'error_code', recorded.error_code,
        'http_status', recorded.http_status, 'bytes_in', recorded.bytes_in, 'bytes_out', recorded.bytes_out,
        'arguments', recorded.arguments, 'result', recorded.result
      ) order by recorded.started_at, recorded.id), '[]')
      from (
        select each.*, sum(1000 + coalesce(octet_length(each.arguments::text), 0)
          + coalesce(octet_length(each.result::text), 0)) over (order by each.started_at desc, each.id desc) as bytes
        from public.mcp_calls as each
        where each.organization_id = v_user.organization_id and each.mcp_server_user_id = v_user.id
      ) as recorded
      left join public.mcp_servers as server on server.id = recorded.mcp_server_id
      where recorded.bytes <= 20000000
    ),
    'days_of_calls', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'day', counted.day, 'server', server.slug, 'client_id', counted.client_id, 'method', counted.method,
        'name', counted.name, 'outcome', counted.outcome, 'calls', counted.calls,
        'milliseconds', counted.milliseconds, 'bytes_in', counted.bytes_in, 'bytes_out', counted.bytes_out
      ) order by counted.day, counted.mcp_server_id, counted.method, counted.name, counted.outcome, counted.client_id),
      '[]')
      from public.mcp_call_days as counted
      left join public.mcp_servers as server on server.id = counted.mcp_server_id
      where counted.organization_id = v_user.organization_id and counted.mcp_server_user_id = v_user.id
    ),
    'audit', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'occurred_at', entry.occurred_at, 'event', entry.event, 'reason', entry.reason,
        'mcp_server_id', entry.mcp_server_id, 'client_id', entry.client_id, 'request_id', entry.request_id
      ) order by entry.id), '[]')
      from public.mcp_audit_events as entry
      where entry.organization_id = v_user.organization_id and entry.mcp_server_user_id = v_user.id
    )
  );
  v_export.export := v_export.export || jsonb_build_object('calls_left_out', (
    select count(*) from public.mcp_calls as recorded
    where recorded.organization_id = v_user.organization_id and recorded.mcp_server_user_id = v_user.id
  ) - jsonb_array_length(v_export.export -> 'calls'));
  return v_export;
end
$$;

revoke all on function public.export_mcp_server_user from public, anon, authenticated, service_role;
grant execute on function public.export_mcp_server_user to authenticated;
