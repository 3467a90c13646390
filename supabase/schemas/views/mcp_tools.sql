-- mcp_tools: what the tools, prompts and resources of each server did in the last 30 days.
--
-- people are different end users and visitors. error_rate is the part of the calls
-- that failed: with an error of the tool, of JSON-RPC or of HTTP, or without an
-- answer. p50_milliseconds and p95_milliseconds are right to a tenth: calls are counted
-- by how long they took (mcp_call_sums). For other times, mcp_call_sums has a line a day.
--
-- Readers   members, as authenticated
create view public.mcp_tools with (security_invoker = true) as
select
  tool.organization_id,
  tool.mcp_server_id,
  server.slug as server,
  tool.method,
  tool.name,
  tool.people,
  tool.calls,
  tool.failed,
  tool.refused,
  tool.cancelled,
  round(tool.failed::numeric / tool.calls, 4) as error_rate,
  round(power(2, (quantile.place_of_p50 - 0.5) / 4))::integer as p50_milliseconds,
  round(power(2, (quantile.place_of_p95 - 0.5) / 4))::integer as p95_milliseconds,
  tool.bytes_in,
  tool.bytes_out,
  tool.last_called_on
from (
  select
    total.organization_id, total.mcp_server_id, total.method, total.name, sum(total.last_users)::integer as people,
    sum(total.calls)::bigint as calls, sum(total.failed)::bigint as failed, sum(total.refused)::bigint as refused,
    sum(total.cancelled)::bigint as cancelled, sum(total.bytes_in)::bigint as bytes_in,
    sum(total.bytes_out)::bigint as bytes_out, array_agg(total.durations) as durations, max(total.day) as last_called_on
  from public.mcp_call_sums as total
  where total.day > (now() at time zone 'UTC')::date - 30
    and total.name <> ''
    and total.method <> 'initialize'
  group by total.organization_id, total.mcp_server_id, total.method, total.name
) as tool
join public.mcp_servers as server on server.id = tool.mcp_server_id
cross join lateral (
  select
    min(taken.place) filter (where taken.up_to >= 0.5 * tool.calls) as place_of_p50,
    min(taken.place) filter (where taken.up_to >= 0.95 * tool.calls) as place_of_p95
  from (
    select (each.number - 1) % 80 + 1 as place, sum(sum(each.calls)) over (order by (each.number - 1) % 80) as up_to
    from unnest(tool.durations) with ordinality as each (calls, number)
    group by (each.number - 1) % 80
  ) as taken
) as quantile;

revoke all on public.mcp_tools from public, anon, authenticated, service_role;
grant select on public.mcp_tools to authenticated;
