-- end_upstream_token: ends a vault entry that its provider refuses for good.
--
-- The token family ends with it: otherwise its client would go on refreshing
-- tokens that no call can use, and never log in again. The caller says which
-- access token was refused, and holds the lease or finds none: a worker whose
-- news is old must not end what another has just refreshed.
--
-- Caller    mcp, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the token family, then the vault entry
-- Outcomes  ended | already_ended | changed
-- Raises    22004 when an argument other than p_lease_hash is null
create function public.end_upstream_token(
  p_upstream_token_id text,
  p_lease_hash text,
  p_known_access_token text,
  p_reason text
)
returns public.upstream_token_ending
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_upstream public.upstream_oauth_tokens;
begin
  if p_upstream_token_id is null or p_known_access_token is null or p_reason is null then
    raise exception using errcode = '22004', message = 'an ending names its vault entry, the known token and a reason';
  end if;

  perform from public.mcp_proxy_tokens as family
  where family.upstream_token_id = p_upstream_token_id
  for update;
  select * into v_upstream
  from public.upstream_oauth_tokens as upstream
  where upstream.id = p_upstream_token_id and upstream.ended_at is null
  for update;
  if not found then
    return row('already_ended')::public.upstream_token_ending;
  end if;
  if v_upstream.access_token_ciphertext <> p_known_access_token
    or (v_upstream.refresh_leased_until > now() and v_upstream.refresh_lease_hash is distinct from p_lease_hash) then
    return row('changed')::public.upstream_token_ending;
  end if;

  update public.upstream_oauth_tokens as upstream
  set ended_at = now(), ended_reason = p_reason, refresh_leased_until = null, refresh_lease_hash = null
  where upstream.id = v_upstream.id;
  update public.mcp_proxy_tokens as family
  set revoked_at = now(), revoked_reason = 'upstream_ended', expires_at = least(family.expires_at, now())
  where family.upstream_token_id = v_upstream.id and family.revoked_at is null;
  perform public.record_audit_event(
    v_upstream.organization_id, null, v_upstream.mcp_server_user_id, null, 'upstream_token_ended', p_reason
  );
  return row('ended')::public.upstream_token_ending;
end
$$;

revoke all on function public.end_upstream_token from public, anon, authenticated, service_role;
grant execute on function public.end_upstream_token to service_role;
