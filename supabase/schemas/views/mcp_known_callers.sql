-- mcp_known_callers: which part of a day's callers, and of their calls, is known by name.
--
-- A known caller logs in. A visitor is told apart by a tracking id or an MCP session.
-- Calls of callers who are neither cannot be counted as people.
--
-- Readers   members, as authenticated
create view public.mcp_known_callers with (security_invoker = true) as
select
  called.organization_id,
  called.day,
  coalesce(active.known, 0) as known,
  coalesce(active.visitors, 0) as visitors,
  round(active.known::numeric / nullif(active.known + active.visitors, 0), 4) as share_of_callers,
  called.known_calls,
  called.visitor_calls,
  called.calls - called.known_calls - called.visitor_calls as unknown_calls,
  round(called.known_calls::numeric / called.calls, 4) as share_of_calls
from (
  select
    total.organization_id, total.day, sum(total.calls)::bigint as calls, sum(total.known_calls)::bigint as known_calls,
    sum(total.visitor_calls)::bigint as visitor_calls
  from public.mcp_call_sums as total
  where total.name <> '' and total.method <> 'initialize' and total.calls > 0
  group by total.organization_id, total.day
) as called
left join public.mcp_active_days as active
  on active.organization_id = called.organization_id and active.period = 'day' and active.starts_on = called.day;

revoke all on public.mcp_known_callers from public, anon, authenticated, service_role;
grant select on public.mcp_known_callers to authenticated;
