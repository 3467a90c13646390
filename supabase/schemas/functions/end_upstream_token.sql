-- end_upstream_token: ends a login whose upstream token is of no use any more.
--
-- The token family ends with it: otherwise its client would go on refreshing
-- tokens that no call can use, and never log in again. The caller names the
-- access token that the provider refused, and holds the lease or finds none. A
-- worker with an outdated token ends nothing: the function compares the token
-- and the lease first. With the lease the caller says that the refresh token is
-- dead: then every login that lives on it ends. Without it this login ends alone.
--
-- Where the MCP server refused the token of the person's last login too, a few
-- minutes ago, another login would not help: this one stays, and the caller says
-- that the owner has to mend the server.
--
-- Caller    mcp, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the token family, then the vault entry that holds the refresh token, then the login's
--           (lock order: supabase/schemas/README.md)
-- Outcomes  ended | already_ended | changed | refused_again
-- Raises    22004 when an argument other than p_lease_hash is null
create function public.end_upstream_token(
  p_upstream_token_id text,
  p_lease_hash text,
  p_known_access_token text,
  p_reason text
)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_holder public.upstream_oauth_tokens;
  v_upstream public.upstream_oauth_tokens;
begin
  if p_upstream_token_id is null or p_known_access_token is null or p_reason is null then
    raise exception using errcode = '22004', message = 'an ending names its vault entry, the known token and a reason';
  end if;

  perform from public.mcp_proxy_tokens as family
  where family.upstream_token_id = p_upstream_token_id
  for update;
  v_holder := public.lock_refresh_holder(p_upstream_token_id => p_upstream_token_id);
  select * into v_upstream
  from public.upstream_oauth_tokens as upstream
  where upstream.id = p_upstream_token_id and upstream.ended_at is null;
  if not found then
    return 'already_ended';
  end if;
  if v_upstream.access_token_ciphertext <> p_known_access_token
    or (v_holder.refresh_leased_until > now() and v_holder.refresh_lease_hash is distinct from p_lease_hash) then
    return 'changed';
  end if;

  if p_reason = 'mcp_server_refused_token' and v_upstream.created_at > now() - interval '10 minutes' and exists (
    select from public.upstream_oauth_tokens as earlier
    where earlier.organization_id = v_upstream.organization_id
      and earlier.mcp_server_user_id = v_upstream.mcp_server_user_id
      and earlier.oauth_config_id = v_upstream.oauth_config_id
      and earlier.ended_reason = p_reason
      and earlier.ended_at > v_upstream.created_at - interval '10 minutes'
  ) then
    return 'refused_again';
  end if;

  perform public.end_login(p_upstream_token_id => v_upstream.id, p_reason => p_reason);
  if p_lease_hash is not null then
    perform public.end_lent_refresh(p_holder_id => v_holder.id, p_reason => p_reason);
  end if;
  return 'ended';
end
$$;

revoke all on function public.end_upstream_token from public, anon, authenticated, service_role;
grant execute on function public.end_upstream_token to service_role;
