-- store_upstream_refresh: puts refreshed tokens into the vault and gives the lease back.
--
-- Where the provider sends no refresh token, the old one stays good. Only the
-- holder of the lease stores. A lease that ran out still belongs to its holder
-- until another worker takes it. The refresh token goes to the entry that lent
-- it, even where the login that asked has ended: another may live on it. A
-- refresh that succeeds forgets earlier refusals, of the token and of the client.
--
-- Caller    mcp, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the config, where its client stood refused; the vault entry that holds the refresh token, then the login's
--           (lock order: supabase/schemas/README.md)
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
returns text
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
      return 'lease_lost';
    end if;
    return 'ended';
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
  return case when found then 'stored' else 'ended' end;
end
$$;

revoke all on function public.store_upstream_refresh from public, anon, authenticated, service_role;
grant execute on function public.store_upstream_refresh to service_role, gatepost_functions;
