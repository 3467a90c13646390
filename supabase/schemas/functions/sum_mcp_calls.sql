-- sum_mcp_calls: adds calls to the sums of their day, and moves whoever comes back to the new last day.
--
-- Caller    count_mcp_calls, before it notes the new last day of each person
-- Rights    invoker, granted to nobody
-- Locks     the sums of calls
create function public.sum_mcp_calls(p_entries public.mcp_call_entry[])
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into public.mcp_call_sums as total
    (organization_id, mcp_server_id, day, method, name, calls, succeeded, failed, refused, cancelled, known_calls,
     visitor_calls, milliseconds, bytes_in, bytes_out, durations, last_users)
  with called as (
    select entry.organization_id, entry.mcp_server_id, entry.day, entry.method, entry.name, count(*) as calls,
      count(*) filter (where entry.outcome = 'ok') as succeeded,
      count(*) filter (where entry.outcome in ('tool_error', 'rpc_error', 'http_error', 'unanswered')) as failed,
      count(*) filter (where entry.outcome = 'refused') as refused,
      count(*) filter (where entry.outcome = 'cancelled') as cancelled,
      count(*) filter (where entry.is_known) as known_calls,
      count(*) filter (where not entry.is_known and entry.mcp_server_user_id is not null) as visitor_calls,
      sum(entry.milliseconds) as milliseconds, sum(entry.bytes_in) as bytes_in, sum(entry.bytes_out) as bytes_out,
      array_agg(least(floor(4 * log(2, greatest(entry.milliseconds, 1)))::integer + 1, 80)) as places
    from unnest(p_entries) as entry
    group by entry.organization_id, entry.mcp_server_id, entry.day, entry.method, entry.name
  ), seen as (
    select entry.organization_id, entry.mcp_server_id, entry.method, entry.name, known.last_called_on as former_day,
      max(entry.day) as day
    from unnest(p_entries) as entry
    left join public.mcp_tool_users as known
      on known.organization_id = entry.organization_id and known.mcp_server_user_id = entry.mcp_server_user_id
      and known.tool_key = md5(entry.mcp_server_id || ' ' || entry.method || ' ' || entry.name)::uuid
    where entry.mcp_server_user_id is not null and entry.name <> ''
    group by entry.organization_id, entry.mcp_server_user_id, entry.mcp_server_id, entry.method, entry.name,
      known.last_called_on
    having known.last_called_on is null or max(entry.day) > known.last_called_on
  ), moved as (
    select step.organization_id, step.mcp_server_id, step.day, step.method, step.name, sum(step.users) as users
    from (
      select seen.organization_id, seen.mcp_server_id, seen.day, seen.method, seen.name, 1 as users from seen
      union all
      select seen.organization_id, seen.mcp_server_id, seen.former_day, seen.method, seen.name, -1 from seen
      where seen.former_day is not null
    ) as step
    group by step.organization_id, step.mcp_server_id, step.day, step.method, step.name
  )
  select organization_id, mcp_server_id, day, method, name, coalesce(called.calls, 0), coalesce(called.succeeded, 0),
    coalesce(called.failed, 0), coalesce(called.refused, 0), coalesce(called.cancelled, 0),
    coalesce(called.known_calls, 0), coalesce(called.visitor_calls, 0), coalesce(called.milliseconds, 0),
    coalesce(called.bytes_in, 0), coalesce(called.bytes_out, 0),
    array(
      select (select count(*) from unnest(called.places) as taken where taken = place)::integer
      from generate_series(1, 80) as place order by place
    ),
    coalesce(moved.users, 0)
  from called
  full join moved using (organization_id, mcp_server_id, day, method, name)
  order by organization_id, day, mcp_server_id, method, name
  on conflict on constraint call_sum_is_one_row do update
  set calls = total.calls + excluded.calls,
      succeeded = total.succeeded + excluded.succeeded,
      failed = total.failed + excluded.failed,
      refused = total.refused + excluded.refused,
      cancelled = total.cancelled + excluded.cancelled,
      known_calls = total.known_calls + excluded.known_calls,
      visitor_calls = total.visitor_calls + excluded.visitor_calls,
      milliseconds = total.milliseconds + excluded.milliseconds,
      bytes_in = total.bytes_in + excluded.bytes_in,
      bytes_out = total.bytes_out + excluded.bytes_out,
      durations = public.add_durations(p_one => total.durations, p_other => excluded.durations),
      last_users = total.last_users + excluded.last_users;
end
$$;

revoke all on function public.sum_mcp_calls from public, anon, authenticated, service_role;
