-- audit_repeat_key: what two audit events of one hour have in common if they are counted in one row.
--
-- Caller    record_audit_event, purge_expired
-- Rights    invoker, granted to nobody
create function public.audit_repeat_key(
  p_organization_id text,
  p_mcp_server_id text,
  p_mcp_server_user_id text,
  p_client_id text,
  p_event text,
  p_reason text,
  p_detail jsonb,
  p_occurred_at timestamptz
)
returns uuid
language plpgsql
immutable
set search_path = ''
as $$
begin
  return md5(jsonb_build_array(
    p_organization_id, p_mcp_server_id, p_mcp_server_user_id, p_client_id, p_event, p_reason, p_detail,
    floor(extract(epoch from p_occurred_at) / 3600)
  )::text)::uuid;
end
$$;

revoke all on function public.audit_repeat_key from public, anon, authenticated, service_role;
