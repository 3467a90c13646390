-- mcp_tool_people: who uses which tool, prompt or resource: a line for each person and name.
--
-- The numbers are those of all time, also of calls that are no longer recorded.
-- failed are calls that ended with an error of the tool, of JSON-RPC or of HTTP, or
-- without an answer.
--
-- Readers   members, as authenticated
create view public.mcp_tool_people with (security_invoker = true) as
select
  pair.organization_id,
  pair.mcp_server_id,
  server.slug as server,
  pair.method,
  pair.name,
  pair.mcp_server_user_id,
  person.email,
  person.profile_data ->> 'name' as person_name,
  person.auth_type <> 'none' as is_known,
  pair.calls,
  pair.failed,
  pair.milliseconds / pair.calls as average_milliseconds,
  pair.first_called_on,
  pair.last_called_on
from public.mcp_tool_users as pair
join public.mcp_servers as server on server.id = pair.mcp_server_id
join public.mcp_server_user as person on person.id = pair.mcp_server_user_id
where pair.method <> 'initialize';

revoke all on public.mcp_tool_people from public, anon, authenticated, service_role;
grant select on public.mcp_tool_people to authenticated;
