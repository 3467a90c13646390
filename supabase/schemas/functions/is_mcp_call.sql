-- is_mcp_call: whether an element of what record_mcp_calls takes has the members that it must have, of the right types.
--
-- One expression without a subquery: that is how PostgreSQL needs a tenth of the time for it.
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
    and jsonb_typeof(p_element -> 'organization_id') = 'string'
    and jsonb_typeof(p_element -> 'mcp_server_id') = 'string'
    and jsonb_typeof(p_element -> 'method') = 'string'
    and jsonb_typeof(p_element -> 'started_at') = 'string'
    and jsonb_typeof(p_element -> 'outcome') = 'string'
    and jsonb_typeof(p_element -> 'milliseconds') = 'number'
    and jsonb_typeof(p_element -> 'bytes_in') = 'number'
    and jsonb_typeof(p_element -> 'bytes_out') = 'number'
    and coalesce(jsonb_typeof(p_element -> 'mcp_server_user_id'), 'null') in ('string', 'null')
    and coalesce(jsonb_typeof(p_element -> 'session_hash'), 'null') in ('string', 'null')
    and coalesce(jsonb_typeof(p_element -> 'client_id'), 'null') in ('string', 'null')
    and coalesce(jsonb_typeof(p_element -> 'name'), 'null') in ('string', 'null')
    and coalesce(jsonb_typeof(p_element -> 'client_name'), 'null') in ('string', 'null')
    and coalesce(jsonb_typeof(p_element -> 'client_version'), 'null') in ('string', 'null')
    and coalesce(jsonb_typeof(p_element -> 'error_code'), 'null') in ('number', 'null')
    and coalesce(jsonb_typeof(p_element -> 'http_status'), 'null') in ('number', 'null')
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
