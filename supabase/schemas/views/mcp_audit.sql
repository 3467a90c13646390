-- mcp_audit: who did what, with names beside the ids.
--
-- A name is empty once what it names is deleted; the id stays. actor is the
-- e-mail address of the member who acted, as long as it is one.
--
-- What happened again within an hour stands in one line: see record_audit_event.
--
-- Readers   members, as authenticated
create view public.mcp_audit with (security_invoker = true) as
select
  entry.organization_id,
  entry.id as audit_event_id,
  entry.occurred_at,
  entry.event,
  entry.reason,
  entry.request_id,
  entry.mcp_server_id,
  server.slug as server,
  entry.mcp_server_user_id,
  person.email,
  entry.client_id,
  entry.platform_user_id,
  actor.email as actor,
  entry.object_id,
  entry.detail,
  entry.occurrences,
  entry.last_occurred_at,
  entry.repeated_request_ids
from public.mcp_audit_events as entry
left join public.mcp_servers as server on server.id = entry.mcp_server_id
left join public.mcp_server_user as person on person.id = entry.mcp_server_user_id
left join public.list_member_addresses() as actor on actor.user_id = entry.platform_user_id;

revoke all on public.mcp_audit from public, anon, authenticated, service_role;
grant select on public.mcp_audit to authenticated;
