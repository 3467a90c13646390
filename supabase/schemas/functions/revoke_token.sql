-- revoke_token: ends the token family of a token that its client gives back (RFC 7009).
--
-- A refresh token of any generation names its family by its handle; an access
-- token, which the caller has verified, by its family id. The login's vault
-- entry ends as well, and its ciphertexts are answered once, so that the caller
-- can revoke the tokens at the provider. While another login lives on the same
-- refresh token, no ciphertext is answered: a provider may end the whole grant
-- with either token. A token of another client stays as it is.
--
-- Caller    oauth-revoke, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the client's assertion, the token family, then the vault entry that holds its refresh token, then its own
--           (lock order: supabase/schemas/README.md)
-- Outcomes  revoked | ended | unknown | wrong_client, or a refusal of authenticate_mcp_client
-- Raises    22004 when the server or the client is null, or when not exactly one token is named
create function public.revoke_token(
  p_slug text,
  p_client_id text,
  p_client_secret_hash text,
  p_handle_hash text,
  p_family_id text,
  p_assertion_hash text default null,
  p_assertion_expires_at timestamptz default null
)
returns public.token_revocation
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_client public.client_authentication;
  v_family public.mcp_proxy_tokens;
  v_holder public.upstream_oauth_tokens;
  v_upstream public.upstream_oauth_tokens;
  v_config public.custom_oauth_configs;
  v_revocation public.token_revocation;
begin
  if p_slug is null or p_client_id is null or num_nonnulls(p_handle_hash, p_family_id) <> 1 then
    raise exception using errcode = '22004', message = 'a revocation names its server, its client and one token';
  end if;

  v_client := public.authenticate_mcp_client(
    p_slug => p_slug, p_client_id => p_client_id, p_client_secret_hash => p_client_secret_hash,
    p_assertion_hash => p_assertion_hash, p_assertion_expires_at => p_assertion_expires_at
  );
  if v_client.outcome <> 'authenticated' then
    v_revocation.outcome := v_client.outcome;
    return v_revocation;
  end if;

  if p_handle_hash is not null then
    select * into v_family
    from public.mcp_proxy_tokens as family
    where family.handle_hash = p_handle_hash and family.mcp_server_id = v_client.mcp_server_id
    for update;
  else
    select * into v_family
    from public.mcp_proxy_tokens as family
    where family.id = p_family_id and family.mcp_server_id = v_client.mcp_server_id
    for update;
  end if;
  if not found then
    v_revocation.outcome := 'unknown';
    return v_revocation;
  end if;
  if v_family.mcp_client_registration_id <> v_client.mcp_client_registration_id then
    v_revocation.outcome := 'wrong_client';
    return v_revocation;
  end if;
  v_revocation.family_id := v_family.id;
  if v_family.revoked_at is not null then
    v_revocation.outcome := 'ended';
    return v_revocation;
  end if;

  update public.mcp_proxy_tokens as family
  set revoked_at = now(), revoked_reason = 'client_revoked', expires_at = least(family.expires_at, now())
  where family.id = v_family.id;
  v_holder := public.lock_refresh_holder(p_upstream_token_id => v_family.upstream_token_id);
  update public.upstream_oauth_tokens as upstream
  set ended_at = now(), ended_reason = 'client_revoked'
  where upstream.id = v_family.upstream_token_id and upstream.ended_at is null
  returning * into v_upstream;
  select * into v_config
  from public.custom_oauth_configs as config
  where config.id = v_upstream.oauth_config_id
    and config.client_generation = v_upstream.client_generation
    and not public.is_lived_on(p_holder_id => v_holder.id);
  perform public.record_audit_event(
    p_organization_id => v_family.organization_id,
    p_event => 'tokens_revoked',
    p_reason => 'client_revoked',
    p_mcp_server_id => v_family.mcp_server_id,
    p_mcp_server_user_id => v_family.mcp_server_user_id,
    p_client_id => v_client.client_id
  );

  v_revocation.outcome := 'revoked';
  if v_config.id is not null then
    v_revocation.organization_id := v_upstream.organization_id;
    v_revocation.upstream_token_id := v_upstream.id;
    v_revocation.refresh_token_id := v_holder.id;
    v_revocation.access_token_ciphertext := v_upstream.access_token_ciphertext;
    v_revocation.refresh_token_ciphertext := v_holder.refresh_token_ciphertext;
    v_revocation.config := public.describe_oauth_config(v_config);
  end if;
  return v_revocation;
end
$$;

revoke all on function public.revoke_token from public, anon, authenticated, service_role;
grant execute on function public.revoke_token to service_role;
