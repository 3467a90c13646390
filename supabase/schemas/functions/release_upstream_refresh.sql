-- release_upstream_refresh: gives a lease back after a failure of the moment.
--
-- Only for a request that the provider has answered, or that never left: after
-- a time-out the refresh token may be spent, and the lease is better left to
-- run out, so that the next worker knows.
--
-- Caller    mcp, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the vault entry
-- Outcomes  released | lease_lost
-- Raises    22004 when an argument is null
create function public.release_upstream_refresh(p_upstream_token_id text, p_lease_hash text)
returns public.upstream_refresh_release
language plpgsql
security definer
set search_path = ''
as $$
begin
  if p_upstream_token_id is null or p_lease_hash is null then
    raise exception using errcode = '22004', message = 'p_upstream_token_id and p_lease_hash must not be null';
  end if;

  update public.upstream_oauth_tokens as upstream
  set refresh_leased_until = null, refresh_lease_hash = null
  where upstream.id = p_upstream_token_id and upstream.refresh_lease_hash = p_lease_hash;
  return row(case when found then 'released' else 'lease_lost' end)::public.upstream_refresh_release;
end
$$;

revoke all on function public.release_upstream_refresh from public, anon, authenticated, service_role;
grant execute on function public.release_upstream_refresh to service_role;
