-- record_audit_event: writes what a client or an end user did; nothing else writes it.
--
-- The same again within an hour is counted in the same row, which then names the
-- last client and up to 20 more request ids: a caller may repeat a request for
-- ever. Anybody may make clients, so the events of those that have led to no
-- login are counted together. The caller says so with p_of_any_client.
--
-- Caller    the RPCs, inside their own transaction
-- Rights    invoker, granted to nobody
-- Locks     the row that counts
create function public.record_audit_event(
  p_organization_id text,
  p_event text,
  p_reason text default null,
  p_mcp_server_id text default null,
  p_mcp_server_user_id text default null,
  p_client_id text default null,
  p_detail jsonb default null,
  p_of_any_client boolean default false,
  p_began_at timestamptz default null
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into public.mcp_audit_events as event
    (organization_id, mcp_server_id, mcp_server_user_id, client_id, event, reason, detail, request_id, began_at,
     keep_until, repeat_key)
  values
    (p_organization_id, p_mcp_server_id, p_mcp_server_user_id, p_client_id, p_event, p_reason, p_detail,
     public.current_request_id(), p_began_at, public.audit_keep_until(p_organization_id),
     public.audit_repeat_key(
       p_organization_id => p_organization_id, p_mcp_server_id => p_mcp_server_id,
       p_mcp_server_user_id => p_mcp_server_user_id,
       p_client_id => case when not p_of_any_client then p_client_id end,
       p_event => p_event, p_reason => p_reason, p_detail => p_detail, p_occurred_at => now()
     ))
  on conflict on constraint audit_event_is_repeated_in_one_row do update
  set occurrences = event.occurrences + 1,
      last_occurred_at = now(),
      client_id = excluded.client_id,
      repeated_request_ids = (coalesce(event.repeated_request_ids, '{}') || excluded.request_id)[
        greatest(1, coalesce(cardinality(event.repeated_request_ids), 0) - 18):
      ];
end
$$;

revoke all on function public.record_audit_event from public, anon, authenticated, service_role;
