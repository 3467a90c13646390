-- record_mcp_session: notes that an end user or a visitor was seen in an MCP session.
--
-- Anybody may invent session ids, so a user has a number of new ones an hour;
-- more are not recorded. One that is known costs one statement.
--
-- Caller    open_mcp_call, open_anonymous_call
-- Rights    invoker, granted to nobody
-- Locks     the MCP session
create function public.record_mcp_session(
  p_organization_id text,
  p_mcp_server_id text,
  p_mcp_server_user_id text,
  p_session_hash text,
  p_client_id text
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_keep_until date := (public.audit_keep_until(p_organization_id) at time zone 'UTC')::date;
  v_bound public.row_bounds;
begin
  update public.mcp_server_session as known
  set last_seen_at = now(), keep_until = v_keep_until
  where known.mcp_server_id = p_mcp_server_id
    and known.mcp_server_user_id = p_mcp_server_user_id
    and known.session_hash = p_session_hash;
  if found then
    return;
  end if;

  select * into strict v_bound
  from public.row_bounds as bound
  where bound.kind = case when p_client_id is null then 'MCP session of a visitor' else 'MCP session' end;
  if exists (
    select from public.mcp_server_session as newcomer
    where newcomer.organization_id = p_organization_id
      and newcomer.mcp_server_user_id = p_mcp_server_user_id
      and newcomer.first_seen_at > now() - v_bound.counted_in
    offset v_bound.of_source - 1
  ) then
    return;
  end if;
  insert into public.mcp_server_session
    (organization_id, mcp_server_id, mcp_server_user_id, session_hash, client_id, keep_until)
  values
    (p_organization_id, p_mcp_server_id, p_mcp_server_user_id, p_session_hash, p_client_id, v_keep_until)
  on conflict on constraint mcp_session_is_unique_on_its_server do nothing;
end
$$;

revoke all on function public.record_mcp_session from public, anon, authenticated, service_role;
