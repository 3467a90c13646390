-- delete_mcp_server_user: deletes an end user, with identities, sessions and tokens.
--
-- Recorded calls go, and what was counted of them is nobody's. Audit events stay for
-- the organization's retention: they name the user by id only.
-- A later login of the same person makes a new user.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, the user, then its codes, token families and vault entries, then days of calls
--           (lock order: supabase/schemas/README.md)
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
  v_identities integer;
  v_change public.platform_change;
begin
  if p_mcp_server_user_id is null then
    raise exception using errcode = '22004', message = 'p_mcp_server_user_id must not be null';
  end if;

  perform public.hold_organization(p_organization_id => (
    select holder.organization_id from public.mcp_server_user as holder where holder.id = p_mcp_server_user_id
  ));
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

  perform public.withdraw_user_tokens(
    p_organization_id => v_user.organization_id, p_mcp_server_user_id => v_user.id, p_reason => 'user_deleted'
  );
  delete from public.mcp_server_user_identities as identity
  where identity.organization_id = v_user.organization_id and identity.mcp_server_user_id = v_user.id;
  get diagnostics v_identities = row_count;
  delete from public.mcp_server_user as holder where holder.id = v_user.id;
  delete from public.mcp_calls as recorded
  where recorded.organization_id = v_user.organization_id and recorded.mcp_server_user_id = v_user.id;
  perform public.forget_mcp_callers(
    p_organization_ids => array[v_user.organization_id], p_mcp_server_user_ids => array[v_user.id]
  );
  perform public.count_gone_identities(p_organization_id => v_user.organization_id, p_gone => v_identities);
  perform public.record_platform_event(
    p_organization_id => v_user.organization_id, p_event => 'user_deleted', p_mcp_server_user_id => v_user.id
  );
  v_change.outcome := 'deleted';
  v_change.id := v_user.id;
  return v_change;
end
$$;

revoke all on function public.delete_mcp_server_user from public, anon, authenticated, service_role;
grant execute on function public.delete_mcp_server_user to authenticated;
