-- fail_authorization_session: ends a claimed login that cannot complete.
--
-- With p_retry the failure was temporary and the session is set back instead:
-- the same browser may present the same callback again until the session
-- expires.
--
-- p_detail says where the failure happened and what was wrong, in words from
-- fixed lists and numbers; the audit keeps it.
--
-- Caller    oauth-callback; oauth-authorize where the provider is not found; as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the session
-- Outcomes  failed | set_back | unknown
-- Raises    22004 when an argument is null
create function public.fail_authorization_session(
  p_session_id text,
  p_reason text,
  p_retry boolean,
  p_detail jsonb default null
)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_session public.mcp_authorization_sessions;
  v_client public.mcp_client_registrations;
begin
  if p_session_id is null or p_reason is null or p_retry is null then
    raise exception using errcode = '22004', message = 'p_session_id, p_reason and p_retry must not be null';
  end if;

  update public.mcp_authorization_sessions as session
  set claimed_at = case when p_retry then null else session.claimed_at end,
      failed_at = case when p_retry then null else now() end
  where session.id = p_session_id
    and session.claimed_at is not null
    and session.completed_at is null
    and session.failed_at is null
  returning * into v_session;
  if not found then
    return 'unknown';
  end if;

  select * into v_client
  from public.mcp_client_registrations as client
  where client.id = v_session.mcp_client_registration_id;
  perform public.record_audit_event(
    p_organization_id => v_session.organization_id,
    p_event => case when p_retry then 'login_delayed' else 'login_failed' end,
    p_reason => p_reason,
    p_detail => p_detail,
    p_mcp_server_id => v_session.mcp_server_id,
    p_client_id => v_client.client_id,
    p_of_any_client => v_client.first_used_at is null,
    p_began_at => v_session.created_at
  );
  return case when p_retry then 'set_back' else 'failed' end;
end
$$;

revoke all on function public.fail_authorization_session from public, anon, authenticated, service_role;
grant execute on function public.fail_authorization_session to service_role, gatepost_functions;
