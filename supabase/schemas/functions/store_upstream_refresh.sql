-- store_upstream_refresh: puts refreshed tokens into the vault entry and gives the lease back.
--
-- A provider that sends no refresh token means that the old one stays good.
-- Only the holder stores; a lease that ran out is still the holder's until
-- somebody else has taken it.
--
-- Caller    mcp, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the vault entry
-- Outcomes  stored | lease_lost | ended
-- Raises    22004 when the entry, the lease or the access token is null
create function public.store_upstream_refresh(
  p_upstream_token_id text,
  p_lease_hash text,
  p_access_token text,
  p_refresh_token text,
  p_scope text,
  p_expires_at timestamptz
)
returns public.upstream_refresh_storing
language plpgsql
security definer
set search_path = ''
as $$
begin
  if p_upstream_token_id is null or p_lease_hash is null or p_access_token is null then
    raise exception using errcode = '22004', message = 'a refresh names its vault entry, its lease and a token';
  end if;

  update public.upstream_oauth_tokens as upstream
  set access_token_ciphertext = p_access_token,
      refresh_token_ciphertext = coalesce(p_refresh_token, upstream.refresh_token_ciphertext),
      scope = coalesce(p_scope, upstream.scope),
      expires_at = p_expires_at,
      refreshed_at = now(),
      refresh_leased_until = null,
      refresh_lease_hash = null
  where upstream.id = p_upstream_token_id
    and upstream.refresh_lease_hash = p_lease_hash
    and upstream.ended_at is null;
  if found then
    return row('stored')::public.upstream_refresh_storing;
  end if;

  if exists (
    select from public.upstream_oauth_tokens as upstream
    where upstream.id = p_upstream_token_id and upstream.ended_at is null
  ) then
    return row('lease_lost')::public.upstream_refresh_storing;
  end if;
  return row('ended')::public.upstream_refresh_storing;
end
$$;

revoke all on function public.store_upstream_refresh from public, anon, authenticated, service_role;
grant execute on function public.store_upstream_refresh to service_role;
