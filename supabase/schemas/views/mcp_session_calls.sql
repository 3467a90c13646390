-- mcp_session_calls: each recorded call, with its person and its MCP session.
--
-- In the order of session_began_at and started_at it is what a person did, session by
-- session; a call without a session has no mcp_session_id. Name the organization in
-- the filter where the newest calls of all people are asked for. arguments and
-- result are empty unless the server records them.
--
-- Readers   members, as authenticated
create view public.mcp_session_calls with (security_invoker = true) as
select
  recorded.organization_id,
  recorded.id as mcp_call_id,
  recorded.mcp_server_id,
  server.slug as server,
  recorded.mcp_server_user_id,
  person.email,
  recorded.mcp_session_id,
  history.first_seen_at as session_began_at,
  recorded.client_id,
  recorded.method,
  recorded.name,
  recorded.started_at,
  recorded.milliseconds,
  recorded.outcome,
  recorded.error_code,
  recorded.http_status,
  recorded.bytes_in,
  recorded.bytes_out,
  recorded.arguments,
  recorded.result
from public.mcp_calls as recorded
left join public.mcp_servers as server on server.id = recorded.mcp_server_id
left join public.mcp_server_user as person on person.id = recorded.mcp_server_user_id
left join public.mcp_server_session as history on history.id = recorded.mcp_session_id;

revoke all on public.mcp_session_calls from public, anon, authenticated, service_role;
grant select on public.mcp_session_calls to authenticated;
