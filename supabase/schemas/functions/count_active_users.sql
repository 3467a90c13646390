-- count_active_users: notes of whoever called when that was, and counts the people of each day, week and month.
--
-- Whether somebody is new in a time is asked of mcp_call_days. The row of the
-- activity is held before that, so nobody else counts the same person meanwhile. The
-- question is a subquery of one value: PostgreSQL may plan "not exists" as a scan of
-- the table.
--
-- Caller    record_mcp_calls, before it counts the calls
-- Rights    invoker, granted to nobody
-- Locks     the activity of each user, then the days, weeks and months
create function public.count_active_users(p_entries public.mcp_call_entry[])
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into public.mcp_user_activity as activity
    (organization_id, mcp_server_user_id, first_called_on, last_called_on, calls, last_day_calls)
  select entry.organization_id, entry.mcp_server_user_id, min(entry.day), max(entry.day), count(*),
    (array_agg(entry.calls_of_day order by entry.day desc))[1]
  from (
    select each.organization_id, each.mcp_server_user_id, each.day,
      count(*) over (partition by each.mcp_server_user_id, each.day) as calls_of_day
    from unnest(p_entries) as each
    where each.is_call and each.mcp_server_user_id is not null
  ) as entry
  group by entry.organization_id, entry.mcp_server_user_id
  order by entry.organization_id, entry.mcp_server_user_id
  on conflict on constraint activity_is_one_row do update
  set first_called_on = least(activity.first_called_on, excluded.first_called_on),
      last_called_on = greatest(activity.last_called_on, excluded.last_called_on),
      calls = activity.calls + excluded.calls,
      last_day_calls = case
        when activity.last_called_on = excluded.last_called_on then activity.last_day_calls + excluded.last_day_calls
        when activity.last_called_on > excluded.last_called_on then activity.last_day_calls
        else excluded.last_day_calls
      end;

  insert into public.mcp_active_days as active (organization_id, period, starts_on, known, visitors)
  select newcomer.organization_id, newcomer.period, newcomer.starts_on,
    count(*) filter (where newcomer.is_known), count(*) filter (where not newcomer.is_known)
  from (
    select distinct entry.organization_id, entry.mcp_server_user_id, entry.is_known, time.period, time.starts_on
    from (
      select distinct each.organization_id, each.mcp_server_user_id, each.day, each.is_known
      from unnest(p_entries) as each
      where each.is_call and each.mcp_server_user_id is not null
    ) as entry
    cross join lateral (
      values
        ('day', entry.day, entry.day),
        ('week', date_trunc('week', entry.day::timestamp)::date, date_trunc('week', entry.day::timestamp)::date + 6),
        ('month', date_trunc('month', entry.day::timestamp)::date,
          (date_trunc('month', entry.day::timestamp) + interval '1 month')::date - 1)
    ) as time (period, starts_on, ends_on)
    where (
      select counted.day from public.mcp_call_days as counted
      where counted.organization_id = entry.organization_id
        and counted.mcp_server_user_id = entry.mcp_server_user_id
        and counted.day between time.starts_on and time.ends_on
        and counted.method <> 'initialize'
      limit 1
    ) is null
  ) as newcomer
  group by newcomer.organization_id, newcomer.period, newcomer.starts_on
  order by newcomer.organization_id, newcomer.period, newcomer.starts_on
  on conflict on constraint active_people_are_one_row do update
  set known = active.known + excluded.known,
      visitors = active.visitors + excluded.visitors;
end
$$;

revoke all on function public.count_active_users from public, anon, authenticated, service_role;
