-- delete_mcp_server_user: forgets an end user, with identities, sessions and tokens.
--
-- Audit events stay as long as they would have: they name the user by id only.
-- A later login of the same person makes a new user.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the user, then its codes, token families and vault entries
-- Outcomes  deleted | forbidden | unknown_user
-- Raises    22004 when p_mcp_server_user_id is null
create function public.delete_mcp_server_user(p_mcp_server_user_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_user public.mcp_server_user;
  v_role text;
begin
  if p_mcp_server_user_id is null then
    raise exception using errcode = '22004', message = 'p_mcp_server_user_id must not be null';
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

  perform public.withdraw_user_tokens(v_user.organization_id, v_user.id, 'user_deleted');
  delete from public.mcp_server_user as holder where holder.id = v_user.id;
  perform public.record_platform_event(v_user.organization_id, 'user_deleted', null, null, v_user.id);
  return ('deleted', v_user.id, null)::public.platform_change;
end
$$;

revoke all on function public.delete_mcp_server_user from public, anon, authenticated, service_role;
grant execute on function public.delete_mcp_server_user to authenticated;
