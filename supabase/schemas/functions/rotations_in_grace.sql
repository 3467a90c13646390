-- rotations_in_grace: the replaced tokens of a family whose grace is not over, the oldest first.
--
-- older_by counts from now here, and not from rotated_at. Null when there is
-- none.
--
-- Caller    rotate_refresh_token
-- Rights    invoker, granted to nobody
-- Locks     none
create function public.rotations_in_grace(p_family public.mcp_proxy_tokens)
returns public.token_rotation[]
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select array_agg(
      (kept.refresh_hash, kept.successor_ciphertext, kept.older_by + (now() - p_family.rotated_at))::public.token_rotation
      order by kept.position
    )
    from unnest(
      p_family.earlier_rotations
      || (p_family.previous_refresh_hash, p_family.successor_ciphertext, interval '0')::public.token_rotation
    ) with ordinality as kept (refresh_hash, successor_ciphertext, older_by, position)
    where kept.older_by + (now() - p_family.rotated_at) < public.refresh_grace()
  );
end
$$;

revoke all on function public.rotations_in_grace from public, anon, authenticated, service_role;
