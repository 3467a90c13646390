-- record_audit_event: writes what a client or an end user did; nothing else writes it.
--
-- Caller    the RPCs, inside their own transaction
-- Rights    invoker, granted to nobody
create function public.record_audit_event(
  p_organization_id text,
  p_event text,
  p_reason text default null,
  p_mcp_server_id text default null,
  p_mcp_server_user_id text default null,
  p_client_id text default null,
  p_detail jsonb default null
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into public.mcp_audit_events
    (organization_id, mcp_server_id, mcp_server_user_id, client_id, event, reason, detail, request_id, keep_until)
  values
    (p_organization_id, p_mcp_server_id, p_mcp_server_user_id, p_client_id, p_event, p_reason, p_detail,
     public.current_request_id(), public.audit_keep_until(p_organization_id));
end
$$;

revoke all on function public.record_audit_event from public, anon, authenticated, service_role;
