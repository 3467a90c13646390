/**
 * What is counted of calls, told from the recorded calls alone.
 *
 * The database counts while it records, so both must agree as long as no call is
 * gone: a test compares them, and a bench fills tables that nobody counted.
 *
 * @module
 */

const FAILED = "('tool_error', 'rpc_error', 'http_error', 'unanswered')";

/** A table of counts, its columns, and the statement that tells its rows; in the order in which they follow from each other. */
export const COUNTS: { table: string; columns: string; rows: string }[] = [
  {
    table: "mcp_call_days",
    columns:
      `organization_id, mcp_server_id, mcp_server_user_id, client_id, method, name, outcome, day, calls,
      milliseconds, bytes_in, bytes_out`,
    rows: `
      select organization_id, mcp_server_id, mcp_server_user_id, client_id, method, name, outcome,
        (started_at at time zone 'UTC')::date as day, count(*) as calls, sum(milliseconds)::bigint as milliseconds,
        sum(bytes_in)::bigint as bytes_in, sum(bytes_out)::bigint as bytes_out
      from public.mcp_calls
      group by 1, 2, 3, 4, 5, 6, 7, 8`,
  },
  {
    table: "mcp_tool_users",
    columns:
      `organization_id, mcp_server_user_id, mcp_server_id, method, name, first_called_on, last_called_on, calls,
      failed, milliseconds`,
    rows: `
      select organization_id, mcp_server_user_id, mcp_server_id, method, name, min(day) as first_called_on,
        max(day) as last_called_on, sum(calls)::bigint as calls,
        coalesce(sum(calls) filter (where outcome in ${FAILED}), 0)::bigint as failed,
        sum(milliseconds)::bigint as milliseconds
      from public.mcp_call_days
      where mcp_server_user_id is not null
      group by 1, 2, 3, 4, 5`,
  },
  {
    table: "mcp_user_activity",
    columns:
      "organization_id, mcp_server_user_id, first_called_on, last_called_on, came_back_on, calls, last_day_calls",
    rows: `
      select person.*, (
        select sum(latest.calls) from public.mcp_call_days as latest
        where latest.organization_id = person.organization_id
          and latest.mcp_server_user_id = person.mcp_server_user_id
          and latest.day = person.last_called_on and latest.method <> 'initialize'
      )::integer as last_day_calls
      from (
        select called.organization_id, called.mcp_server_user_id, min(called.first) as first_called_on,
          max(called.day) as last_called_on,
          min(called.day) filter (where called.day >= called.first + 3) as came_back_on,
          sum(called.calls)::bigint as calls
        from (
          select organization_id, mcp_server_user_id, day, calls,
            min(day) over (partition by organization_id, mcp_server_user_id) as first
          from public.mcp_call_days
          where mcp_server_user_id is not null and method <> 'initialize'
        ) as called
        group by 1, 2
      ) as person`,
  },
  {
    table: "mcp_active_days",
    columns: "organization_id, period, starts_on, known, visitors",
    rows: `
      select organization_id, period, starts_on, (count(*) filter (where is_known))::integer as known,
        (count(*) filter (where not is_known))::integer as visitors
      from (
        select distinct called.organization_id, called.mcp_server_user_id, person.auth_type <> 'none' as is_known, period,
          date_trunc(period, called.day::timestamp)::date as starts_on
        from public.mcp_call_days as called
        join public.mcp_server_user as person on person.id = called.mcp_server_user_id
        cross join unnest(array['day', 'week', 'month']) as period
        where called.method <> 'initialize'
      ) as active
      group by 1, 2, 3`,
  },
  {
    table: "mcp_call_sums",
    columns: `organization_id, mcp_server_id, day, method, name, calls, succeeded, failed, refused, cancelled,
      known_calls, visitor_calls, milliseconds, bytes_in, bytes_out, durations, last_users`,
    rows: `
      with placed as (
        select recorded.organization_id, recorded.mcp_server_id, (recorded.started_at at time zone 'UTC')::date as day,
          recorded.method, recorded.name,
          least(floor(4 * log(2, greatest(recorded.milliseconds, 1)))::integer + 1, 80) as place, count(*) as calls,
          count(*) filter (where recorded.outcome = 'ok') as succeeded,
          count(*) filter (where recorded.outcome in ${FAILED}) as failed,
          count(*) filter (where recorded.outcome = 'refused') as refused,
          count(*) filter (where recorded.outcome = 'cancelled') as cancelled,
          count(*) filter (where person.auth_type <> 'none') as known_calls,
          count(*) filter (where person.auth_type = 'none') as visitor_calls,
          sum(recorded.milliseconds) as milliseconds, sum(recorded.bytes_in) as bytes_in,
          sum(recorded.bytes_out) as bytes_out
        from public.mcp_calls as recorded
        left join public.mcp_server_user as person on person.id = recorded.mcp_server_user_id
        group by 1, 2, 3, 4, 5, 6
      ), total as (
        select organization_id, mcp_server_id, day, method, name, sum(calls)::bigint as calls,
          sum(succeeded)::bigint as succeeded, sum(failed)::bigint as failed, sum(refused)::bigint as refused,
          sum(cancelled)::bigint as cancelled, sum(known_calls)::bigint as known_calls,
          sum(visitor_calls)::bigint as visitor_calls, sum(milliseconds)::bigint as milliseconds,
          sum(bytes_in)::bigint as bytes_in, sum(bytes_out)::bigint as bytes_out,
          array_agg(place) as places, array_agg(calls) as counts
        from placed
        group by 1, 2, 3, 4, 5
      ), last_day as (
        select organization_id, mcp_server_id, method, name, last_called_on as day, count(*)::integer as users
        from public.mcp_tool_users
        group by 1, 2, 3, 4, 5
      )
      select organization_id, mcp_server_id, day, method, name, calls, succeeded, failed, refused, cancelled,
        known_calls, visitor_calls, milliseconds, bytes_in, bytes_out,
        array(
          select coalesce(counts[array_position(places, number)], 0)::integer
          from generate_series(1, 80) as number order by number
        ) as durations,
        coalesce(last_day.users, 0) as last_users
      from total
      left join last_day using (organization_id, mcp_server_id, method, name, day)`,
  },
];
