-- recount_mcp_callers: what follows from the counted calls of some people: which tools they use, and when they called.
--
-- The sums of a day know how many people had their last day then, so they change by
-- the difference.
--
-- Caller    move_mcp_calls, which holds the activity of these people
-- Rights    invoker, granted to nobody
-- Locks     the sums of calls
create function public.recount_mcp_callers(p_organization_id text, p_mcp_server_user_ids text[])
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into public.mcp_call_sums as total
    (organization_id, mcp_server_id, day, method, name, calls, succeeded, failed, refused, cancelled, known_calls,
     visitor_calls, milliseconds, bytes_in, bytes_out, durations, last_users)
  select p_organization_id, step.mcp_server_id, step.day, step.method, step.name, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    array_fill(0, array[80]), sum(step.users)
  from (
    select known.mcp_server_id, known.last_called_on as day, known.method, known.name, -1 as users
    from public.mcp_tool_users as known
    where known.organization_id = p_organization_id and known.mcp_server_user_id = any (p_mcp_server_user_ids)
    union all
    select counted.mcp_server_id, max(counted.day), counted.method, counted.name, 1
    from public.mcp_call_days as counted
    where counted.organization_id = p_organization_id and counted.mcp_server_user_id = any (p_mcp_server_user_ids)
    group by counted.mcp_server_user_id, counted.mcp_server_id, counted.method, counted.name
  ) as step
  group by step.mcp_server_id, step.day, step.method, step.name
  having sum(step.users) <> 0
  order by step.day, step.mcp_server_id, step.method, step.name
  on conflict on constraint call_sum_is_one_row do update
  set last_users = total.last_users + excluded.last_users;

  delete from public.mcp_tool_users as known
  where known.organization_id = p_organization_id and known.mcp_server_user_id = any (p_mcp_server_user_ids);
  insert into public.mcp_tool_users
    (organization_id, mcp_server_user_id, mcp_server_id, method, name, first_called_on, last_called_on, calls, failed,
     milliseconds)
  select counted.organization_id, counted.mcp_server_user_id, counted.mcp_server_id, counted.method, counted.name,
    min(counted.day), max(counted.day), sum(counted.calls),
    coalesce(
      sum(counted.calls)
        filter (where counted.outcome in ('tool_error', 'rpc_error', 'http_error', 'unanswered')),
      0
    ),
    sum(counted.milliseconds)
  from public.mcp_call_days as counted
  where counted.organization_id = p_organization_id and counted.mcp_server_user_id = any (p_mcp_server_user_ids)
  group by counted.organization_id, counted.mcp_server_user_id, counted.mcp_server_id, counted.method, counted.name;

  update public.mcp_user_activity as activity
  set first_called_on = counted.first_called_on,
      last_called_on = counted.last_called_on,
      calls = coalesce(counted.calls, 0),
      came_back_on = (
        select min(later.day) from public.mcp_call_days as later
        where later.organization_id = p_organization_id
          and later.mcp_server_user_id = person.id
          and later.day >= counted.first_called_on + 3
          and later.method <> 'initialize'
      ),
      last_day_calls = coalesce(
        (
          select sum(latest.calls) from public.mcp_call_days as latest
          where latest.organization_id = p_organization_id
            and latest.mcp_server_user_id = person.id
            and latest.day = counted.last_called_on
            and latest.method <> 'initialize'
        ),
        0
      )
  from unnest(p_mcp_server_user_ids) as person (id)
  left join lateral (
    select min(each.day) as first_called_on, max(each.day) as last_called_on, sum(each.calls) as calls
    from public.mcp_call_days as each
    where each.organization_id = p_organization_id
      and each.mcp_server_user_id = person.id
      and each.method <> 'initialize'
  ) as counted on true
  where activity.organization_id = p_organization_id and activity.mcp_server_user_id = person.id;
  perform public.note_first_calls(p_mcp_server_user_ids => p_mcp_server_user_ids);
end
$$;

revoke all on function public.recount_mcp_callers from public, anon, authenticated, service_role;
