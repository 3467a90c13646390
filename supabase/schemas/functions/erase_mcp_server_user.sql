-- erase_mcp_server_user: deletes an end user and takes the id out of the audit.
--
-- Beyond delete_mcp_server_user no audit event names the user any more, the
-- erasure's own included. Recorded calls go; what was counted of them stays as sums
-- without the person. They are deleted after the user, so that none is recorded meanwhile. The receipt counts what was erased and says when and by
-- whom; its id stands in the audit, so that both can be put side by side. The
-- client learns that its login has ended when it calls next.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, the user, then its codes, token families and vault entries, then days of calls
--           (lock order: supabase/schemas/README.md)
-- Outcomes  erased | forbidden | unknown_user
-- Raises    22004 when p_mcp_server_user_id is null
create function public.erase_mcp_server_user(p_mcp_server_user_id text)
returns public.user_erasure
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_user public.mcp_server_user;
  v_role text;
  v_receipt_id text := public.new_id('era_');
  v_erased jsonb;
  v_events integer;
  v_calls integer;
  v_erasure public.user_erasure;
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
  v_erasure.outcome := case
    when v_role is null then 'unknown_user'
    when v_role = 'member' then 'forbidden'
    else 'erased'
  end;
  if v_erasure.outcome <> 'erased' then
    return v_erasure;
  end if;

  perform public.withdraw_user_tokens(
    p_organization_id => v_user.organization_id, p_mcp_server_user_id => v_user.id, p_reason => 'user_deleted'
  );
  v_erased := jsonb_build_object(
    'people', 1,
    'identities', (
      select count(*) from public.mcp_server_user_identities as identity
      where identity.organization_id = v_user.organization_id and identity.mcp_server_user_id = v_user.id
    ),
    'logins', (
      select count(*) from public.mcp_proxy_tokens as family
      where family.organization_id = v_user.organization_id and family.mcp_server_user_id = v_user.id
    ),
    'upstream_tokens', (
      select count(*) from public.upstream_oauth_tokens as upstream
      where upstream.organization_id = v_user.organization_id and upstream.mcp_server_user_id = v_user.id
    ),
    'sessions', (
      select count(*) from public.mcp_server_session as history
      where history.organization_id = v_user.organization_id and history.mcp_server_user_id = v_user.id
    )
  );
  delete from public.mcp_server_user as holder where holder.id = v_user.id;
  delete from public.mcp_calls as recorded
  where recorded.organization_id = v_user.organization_id and recorded.mcp_server_user_id = v_user.id;
  get diagnostics v_calls = row_count;
  v_erased := v_erased || jsonb_build_object(
    'calls', v_calls,
    'days_of_calls', public.forget_mcp_callers(
      p_organization_ids => array[v_user.organization_id], p_mcp_server_user_ids => array[v_user.id]
    )
  );
  update public.mcp_audit_events as entry
  set mcp_server_user_id = null, repeat_key = null
  where entry.organization_id = v_user.organization_id and entry.mcp_server_user_id = v_user.id;
  get diagnostics v_events = row_count;

  perform public.count_gone_identities(
    p_organization_id => v_user.organization_id, p_gone => (v_erased ->> 'identities')::integer
  );
  perform public.record_platform_event(
    p_organization_id => v_user.organization_id, p_event => 'user_erased', p_object_id => v_receipt_id
  );
  v_erasure.receipt := jsonb_build_object(
    'receipt_id', v_receipt_id, 'organization_id', v_user.organization_id, 'erased_at', now(),
    'erased_by', auth.uid(), 'erased', v_erased, 'audit_events_without_name', v_events
  );
  return v_erasure;
end
$$;

revoke all on function public.erase_mcp_server_user from public, anon, authenticated, service_role;
grant execute on function public.erase_mcp_server_user to authenticated;
