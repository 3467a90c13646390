-- mcp_sessions: MCP sessions, and whose they are.
--
-- Readers   members, as authenticated
create view public.mcp_sessions with (security_invoker = true) as
select
  history.organization_id,
  history.id as mcp_session_id,
  history.mcp_server_id,
  server.slug as server,
  history.mcp_server_user_id,
  person.email,
  history.client_id,
  history.first_seen_at,
  history.last_seen_at
from public.mcp_server_session as history
join public.mcp_servers as server on server.id = history.mcp_server_id
join public.mcp_server_user as person on person.id = history.mcp_server_user_id;

revoke all on public.mcp_sessions from public, anon, authenticated, service_role;
grant select on public.mcp_sessions to authenticated;
