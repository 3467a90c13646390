-- find_successors: what leads from a replaced refresh token in its grace to the family's present one.
--
-- The presented token opens the first, what is in it the second, and so on; the
-- last holds the present token. Null when the token is not in its grace.
--
-- Caller    rotate_refresh_token
-- Rights    invoker, granted to nobody
-- Locks     none
create function public.find_successors(p_family public.mcp_proxy_tokens, p_refresh_hash text)
returns text[]
language sql
stable
set search_path = ''
as $$
  with rotation as (
    select kept.refresh_hash, kept.successor_ciphertext, kept.position
    from unnest(public.rotations_in_grace(p_family)) with ordinality
      as kept (refresh_hash, successor_ciphertext, older_by, position)
  )
  select array_agg(rotation.successor_ciphertext order by rotation.position)
  from rotation
  where rotation.position >= (
    select presented.position from rotation as presented where presented.refresh_hash = p_refresh_hash
  )
$$;

revoke all on function public.find_successors from public, anon, authenticated, service_role;
