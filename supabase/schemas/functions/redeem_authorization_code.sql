-- redeem_authorization_code: spends a code and starts its token family.
--
-- A code is good once. A second presentation means two parties hold it, so
-- the grant it produced is revoked (RFC 6749 section 4.1.2). That revocation
-- has to outlive the refusal, so refusals are returned: raising would roll
-- it back. A refused presentation spends the code as well, unless the client
-- did not prove itself.
--
-- A login at Gatepost's own page (open_connections_client) lasts a quarter of an hour
-- and calls no MCP server. So its vault entry ends at once. The provider is not told:
-- some end all logins of the person then.
--
-- Caller    oauth-token, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the client's assertion, the code, then its token family or those that make room for it, then the vault
--           entry of a login at Gatepost's own page, lender first (lock order: supabase/schemas/README.md)
-- Outcomes  redeemed | unknown | expired | replayed | wrong_client | wrong_redirect_uri | wrong_verifier |
--           wrong_resource | user_blocked, or a refusal of authenticate_mcp_client
-- Raises    22004 when an argument that must be there is null
create function public.redeem_authorization_code(
  p_slug text,
  p_client_id text,
  p_client_secret_hash text,
  p_code_hash text,
  p_redirect_uri text,
  p_code_challenge text,
  p_resource text,
  p_handle_hash text,
  p_refresh_hash text,
  p_assertion_hash text default null,
  p_assertion_expires_at timestamptz default null
)
returns public.token_grant
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_client public.client_authentication;
  v_code public.mcp_authorization_codes;
  v_user public.mcp_server_user;
  v_is_own_page boolean;
  v_refusal text;
  v_grant public.token_grant;
begin
  if p_slug is null or p_client_id is null or p_code_hash is null or p_code_challenge is null
    or p_handle_hash is null or p_refresh_hash is null then
    raise exception using errcode = '22004', message = 'a redemption names its server, client, code and successors';
  end if;

  v_client := public.authenticate_mcp_client(
    p_slug => p_slug, p_client_id => p_client_id, p_client_secret_hash => p_client_secret_hash,
    p_assertion_hash => p_assertion_hash, p_assertion_expires_at => p_assertion_expires_at
  );
  if v_client.outcome <> 'authenticated' then
    v_grant.outcome := v_client.outcome;
    return v_grant;
  end if;

  select * into v_code
  from public.mcp_authorization_codes as code
  where code.code_hash = p_code_hash and code.mcp_server_id = v_client.mcp_server_id
  for update;
  if not found then
    v_grant.outcome := 'unknown';
    return v_grant;
  end if;
  select * into v_user from public.mcp_server_user as holder where holder.id = v_code.mcp_server_user_id;

  v_refusal := case
    when v_code.spent_at is not null then 'replayed'
    when v_code.mcp_client_registration_id <> v_client.mcp_client_registration_id then 'wrong_client'
    when v_code.expires_at <= now() then 'expired'
    when p_redirect_uri is distinct from v_code.redirect_uri then 'wrong_redirect_uri'
    when p_code_challenge <> v_code.code_challenge then 'wrong_verifier'
    when p_resource <> v_code.resource then 'wrong_resource'
    when v_user.blocked_at is not null then 'user_blocked'
  end;
  if v_refusal is not null then
    update public.mcp_authorization_codes as code
    set spent_at = coalesce(code.spent_at, now())
    where code.code_hash = v_code.code_hash;
    update public.mcp_proxy_tokens as family
    set revoked_at = now(), revoked_reason = 'code_replayed', expires_at = least(family.expires_at, now())
    where family.id = v_code.mcp_proxy_token_id and family.revoked_at is null;
    perform public.record_audit_event(
      p_organization_id => v_code.organization_id,
      p_event => 'code_refused',
      p_reason => v_refusal,
      p_mcp_server_id => v_code.mcp_server_id,
      p_mcp_server_user_id => v_code.mcp_server_user_id,
      p_client_id => v_client.client_id
    );
    v_grant.outcome := v_refusal;
    return v_grant;
  end if;

  v_is_own_page := v_client.kind = 'gatepost';
  if v_is_own_page then
    v_client.access_token_seconds := least(v_client.access_token_seconds, 900);
    v_client.refresh_token_seconds := v_client.access_token_seconds;
  end if;
  perform public.end_surplus_families(p_code => v_code, p_client_id => v_client.client_id);
  insert into public.mcp_proxy_tokens
    (organization_id, mcp_server_id, mcp_client_registration_id, mcp_server_user_id, upstream_token_id, resource, scope,
     auth_time, handle_hash, refresh_hash, expires_at)
  values
    (v_code.organization_id, v_code.mcp_server_id, v_code.mcp_client_registration_id, v_user.id,
     v_code.upstream_token_id, v_code.resource, v_code.scope, v_code.auth_time, p_handle_hash, p_refresh_hash,
     now() + make_interval(secs => v_client.refresh_token_seconds))
  returning id into v_grant.family_id;
  update public.mcp_authorization_codes as code
  set spent_at = now(), mcp_proxy_token_id = v_grant.family_id
  where code.code_hash = v_code.code_hash;
  if v_is_own_page then
    perform public.lock_refresh_holder(p_upstream_token_id => v_code.upstream_token_id);
    update public.upstream_oauth_tokens as upstream
    set ended_at = now(), ended_reason = 'not_needed'
    where upstream.id = v_code.upstream_token_id and upstream.ended_at is null;
  end if;

  v_grant.outcome := 'redeemed';
  v_grant.organization_id := v_code.organization_id;
  v_grant.mcp_server_user_id := v_user.id;
  v_grant.client_id := v_client.client_id;
  v_grant.resource := v_code.resource;
  v_grant.scope := v_code.scope;
  v_grant.nonce := v_code.nonce;
  v_grant.auth_time := v_code.auth_time;
  v_grant.access_token_seconds := v_client.access_token_seconds;
  v_grant.email := v_user.email;
  v_grant.email_verified := v_user.email_verified;
  v_grant.profile := v_user.profile_data;
  return v_grant;
end
$$;

revoke all on function public.redeem_authorization_code from public, anon, authenticated, service_role;
grant execute on function public.redeem_authorization_code to service_role, gatepost_functions;
