-- block_mcp_server_user: keeps an end user out, or lets one in again.
--
-- Nothing is withdrawn: a blocked user's tokens are refused, and are good again
-- once the user is let in again.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the table
-- Locks     the user
-- Outcomes  blocked | unblocked | forbidden | unknown_user
-- Raises    22004 when an argument is null
create function public.block_mcp_server_user(p_mcp_server_user_id text, p_blocked boolean default true)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_user public.mcp_server_user;
  v_role text;
  v_change public.platform_change;
begin
  if p_mcp_server_user_id is null or p_blocked is null then
    raise exception using errcode = '22004', message = 'p_mcp_server_user_id and p_blocked must not be null';
  end if;

  select * into v_user
  from public.mcp_server_user as holder
  where holder.id = p_mcp_server_user_id and public.platform_role(holder.organization_id) is not null
  for no key update;
  v_role := public.platform_role(v_user.organization_id);
  if v_role is null then
    return public.refuse_platform_change('unknown_user');
  end if;
  if v_role = 'member' then
    return public.refuse_platform_change('forbidden');
  end if;

  update public.mcp_server_user as holder
  set blocked_at = case when p_blocked then coalesce(holder.blocked_at, now()) end
  where holder.id = v_user.id;
  v_change.outcome := case when p_blocked then 'blocked' else 'unblocked' end;
  v_change.id := v_user.id;
  perform public.record_platform_event(
    p_organization_id => v_user.organization_id,
    p_event => 'user_' || v_change.outcome,
    p_mcp_server_user_id => v_user.id
  );
  return v_change;
end
$$;

revoke all on function public.block_mcp_server_user from public, anon, authenticated, service_role;
grant execute on function public.block_mcp_server_user to authenticated;
