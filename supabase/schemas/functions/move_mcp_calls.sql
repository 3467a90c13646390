-- move_mcp_calls: gives the calls of one end user to another, and counts anew what follows from them.
--
-- With p_of_merge_id only those move that this merge had brought, and they name no
-- merge any more: so a merge is taken back. How many people called in a time past is
-- not counted anew (mcp_active_days). A row of the activity is made where there is
-- none, so that it can be held.
--
-- Caller    merge_mcp_server_users, unmerge_mcp_server_users, merge_tracked_user, which hold both users
-- Rights    invoker, granted to nobody
-- Locks     the servers of the calls against deletion (key share), the activity of both, by id, then the days of calls, then the sums of calls
create function public.move_mcp_calls(
  p_organization_id text,
  p_from_user_id text,
  p_to_user_id text,
  p_merge_id text default null,
  p_of_merge_id text default null
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  -- Whoever deletes a server then deletes its calls: wait for that before touching any.
  perform from public.mcp_servers as server
  where server.organization_id = p_organization_id
    and server.id in (
      select counted.mcp_server_id from public.mcp_call_days as counted
      where counted.organization_id = p_organization_id and counted.mcp_server_user_id = p_from_user_id
    )
  order by server.id
  for key share;
  insert into public.mcp_user_activity (organization_id, mcp_server_user_id)
  select p_organization_id, holder.id
  from public.mcp_server_user as holder
  where holder.organization_id = p_organization_id and holder.id in (p_from_user_id, p_to_user_id)
  order by holder.id
  on conflict do nothing;
  perform from public.mcp_user_activity as activity
  where activity.organization_id = p_organization_id
    and activity.mcp_server_user_id in (p_from_user_id, p_to_user_id)
  order by activity.mcp_server_user_id
  for update;

  update public.mcp_calls as recorded
  set mcp_server_user_id = p_to_user_id, merge_id = p_merge_id
  where recorded.organization_id = p_organization_id
    and recorded.mcp_server_user_id = p_from_user_id
    and (p_of_merge_id is null or recorded.merge_id = p_of_merge_id);

  with moved as (
    delete from public.mcp_call_days as counted
    where counted.organization_id = p_organization_id
      and counted.mcp_server_user_id = p_from_user_id
      and (p_of_merge_id is null or counted.merge_id = p_of_merge_id)
    returning counted.*
  )
  insert into public.mcp_call_days as counted
    (organization_id, mcp_server_id, mcp_server_user_id, client_id, method, name, outcome, day, calls, milliseconds,
     bytes_in, bytes_out, merge_id)
  select moved.organization_id, moved.mcp_server_id, p_to_user_id, moved.client_id, moved.method, moved.name,
    moved.outcome, moved.day, sum(moved.calls), sum(moved.milliseconds), sum(moved.bytes_in), sum(moved.bytes_out),
    p_merge_id
  from moved
  group by moved.organization_id, moved.mcp_server_id, moved.client_id, moved.method, moved.name, moved.outcome, moved.day
  on conflict on constraint calls_of_a_day_are_counted_in_one_row do update
  set calls = counted.calls + excluded.calls,
      milliseconds = counted.milliseconds + excluded.milliseconds,
      bytes_in = counted.bytes_in + excluded.bytes_in,
      bytes_out = counted.bytes_out + excluded.bytes_out;

  perform public.recount_mcp_callers(
    p_organization_id => p_organization_id, p_mcp_server_user_ids => array[p_from_user_id, p_to_user_id]
  );
end
$$;

revoke all on function public.move_mcp_calls from public, anon, authenticated, service_role;
