-- merge_mcp_server_users: makes one end user of two who are the same person.
--
-- The user who stays takes over the other's identities, MCP sessions and calls; the
-- other row is deleted, and its tokens end, because they name it: its clients log in
-- again. Both must sign in the same way: a user of the platform's sign-in is never
-- linked with one of an organization's provider, and a visitor is claimed by a
-- login. A blocked user is merged with nobody, so that nobody gets in again that
-- way. What stays keeps its own address and profile. The merge can be taken back
-- (unmerge_mcp_server_users) as long as the user who stays exists.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, both users by id, then the other's MCP sessions, codes, token families and
--           vault entries, then the activity of both, days and sums of calls
--           (lock order: supabase/schemas/README.md)
-- Outcomes  merged | forbidden | unknown_user | same_user | different_sign_in | user_blocked
-- Raises    22004 when an argument is null
create function public.merge_mcp_server_users(p_mcp_server_user_id text, p_merged_user_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_user public.mcp_server_user;
  v_merged public.mcp_server_user;
  v_role text;
  v_identities jsonb;
  v_session_ids text[];
  v_merge_id text := public.new_id('mrg_');
  v_change public.platform_change;
begin
  if p_mcp_server_user_id is null or p_merged_user_id is null then
    raise exception using errcode = '22004', message = 'p_mcp_server_user_id and p_merged_user_id must not be null';
  end if;

  perform public.hold_organization(p_organization_id => (
    select holder.organization_id from public.mcp_server_user as holder where holder.id = p_mcp_server_user_id
  ));
  perform from public.mcp_server_user as holder
  where holder.id in (p_mcp_server_user_id, p_merged_user_id)
    and public.platform_role(holder.organization_id) is not null
  order by holder.id
  for no key update;
  select * into v_user
  from public.mcp_server_user as holder
  where holder.id = p_mcp_server_user_id and public.platform_role(holder.organization_id) is not null;
  select * into v_merged
  from public.mcp_server_user as holder
  where holder.id = p_merged_user_id and holder.organization_id = v_user.organization_id;
  v_role := public.platform_role(v_merged.organization_id);
  v_change.outcome := case
    when v_merged.id is null or v_role is null then 'unknown_user'
    when v_role = 'member' then 'forbidden'
    when v_user.id = v_merged.id then 'same_user'
    when v_user.auth_type <> v_merged.auth_type or v_user.auth_type = 'none' then 'different_sign_in'
    when v_user.blocked_at is not null or v_merged.blocked_at is not null then 'user_blocked'
    else 'merged'
  end;
  if v_change.outcome <> 'merged' then
    return v_change;
  end if;

  with moved as (
    update public.mcp_server_user_identities as identity
    set mcp_server_user_id = v_user.id
    where identity.organization_id = v_merged.organization_id and identity.mcp_server_user_id = v_merged.id
    returning identity.source, identity.subject
  )
  select coalesce(jsonb_agg(jsonb_build_object('source', moved.source, 'subject', moved.subject)), '[]')
  into v_identities from moved;
  with moved as (
    update public.mcp_server_session as history
    set mcp_server_user_id = v_user.id
    where history.organization_id = v_merged.organization_id
      and history.mcp_server_user_id = v_merged.id
      and not exists (
        select from public.mcp_server_session as own
        where own.mcp_server_id = history.mcp_server_id
          and own.mcp_server_user_id = v_user.id
          and own.session_hash = history.session_hash
      )
    returning history.id
  )
  select coalesce(array_agg(moved.id), '{}') into v_session_ids from moved;
  perform public.withdraw_user_tokens(
    p_organization_id => v_merged.organization_id, p_mcp_server_user_id => v_merged.id, p_reason => 'user_merged'
  );
  -- Whoever records calls of the row that goes is waited for, and records no more of it.
  perform from public.mcp_server_user as holder where holder.id = v_merged.id for update;
  perform public.move_mcp_calls(
    p_organization_id => v_merged.organization_id, p_from_user_id => v_merged.id, p_to_user_id => v_user.id,
    p_merge_id => v_merge_id
  );
  delete from public.mcp_server_user as holder where holder.id = v_merged.id;
  update public.mcp_server_user as holder
  set first_seen_at = least(holder.first_seen_at, v_merged.first_seen_at),
      last_seen_at = greatest(holder.last_seen_at, v_merged.last_seen_at),
      tracked_at = least(holder.tracked_at, v_merged.tracked_at),
      claimed_at = least(holder.claimed_at, v_merged.claimed_at)
  where holder.id = v_user.id;

  insert into public.mcp_server_user_merges
    (id, organization_id, mcp_server_user_id, merged_user_id, merged_user, identities, session_ids, merged_by)
  values
    (v_merge_id, v_user.organization_id, v_user.id, v_merged.id, to_jsonb(v_merged), v_identities, v_session_ids, auth.uid())
  returning id into v_change.id;
  perform public.record_platform_event(
    p_organization_id => v_user.organization_id,
    p_event => 'users_merged',
    p_object_id => v_change.id,
    p_mcp_server_user_id => v_user.id
  );
  return v_change;
end
$$;

revoke all on function public.merge_mcp_server_users from public, anon, authenticated, service_role;
grant execute on function public.merge_mcp_server_users to authenticated;
