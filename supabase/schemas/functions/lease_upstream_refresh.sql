-- lease_upstream_refresh: lets one worker refresh a vault entry while the others wait.
--
-- The caller names the access token that it found too old. If the entry holds
-- another by now, somebody has refreshed it, and the answer is that one. A lease
-- lasts 30 seconds, longer than any request to a provider may take. Where a
-- worker let its lease run out, nobody knows whether the provider has spent the
-- refresh token: the next worker learns it from lapsed, tries once more, and
-- ends the entry if the provider refuses. After a change of the client or of its
-- places the refresh token is not sent at all. A login that borrows its refresh
-- token takes the lease of the entry that holds it.
--
-- Caller    mcp, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the vault entry that holds the refresh token
-- Outcomes  leased | fresh | busy | ended | no_refresh_token | credentials_changed | config_disabled
-- Raises    22004 when an argument is null
create function public.lease_upstream_refresh(
  p_upstream_token_id text,
  p_lease_hash text,
  p_known_access_token text
)
returns public.upstream_refresh_lease
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_holder public.upstream_oauth_tokens;
  v_upstream public.upstream_oauth_tokens;
  v_config public.custom_oauth_configs;
  v_lease public.upstream_refresh_lease;
begin
  if p_upstream_token_id is null or p_lease_hash is null or p_known_access_token is null then
    raise exception using errcode = '22004', message = 'a lease names its vault entry, its holder and the known token';
  end if;

  v_holder := public.lock_refresh_holder(p_upstream_token_id => p_upstream_token_id);
  select * into v_upstream
  from public.upstream_oauth_tokens as upstream
  where upstream.id = p_upstream_token_id and upstream.ended_at is null;
  if not found then
    v_lease.outcome := 'ended';
    return v_lease;
  end if;
  if v_upstream.access_token_ciphertext <> p_known_access_token then
    v_lease.outcome := 'fresh';
    v_lease.access_token_ciphertext := v_upstream.access_token_ciphertext;
    v_lease.scope := v_upstream.scope;
    v_lease.expires_at := v_upstream.expires_at;
    v_lease.refreshed_at := v_upstream.refreshed_at;
    return v_lease;
  end if;

  select * into v_config from public.custom_oauth_configs as config where config.id = v_upstream.oauth_config_id;
  v_lease.outcome := case
    when v_config.disabled_at is not null then 'config_disabled'
    when v_holder.refresh_token_ciphertext is null then 'no_refresh_token'
    when v_upstream.client_generation <> v_config.client_generation then 'credentials_changed'
    when v_holder.refresh_leased_until > now() and v_holder.refresh_lease_hash <> p_lease_hash then 'busy'
    else 'leased'
  end;
  if v_lease.outcome = 'busy' then
    v_lease.leased_until := v_holder.refresh_leased_until;
  end if;
  if v_lease.outcome <> 'leased' then
    return v_lease;
  end if;

  update public.upstream_oauth_tokens as holder
  set refresh_leased_until = now() + interval '30 seconds', refresh_lease_hash = p_lease_hash
  where holder.id = v_holder.id
  returning holder.refresh_leased_until into v_lease.leased_until;
  select known.profile_refreshed_at into v_lease.profile_refreshed_at
  from public.mcp_server_user as known
  where known.id = v_upstream.mcp_server_user_id;
  v_lease.access_token_ciphertext := v_upstream.access_token_ciphertext;
  v_lease.refresh_token_id := v_holder.id;
  v_lease.refresh_token_ciphertext := v_holder.refresh_token_ciphertext;
  v_lease.scope := v_upstream.scope;
  v_lease.expires_at := v_upstream.expires_at;
  v_lease.refreshed_at := v_upstream.refreshed_at;
  v_lease.lapsed := v_holder.refresh_leased_until is not null;
  v_lease.config := public.describe_oauth_config(v_config);
  return v_lease;
end
$$;

revoke all on function public.lease_upstream_refresh from public, anon, authenticated, service_role;
grant execute on function public.lease_upstream_refresh to service_role;
