-- rotate_refresh_token: replaces a refresh token, or finds the successor it already has.
--
-- A client that lost the answer, or whose processes refresh in parallel,
-- presents a token again that was replaced meanwhile, once or several times.
-- Within 60 seconds of its first use it is led to the present token, successor
-- by successor, each sealed so that only the token before opens it. Later, two
-- parties hold the family, and the function revokes it (RFC 9700 section
-- 4.14.2). Refusals are returned, so the revocation stays.
--
-- Twenty replaced tokens are kept for that. When that many are used within a
-- minute, the present one rests: it is given again, and no new one, until a
-- minute has passed.
--
-- A refresh does not make a login at Gatepost's own page any longer.
--
-- Caller    oauth-token, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the client's assertion, then the token family
-- Outcomes  rotated | converged | unknown | wrong_client | revoked | expired | reused | wrong_resource |
--           user_blocked, or a refusal of authenticate_mcp_client
-- Raises    22004 when an argument that must be there is null; 40001 when the first check refuses the token
--           and the second finds nothing wrong, because another call changed a row in between
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
  v_family public.mcp_proxy_tokens;
  v_user public.mcp_server_user;
  v_successors text[];
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
      v_grant.outcome := v_client.outcome;
      return v_grant;
    end if;
  end if;

  -- Nearly every call ends here: the present token of a living family, from its own client.
  update public.mcp_proxy_tokens as family
  set refresh_hash = p_next_refresh_hash,
      previous_refresh_hash = p_refresh_hash,
      successor_ciphertext = p_successor_ciphertext,
      earlier_rotations = case
        when family.rotated_at > now() - public.refresh_grace() then public.rotations_in_grace(p_family => family)
      end,
      rotated_at = now(),
      expires_at = case
        when client.kind = 'gatepost' then family.expires_at
        else now() + make_interval(secs => server.refresh_token_seconds)
      end
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
    and (
      coalesce(cardinality(family.earlier_rotations), 0) < 19
      or family.rotated_at <= now() - public.refresh_grace()
    )
    and holder.id = family.mcp_server_user_id
    and holder.blocked_at is null
  returning
    family.id, family.organization_id, family.resource, family.scope, family.auth_time, server.access_token_seconds,
    holder.id, holder.email, holder.email_verified, holder.profile_data
  into
    v_grant.family_id, v_grant.organization_id, v_grant.resource, v_grant.scope, v_grant.auth_time,
    v_grant.access_token_seconds, v_grant.mcp_server_user_id, v_grant.email, v_grant.email_verified, v_grant.profile;
  if found then
    v_grant.outcome := 'rotated';
    v_grant.client_id := p_client_id;
    return v_grant;
  end if;

  -- For all others, the checks again one by one: the first that fails is the outcome.
  if p_assertion_hash is null then
    v_client := public.authenticate_mcp_client(
      p_slug => p_slug, p_client_id => p_client_id, p_client_secret_hash => p_client_secret_hash,
      p_assertion_hash => null, p_assertion_expires_at => null
    );
    if v_client.outcome <> 'authenticated' then
      v_grant.outcome := v_client.outcome;
      return v_grant;
    end if;
  end if;
  select * into v_family
  from public.mcp_proxy_tokens as family
  where family.handle_hash = p_handle_hash and family.mcp_server_id = v_client.mcp_server_id
  for update;
  if not found then
    v_grant.outcome := 'unknown';
    return v_grant;
  end if;
  select * into v_user from public.mcp_server_user as holder where holder.id = v_family.mcp_server_user_id;

  v_successors := case
    when p_refresh_hash <> v_family.refresh_hash then public.find_successors(
      p_family => v_family, p_refresh_hash => p_refresh_hash
    )
    when cardinality(v_family.earlier_rotations) = 19 and v_family.rotated_at > now() - public.refresh_grace() then '{}'
  end;
  v_grant.outcome := case
    when v_family.mcp_client_registration_id <> v_client.mcp_client_registration_id then 'wrong_client'
    when v_family.revoked_at is not null then 'revoked'
    when v_family.expires_at <= now() then 'expired'
    when v_user.blocked_at is not null then 'user_blocked'
    when p_resource <> v_family.resource then 'wrong_resource'
    when v_successors is not null then 'converged'
    when p_refresh_hash = v_family.refresh_hash then 'changed_meanwhile'
    else 'reused'
  end;

  if v_grant.outcome = 'changed_meanwhile' then
    raise exception using errcode = '40001', message = 'the token family has changed meanwhile: try again';
  end if;
  if v_grant.outcome = 'reused' then
    update public.mcp_proxy_tokens as family
    set revoked_at = now(), revoked_reason = 'refresh_token_reused', expires_at = least(family.expires_at, now())
    where family.id = v_family.id;
    perform public.record_audit_event(
      p_organization_id => v_family.organization_id,
      p_event => 'tokens_revoked',
      p_reason => 'refresh_token_reused',
      p_mcp_server_id => v_family.mcp_server_id,
      p_mcp_server_user_id => v_family.mcp_server_user_id,
      p_client_id => p_client_id
    );
  end if;
  if v_grant.outcome = 'converged' then
    v_grant.family_id := v_family.id;
    v_grant.organization_id := v_family.organization_id;
    v_grant.mcp_server_user_id := v_family.mcp_server_user_id;
    v_grant.client_id := p_client_id;
    v_grant.resource := v_family.resource;
    v_grant.scope := v_family.scope;
    v_grant.auth_time := v_family.auth_time;
    v_grant.access_token_seconds := v_client.access_token_seconds;
    v_grant.email := v_user.email;
    v_grant.email_verified := v_user.email_verified;
    v_grant.profile := v_user.profile_data;
    v_grant.successor_ciphertexts := v_successors;
  end if;
  return v_grant;
end
$$;

revoke all on function public.rotate_refresh_token from public, anon, authenticated, service_role;
grant execute on function public.rotate_refresh_token to service_role, gatepost_functions;
