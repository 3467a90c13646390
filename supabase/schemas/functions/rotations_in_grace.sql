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
declare
  v_since_rotation interval := now() - p_family.rotated_at;
  v_rotation public.token_rotation;
  v_rotations public.token_rotation[];
begin
  foreach v_rotation in array coalesce(p_family.earlier_rotations, '{}') loop
    v_rotation.older_by := v_rotation.older_by + v_since_rotation;
    if v_rotation.older_by < public.refresh_grace() then
      v_rotations := v_rotations || v_rotation;
    end if;
  end loop;

  if v_since_rotation < public.refresh_grace() then
    v_rotation.refresh_hash := p_family.previous_refresh_hash;
    v_rotation.successor_ciphertext := p_family.successor_ciphertext;
    v_rotation.older_by := v_since_rotation;
    v_rotations := v_rotations || v_rotation;
  end if;
  return v_rotations;
end
$$;

revoke all on function public.rotations_in_grace from public, anon, authenticated, service_role;
