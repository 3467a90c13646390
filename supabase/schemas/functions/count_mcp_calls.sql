-- count_mcp_calls: counts calls by day: of each person, of each server, and who uses what.
--
-- Rows that others count in as well are taken in the order of their keys. A person's
-- own rows need none: the activity is held (count_active_users).
--
-- Caller    record_mcp_calls
-- Rights    invoker, granted to nobody
-- Locks     the days of calls, then the sums of calls, then users whom nobody holds
create function public.count_mcp_calls(p_entries public.mcp_call_entry[])
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into public.mcp_call_days as counted
    (organization_id, mcp_server_id, mcp_server_user_id, client_id, method, name, outcome, day, calls, milliseconds,
     bytes_in, bytes_out)
  select entry.organization_id, entry.mcp_server_id, entry.mcp_server_user_id, entry.client_id, entry.method, entry.name,
    entry.outcome, entry.day, count(*), sum(entry.milliseconds), sum(entry.bytes_in), sum(entry.bytes_out)
  from unnest(p_entries) as entry
  where entry.name <> ''
  group by entry.organization_id, entry.mcp_server_user_id, entry.day, entry.mcp_server_id, entry.client_id,
    entry.method, entry.name, entry.outcome
  order by entry.organization_id, entry.mcp_server_user_id, entry.day, entry.mcp_server_id, entry.client_id,
    entry.method, entry.name, entry.outcome
  on conflict on constraint calls_of_a_day_are_counted_in_one_row do update
  set calls = counted.calls + excluded.calls,
      milliseconds = counted.milliseconds + excluded.milliseconds,
      bytes_in = counted.bytes_in + excluded.bytes_in,
      bytes_out = counted.bytes_out + excluded.bytes_out;

  update public.mcp_user_activity as activity
  set came_back_on = (
    select min(counted.day) from public.mcp_call_days as counted
    where counted.organization_id = activity.organization_id
      and counted.mcp_server_user_id = activity.mcp_server_user_id
      and counted.day >= activity.first_called_on + 3
      and counted.method <> 'initialize'
  )
  from (
    select entry.organization_id, entry.mcp_server_user_id, min(entry.day) as day
    from unnest(p_entries) as entry
    where entry.is_call
    group by entry.organization_id, entry.mcp_server_user_id
  ) as called
  where activity.organization_id = called.organization_id
    and activity.mcp_server_user_id = called.mcp_server_user_id
    and activity.last_called_on >= activity.first_called_on + 3
    and (activity.came_back_on is null or activity.came_back_on > called.day);

  perform public.sum_mcp_calls(p_entries => p_entries);

  insert into public.mcp_tool_users as pair
    (organization_id, mcp_server_user_id, mcp_server_id, method, name, first_called_on, last_called_on, calls, failed,
     milliseconds)
  select entry.organization_id, entry.mcp_server_user_id, entry.mcp_server_id, entry.method, entry.name, min(entry.day),
    max(entry.day), count(*),
    count(*) filter (where entry.outcome in ('tool_error', 'rpc_error', 'http_error', 'unanswered')),
    sum(entry.milliseconds)
  from unnest(p_entries) as entry
  where entry.name <> '' and entry.mcp_server_user_id is not null
  group by entry.organization_id, entry.mcp_server_user_id, entry.mcp_server_id, entry.method, entry.name
  on conflict on constraint tool_user_is_one_row do update
  set first_called_on = least(pair.first_called_on, excluded.first_called_on),
      last_called_on = greatest(pair.last_called_on, excluded.last_called_on),
      calls = pair.calls + excluded.calls,
      failed = pair.failed + excluded.failed,
      milliseconds = pair.milliseconds + excluded.milliseconds;

  perform public.note_first_calls(
    p_mcp_server_user_ids => array(
      select distinct entry.mcp_server_user_id from unnest(p_entries) as entry
      where entry.is_call and entry.mcp_server_user_id is not null
    )
  );
end
$$;

revoke all on function public.count_mcp_calls from public, anon, authenticated, service_role;
