-- release_upstream_refresh: gives a lease back after a temporary failure.
--
-- Only for a request that the provider has answered, or that was never sent.
-- After a time-out the refresh token may be spent: the worker then lets the
-- lease run out, which tells the next worker.
--
-- Caller    mcp, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the vault entry that holds the refresh token
-- Outcomes  released | lease_lost
-- Raises    22004 when an argument is null
create function public.release_upstream_refresh(p_upstream_token_id text, p_lease_hash text)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_holder public.upstream_oauth_tokens;
begin
  if p_upstream_token_id is null or p_lease_hash is null then
    raise exception using errcode = '22004', message = 'p_upstream_token_id and p_lease_hash must not be null';
  end if;

  v_holder := public.lock_refresh_holder(p_upstream_token_id => p_upstream_token_id);
  update public.upstream_oauth_tokens as holder
  set refresh_leased_until = null, refresh_lease_hash = null
  where holder.id = v_holder.id and holder.refresh_lease_hash = p_lease_hash;
  return case when found then 'released' else 'lease_lost' end;
end
$$;

revoke all on function public.release_upstream_refresh from public, anon, authenticated, service_role;
grant execute on function public.release_upstream_refresh to service_role, gatepost_functions;
