-- store_upstream_refresh: puts refreshed tokens into the vault and gives the lease back.
--
-- A provider that sends no refresh token means that the old one stays good.
-- Only the holder of the lease stores; a lease that ran out is still the
-- holder's until somebody else has taken it. The refresh token goes to the entry
-- that lent it, even where the login that asked has ended meanwhile: another may
-- live on it. A provider that answers has forgiven earlier refusals, of the
-- token and of the client.
--
-- Caller    mcp, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the config, where it stood refused; the vault entry that holds the refresh token, then the login's own
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
declare
  v_holder public.upstream_oauth_tokens;
begin
  if p_upstream_token_id is null or p_lease_hash is null or p_access_token is null then
    raise exception using errcode = '22004', message = 'a refresh names its vault entry, its lease and a token';
  end if;

  update public.custom_oauth_configs as config
  set client_refused_at = null, client_refused_reason = null
  where config.id = (
      select login.oauth_config_id
      from public.upstream_oauth_tokens as login
      where login.id = p_upstream_token_id
    )
    and config.client_refused_at is not null;

  v_holder := public.lock_refresh_holder(p_upstream_token_id => p_upstream_token_id);
  if v_holder.refresh_lease_hash is distinct from p_lease_hash then
    if exists (
      select from public.upstream_oauth_tokens as upstream
      where upstream.id = p_upstream_token_id and upstream.ended_at is null
    ) then
      return row('lease_lost')::public.upstream_refresh_storing;
    end if;
    return row('ended')::public.upstream_refresh_storing;
  end if;

  update public.upstream_oauth_tokens as holder
  set refresh_token_ciphertext = coalesce(p_refresh_token, holder.refresh_token_ciphertext),
      refresh_leased_until = null,
      refresh_lease_hash = null,
      first_refused_at = null,
      refusals = 0
  where holder.id = v_holder.id;
  update public.upstream_oauth_tokens as upstream
  set access_token_ciphertext = p_access_token,
      scope = coalesce(p_scope, upstream.scope),
      expires_at = p_expires_at,
      refreshed_at = now()
  where upstream.id = p_upstream_token_id and upstream.ended_at is null;
  return row(case when found then 'stored' else 'ended' end)::public.upstream_refresh_storing;
end
$$;

revoke all on function public.store_upstream_refresh from public, anon, authenticated, service_role;
grant execute on function public.store_upstream_refresh to service_role;
