-- complete_authorization: ends a claimed login with a user, its tokens and a code.
--
-- One transaction: the user, the vault entry and the code exist together or
-- not at all. A refusal of provision_mcp_server_user ends the session and is
-- returned. From now on the client counts as used and never expires.
--
-- Caller    oauth-callback, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the session, then those of provision_mcp_server_user, then surplus codes that nobody else holds
--           (skip locked) with their vault entries, then the client at its first login
--           (lock order: supabase/schemas/README.md)
-- Outcomes  completed | unknown, or a refusal of provision_mcp_server_user
-- Raises    22004 when an argument that must be there is null
create function public.complete_authorization(
  p_session_id text,
  p_upstream_issuer text,
  p_upstream_sub text,
  p_email text,
  p_email_verified boolean,
  p_profile jsonb,
  p_tracking_id text,
  p_access_token text,
  p_refresh_token text,
  p_scope text,
  p_expires_at timestamptz,
  p_auth_time timestamptz,
  p_code_hash text
)
returns public.authorization_completion
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_session public.mcp_authorization_sessions;
  v_client public.mcp_client_registrations;
  v_provisioning public.user_provisioning;
  v_completion public.authorization_completion;
begin
  if p_session_id is null or p_access_token is null or p_code_hash is null then
    raise exception using errcode = '22004', message = 'a login ends with its session, a token and a code';
  end if;

  select * into v_session
  from public.mcp_authorization_sessions as session
  where session.id = p_session_id
    and session.claimed_at is not null
    and session.completed_at is null
    and session.failed_at is null
  for update;
  if not found then
    v_completion.outcome := 'unknown';
    return v_completion;
  end if;
  select * into v_client
  from public.mcp_client_registrations as client
  where client.id = v_session.mcp_client_registration_id;

  v_provisioning := public.provision_mcp_server_user(
    p_oauth_config_id => v_session.oauth_config_id,
    p_upstream_issuer => p_upstream_issuer,
    p_upstream_sub => p_upstream_sub,
    p_email => p_email,
    p_email_verified => p_email_verified,
    p_profile => p_profile,
    p_tracking_id => p_tracking_id,
    p_access_token => p_access_token,
    p_refresh_token => p_refresh_token,
    p_scope => p_scope,
    p_expires_at => p_expires_at,
    p_organization_id => v_session.organization_id,
    p_client_generation => v_session.client_generation
  );
  if v_provisioning.mcp_server_user_id is null then
    update public.mcp_authorization_sessions as session
    set failed_at = now()
    where session.id = v_session.id;
    perform public.record_audit_event(
      p_organization_id => v_session.organization_id,
      p_event => 'login_failed',
      p_reason => v_provisioning.outcome,
      p_mcp_server_id => v_session.mcp_server_id,
      p_client_id => v_client.client_id,
      p_of_any_client => v_client.first_used_at is null,
      p_began_at => v_session.created_at
    );
    v_completion.outcome := v_provisioning.outcome;
    return v_completion;
  end if;

  perform public.end_surplus_codes(
    p_session => v_session, p_mcp_server_user_id => v_provisioning.mcp_server_user_id
  );
  -- Before the code: the code's reference shares the client's row, and two who share it cannot both give its place back.
  if v_client.first_used_at is null then
    update public.mcp_client_registrations as client
    set first_used_at = now(), expires_at = null, slot = null
    where client.id = v_session.mcp_client_registration_id and client.first_used_at is null;
  end if;
  insert into public.mcp_authorization_codes
    (code_hash, organization_id, mcp_server_id, mcp_client_registration_id, mcp_server_user_id, upstream_token_id,
     redirect_uri, resource, scope, code_challenge, nonce, auth_time, expires_at)
  values
    (p_code_hash, v_session.organization_id, v_session.mcp_server_id, v_session.mcp_client_registration_id,
     v_provisioning.mcp_server_user_id, v_provisioning.upstream_token_id, v_session.redirect_uri, v_session.resource,
     v_session.scope, v_session.code_challenge, v_session.nonce, p_auth_time, now() + interval '60 seconds');
  update public.mcp_authorization_sessions as session
  set completed_at = now()
  where session.id = v_session.id;
  perform public.record_audit_event(
    p_organization_id => v_session.organization_id,
    p_event => 'login_completed',
    p_reason => v_provisioning.outcome,
    p_mcp_server_id => v_session.mcp_server_id,
    p_mcp_server_user_id => v_provisioning.mcp_server_user_id,
    p_client_id => v_client.client_id,
    p_began_at => v_session.created_at
  );
  v_completion.outcome := 'completed';
  v_completion.mcp_server_user_id := v_provisioning.mcp_server_user_id;
  v_completion.provisioning := v_provisioning.outcome;
  return v_completion;
end
$$;

revoke all on function public.complete_authorization from public, anon, authenticated, service_role;
grant execute on function public.complete_authorization to service_role, gatepost_functions;
