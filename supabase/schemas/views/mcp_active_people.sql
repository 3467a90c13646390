-- mcp_active_people: how many different people called in each day, week and month.
--
-- period is day, week (from Monday) or month, in UTC. Whoever logs in is known;
-- visitors are those whom Gatepost tells apart without a login.
--
-- Readers   members, as authenticated
create view public.mcp_active_people with (security_invoker = true) as
select
  active.organization_id,
  active.period,
  active.starts_on,
  active.known + active.visitors as people,
  active.known,
  active.visitors
from public.mcp_active_days as active;

revoke all on public.mcp_active_people from public, anon, authenticated, service_role;
grant select on public.mcp_active_people to authenticated;
