-- is_mcp_call: whether an element of what record_mcp_calls takes has the members that it must have, of the right types.
--
-- Caller    read_mcp_calls
-- Rights    invoker, granted to nobody
create function public.is_mcp_call(p_element jsonb)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_typeof(p_element) = 'object'
    and not exists (
      select from unnest(array['organization_id', 'mcp_server_id', 'method', 'started_at', 'outcome']) as member
      where jsonb_typeof(p_element -> member) is distinct from 'string'
    )
    and not exists (
      select from unnest(array['milliseconds', 'bytes_in', 'bytes_out']) as member
      where jsonb_typeof(p_element -> member) is distinct from 'number'
    )
    and not exists (
      select
      from unnest(array['mcp_server_user_id', 'session_hash', 'client_id', 'name', 'client_name', 'client_version'])
        as member
      where coalesce(jsonb_typeof(p_element -> member), 'null') not in ('string', 'null')
    )
    and not exists (
      select from unnest(array['error_code', 'http_status']) as member
      where coalesce(jsonb_typeof(p_element -> member), 'null') not in ('number', 'null')
    )
    and p_element ->> 'method' <> ''
    and coalesce(char_length(p_element ->> 'client_id'), 0) <= 2048
    and p_element ->> 'outcome' in (
      'ok', 'tool_error', 'rpc_error', 'http_error', 'refused', 'cancelled', 'unanswered', 'unreadable'
    )
    and p_element ->> 'started_at'
      ~ '^2[0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3])(:[0-5][0-9]){2}([.][0-9]{1,9})?Z$';
end
$$;

revoke all on function public.is_mcp_call from public, anon, authenticated, service_role;
