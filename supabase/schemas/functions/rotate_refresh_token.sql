-- rotate_refresh_token: replaces a refresh token, or finds the successor it already has.
--
-- A client that lost the answer, or whose processes refresh in parallel,
-- presents the same token again: within 60 seconds of its first use it is given
-- the same successor, sealed so that only the presented token opens it. Later,
-- or with an older token, two parties hold the family and it is revoked
-- (RFC 9700 section 4.14.2). Refusals are returned, so the revocation stays.
--
-- Caller    oauth-token, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the client's assertion, then the token family
-- Outcomes  rotated | converged | unknown | wrong_client | revoked | expired | reused | wrong_resource |
--           user_blocked, or a refusal of authenticate_mcp_client
-- Raises    22004 when an argument that must be there is null; 40001 when the family becomes good again in mid-call
create function public.rotate_refresh_token(
  p_slug text,
  p_client_id text,
  p_client_secret_hash text,
  p_handle_hash text,
  p_refresh_hash text,
  p_next_refresh_hash text,
  p_successor_ciphertext text,
  p_resource text,
  p_assertion_hash text default null,
  p_assertion_expires_at timestamptz default null
)
returns public.token_grant
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_grant public.token_grant;
  v_client public.client_authentication;
  v_family record;
  v_outcome text;
begin
  if p_slug is null or p_client_id is null or p_handle_hash is null or p_refresh_hash is null
    or p_next_refresh_hash is null or p_successor_ciphertext is null then
    raise exception using errcode = '22004', message = 'a rotation names its server, client, token and successor';
  end if;

  -- An assertion is used up before anything else is looked at.
  if p_assertion_hash is not null then
    v_client := public.authenticate_mcp_client(
      p_slug => p_slug, p_client_id => p_client_id, p_client_secret_hash => p_client_secret_hash,
      p_assertion_hash => p_assertion_hash, p_assertion_expires_at => p_assertion_expires_at
    );
    if v_client.outcome <> 'authenticated' then
      return public.refuse_token_grant(v_client.outcome);
    end if;
  end if;

  -- Nearly every call ends here: the present token of a living family, from its own client.
  update public.mcp_proxy_tokens as family
  set refresh_hash = p_next_refresh_hash,
      previous_refresh_hash = p_refresh_hash,
      successor_ciphertext = p_successor_ciphertext,
      rotated_at = now(),
      expires_at = now() + make_interval(secs => server.refresh_token_seconds)
  from public.mcp_servers as server, public.mcp_client_registrations as client, public.mcp_server_user as holder
  where server.slug = p_slug
    and server.disabled_at is null
    and client.mcp_server_id = server.id
    and client.client_id = p_client_id
    and (client.client_secret_hash is null or client.client_secret_hash = p_client_secret_hash)
    and (client.token_endpoint_auth_method <> 'private_key_jwt' or p_assertion_hash is not null)
    and family.handle_hash = p_handle_hash
    and family.refresh_hash = p_refresh_hash
    and family.mcp_server_id = server.id
    and family.mcp_client_registration_id = client.id
    and family.resource = coalesce(p_resource, family.resource)
    and family.revoked_at is null
    and family.expires_at > now()
    and holder.id = family.mcp_server_user_id
    and holder.blocked_at is null
  returning
    'rotated', family.id, family.organization_id, holder.id, p_client_id, family.resource, family.scope, null,
    family.auth_time, server.access_token_seconds, holder.email, holder.email_verified, holder.profile_data, null
  into v_grant;
  if found then
    return v_grant;
  end if;

  -- All others learn what was wrong, from the first check to the last.
  if p_assertion_hash is null then
    v_client := public.authenticate_mcp_client(
      p_slug => p_slug, p_client_id => p_client_id, p_client_secret_hash => p_client_secret_hash,
      p_assertion_hash => null, p_assertion_expires_at => null
    );
    if v_client.outcome <> 'authenticated' then
      return public.refuse_token_grant(v_client.outcome);
    end if;
  end if;
  select family.*, holder.email, holder.email_verified, holder.profile_data, holder.blocked_at
  into v_family
  from public.mcp_proxy_tokens as family
  join public.mcp_server_user as holder on holder.id = family.mcp_server_user_id
  where family.handle_hash = p_handle_hash and family.mcp_server_id = v_client.mcp_server_id
  for update of family;
  if not found then
    return public.refuse_token_grant('unknown');
  end if;
  v_outcome := case
    when v_family.mcp_client_registration_id <> v_client.mcp_client_registration_id then 'wrong_client'
    when v_family.revoked_at is not null then 'revoked'
    when v_family.expires_at <= now() then 'expired'
    when v_family.blocked_at is not null then 'user_blocked'
    when p_resource <> v_family.resource then 'wrong_resource'
    when p_refresh_hash = v_family.refresh_hash then 'changed_meanwhile'
    when p_refresh_hash = v_family.previous_refresh_hash
      and v_family.rotated_at > now() - interval '60 seconds' then 'converged'
    else 'reused'
  end;

  if v_outcome = 'changed_meanwhile' then
    raise exception using errcode = '40001', message = 'the token family has changed meanwhile: try again';
  end if;
  if v_outcome = 'reused' then
    update public.mcp_proxy_tokens as family
    set revoked_at = now(), revoked_reason = 'refresh_token_reused', expires_at = least(family.expires_at, now())
    where family.id = v_family.id;
    perform public.record_audit_event(
      v_family.organization_id, v_family.mcp_server_id, v_family.mcp_server_user_id, p_client_id, 'tokens_revoked',
      'refresh_token_reused'
    );
  end if;
  if v_outcome <> 'converged' then
    return public.refuse_token_grant(v_outcome);
  end if;
  return (
    'converged', v_family.id, v_family.organization_id, v_family.mcp_server_user_id, p_client_id, v_family.resource,
    v_family.scope, null, v_family.auth_time, v_client.access_token_seconds, v_family.email, v_family.email_verified,
    v_family.profile_data, v_family.successor_ciphertext
  )::public.token_grant;
end
$$;

revoke all on function public.rotate_refresh_token from public, anon, authenticated, service_role;
grant execute on function public.rotate_refresh_token to service_role;
