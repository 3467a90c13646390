-- unmerge_mcp_server_users: takes a merge of two end users back.
--
-- The user who was merged is there again, with the same id, the row as it was, and
-- the identities, MCP sessions and calls that the other took over and still has. The
-- tokens of both end: what was issued since the merge may be either's, so both log
-- in again. A tracking id that somebody else has by now stays with them.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, the user who stayed, then its codes, token families and vault entries,
--           then the activity of both, days and sums of calls
--           (lock order: supabase/schemas/README.md)
-- Outcomes  taken_back | forbidden | unknown_merge
-- Raises    22004 when p_merge_id is null
create function public.unmerge_mcp_server_users(p_merge_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_merge public.mcp_server_user_merges;
  v_restored public.mcp_server_user;
  v_role text;
  v_change public.platform_change;
begin
  if p_merge_id is null then
    raise exception using errcode = '22004', message = 'p_merge_id must not be null';
  end if;

  select * into v_merge
  from public.mcp_server_user_merges as merge
  where merge.id = p_merge_id and public.platform_role(merge.organization_id) is not null;
  perform public.hold_organization(p_organization_id => v_merge.organization_id);
  perform from public.mcp_server_user as holder where holder.id = v_merge.mcp_server_user_id for no key update;
  -- Read again under the lock: somebody else may have taken it back meanwhile.
  select * into v_merge
  from public.mcp_server_user_merges as merge
  where merge.id = v_merge.id and merge.taken_back_at is null;
  v_role := public.platform_role(v_merge.organization_id);
  v_change.outcome := case
    when v_merge.id is null or v_role is null then 'unknown_merge'
    when v_role = 'member' then 'forbidden'
    else 'taken_back'
  end;
  if v_change.outcome <> 'taken_back' then
    return v_change;
  end if;

  v_restored := jsonb_populate_record(null::public.mcp_server_user, v_merge.merged_user);
  if exists (
    select from public.mcp_server_user as other
    where other.organization_id = v_restored.organization_id and other.tracking_hash = v_restored.tracking_hash
  ) then
    v_restored.tracking_hash := null;
  end if;
  insert into public.mcp_server_user select v_restored.*;
  update public.mcp_server_user_identities as identity
  set mcp_server_user_id = v_restored.id
  from jsonb_to_recordset(v_merge.identities) as moved (source text, subject text)
  where identity.organization_id = v_merge.organization_id
    and identity.source = moved.source
    and identity.subject = moved.subject
    and identity.mcp_server_user_id = v_merge.mcp_server_user_id;
  update public.mcp_server_session as history
  set mcp_server_user_id = v_restored.id
  where history.id = any (v_merge.session_ids) and history.mcp_server_user_id = v_merge.mcp_server_user_id;
  perform public.withdraw_user_tokens(
    p_organization_id => v_merge.organization_id,
    p_mcp_server_user_id => v_merge.mcp_server_user_id,
    p_reason => 'users_unmerged'
  );
  perform public.move_mcp_calls(
    p_organization_id => v_merge.organization_id, p_from_user_id => v_merge.mcp_server_user_id,
    p_to_user_id => v_restored.id, p_of_merge_id => v_merge.id
  );
  update public.mcp_server_user_merges as merge
  set taken_back_at = now(), merged_user = '{}', identities = '[]', session_ids = '{}'
  where merge.id = v_merge.id;
  perform public.record_platform_event(
    p_organization_id => v_merge.organization_id,
    p_event => 'users_unmerged',
    p_object_id => v_merge.id,
    p_mcp_server_user_id => v_merge.mcp_server_user_id
  );
  v_change.id := v_restored.id;
  return v_change;
end
$$;

revoke all on function public.unmerge_mcp_server_users from public, anon, authenticated, service_role;
grant execute on function public.unmerge_mcp_server_users to authenticated;
