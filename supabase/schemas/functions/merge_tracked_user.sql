-- merge_tracked_user: gives the history of an anonymous, tracked row to a user who is already known.
--
-- Whoever holds tokens of the anonymous row must not act as the user, so the row
-- is deleted with everything that was issued to it. The user takes over its MCP
-- sessions, its calls, its first appearance and its tracking id. How many calls a
-- visitor may have is limited (row_bounds), and so is what a login does here.
--
-- Caller    resolve_mcp_server_user, which holds the user's row
-- Rights    invoker, granted to nobody
-- Locks     the anonymous row, then its MCP sessions, codes, families and vault entries,
--           then the activity of both, days and sums of calls
--           (lock order: supabase/schemas/README.md)
create function public.merge_tracked_user(p_organization_id text, p_tracking_hash text, p_mcp_server_user_id text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_tracked public.mcp_server_user;
begin
  select * into v_tracked
  from public.mcp_server_user as tracked
  where tracked.organization_id = p_organization_id
    and tracked.tracking_hash = p_tracking_hash
    and tracked.upstream_sub is null
    and tracked.blocked_at is null
  for no key update;
  if not found then
    return;
  end if;

  update public.mcp_server_session as history
  set mcp_server_user_id = p_mcp_server_user_id
  where history.id = any (array(
      select own.id from public.mcp_server_session as own
      where own.organization_id = p_organization_id and own.mcp_server_user_id = v_tracked.id
      order by own.id
      for no key update
    ))
    and not exists (
      select from public.mcp_server_session as own
      where own.mcp_server_id = history.mcp_server_id
        and own.mcp_server_user_id = p_mcp_server_user_id
        and own.session_hash = history.session_hash
    );
  perform public.withdraw_user_tokens(
    p_organization_id => p_organization_id, p_mcp_server_user_id => v_tracked.id, p_reason => 'user_merged'
  );
  -- Whoever records calls of the row that goes is waited for, and records no more of it.
  perform from public.mcp_server_user as tracked where tracked.id = v_tracked.id for update;
  perform public.move_mcp_calls(
    p_organization_id => p_organization_id, p_from_user_id => v_tracked.id, p_to_user_id => p_mcp_server_user_id
  );
  delete from public.mcp_server_user as tracked
  where tracked.id = v_tracked.id;
  update public.mcp_server_user as claimant
  set first_seen_at = least(claimant.first_seen_at, v_tracked.first_seen_at),
      tracked_at = least(claimant.tracked_at, v_tracked.tracked_at),
      claimed_at = coalesce(claimant.claimed_at, now()),
      tracking_hash = coalesce(claimant.tracking_hash, p_tracking_hash)
  where claimant.id = p_mcp_server_user_id;

  perform public.record_audit_event(
    p_organization_id => p_organization_id,
    p_event => 'user_merged',
    p_mcp_server_user_id => p_mcp_server_user_id
  );
end
$$;

revoke all on function public.merge_tracked_user from public, anon, authenticated, service_role;
