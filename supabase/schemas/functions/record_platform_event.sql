-- record_platform_event: writes what a platform user did; nothing else writes it.
--
-- Caller    the RPCs of platform users, inside their own transaction
-- Rights    invoker, granted to nobody
create function public.record_platform_event(
  p_organization_id text,
  p_event text,
  p_object_id text default null,
  p_mcp_server_id text default null,
  p_mcp_server_user_id text default null
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into public.mcp_audit_events
    (organization_id, mcp_server_id, mcp_server_user_id, platform_user_id, object_id, event, request_id,
     keep_until)
  values
    (p_organization_id, p_mcp_server_id, p_mcp_server_user_id, auth.uid(), p_object_id, p_event,
     public.current_request_id(), public.audit_keep_until(p_organization_id));
end
$$;

revoke all on function public.record_platform_event from public, anon, authenticated, service_role;
