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
language plpgsql
stable
set search_path = ''
as $$
declare
  v_rotations public.token_rotation[] := public.rotations_in_grace(p_family => p_family);
begin
  return (
    select array_agg(rotation.successor_ciphertext order by rotation.ordinality)
    from unnest(v_rotations) with ordinality as rotation
    where rotation.ordinality >= (
      select presented.ordinality
      from unnest(v_rotations) with ordinality as presented
      where presented.refresh_hash = p_refresh_hash
    )
  );
end
$$;

revoke all on function public.find_successors from public, anon, authenticated, service_role;
