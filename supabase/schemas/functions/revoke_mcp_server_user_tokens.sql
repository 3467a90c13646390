-- revoke_mcp_server_user_tokens: logs an end user out everywhere.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, the user, then its codes, token families and vault entries
--           (lock order: supabase/schemas/README.md)
-- Outcomes  revoked | forbidden | unknown_user
-- Raises    22004 when p_mcp_server_user_id is null
create function public.revoke_mcp_server_user_tokens(p_mcp_server_user_id text)
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
    p_organization_id => v_user.organization_id,
    p_mcp_server_user_id => v_user.id,
    p_reason => 'organization_revoked'
  );
  perform public.record_platform_event(
    p_organization_id => v_user.organization_id,
    p_event => 'user_tokens_revoked',
    p_mcp_server_user_id => v_user.id
  );
  v_change.outcome := 'revoked';
  v_change.id := v_user.id;
  return v_change;
end
$$;

revoke all on function public.revoke_mcp_server_user_tokens from public, anon, authenticated, service_role;
grant execute on function public.revoke_mcp_server_user_tokens to authenticated;
