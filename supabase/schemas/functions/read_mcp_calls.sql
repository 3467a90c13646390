-- read_mcp_calls: the elements of a batch that are well-formed.
--
-- Numbers are brought within what their columns hold, texts are cut. A call that
-- began more than a year ago or begins in an hour is left out like one that is
-- malformed. Of an initialize the name is the MCP client and its version. No more
-- than 1,000 elements are read.
--
-- Caller    record_mcp_calls
-- Rights    invoker, granted to nobody
-- Raises    22023 when p_calls is no list
create function public.read_mcp_calls(p_calls jsonb)
returns setof public.mcp_call_entry
language plpgsql
stable
set search_path = ''
as $$
declare
  v_element jsonb;
  v_started text;
  v_entry public.mcp_call_entry;
begin
  for v_element, v_entry.place in
    select element.value, element.ordinality
    from jsonb_array_elements(p_calls) with ordinality as element
    where element.ordinality <= 1000 and public.is_mcp_call(element.value)
  loop
    v_started := v_element ->> 'started_at';
    -- The last days of a month overflow into the next one instead of raising.
    v_entry.day := make_date(substr(v_started, 1, 4)::integer, substr(v_started, 6, 2)::integer, 1)
      + substr(v_started, 9, 2)::integer - 1;
    v_entry.started_at := (v_entry.day + rtrim(substr(v_started, 12), 'Z')::time) at time zone 'UTC';
    continue when v_entry.started_at not between now() - interval '365 days' and now() + interval '1 hour';

    v_entry.organization_id := v_element ->> 'organization_id';
    v_entry.mcp_server_id := v_element ->> 'mcp_server_id';
    v_entry.mcp_server_user_id := v_element ->> 'mcp_server_user_id';
    v_entry.session_hash := v_element ->> 'session_hash';
    v_entry.client_id := v_element ->> 'client_id';
    v_entry.method := left(v_element ->> 'method', 100);
    v_entry.is_call := v_entry.method in ('tools/call', 'prompts/get', 'resources/read')
      and coalesce(v_element ->> 'name', '') <> '';
    v_entry.name := case
      when v_entry.is_call then left(v_element ->> 'name', 256)
      when v_entry.method = 'initialize' and v_element ->> 'client_name' <> ''
        then left(v_element ->> 'client_name', 100) || '/'
          || translate(left(coalesce(v_element ->> 'client_version', ''), 50), '/', '_')
      else ''
    end;
    v_entry.milliseconds := least(greatest((v_element -> 'milliseconds')::numeric, 0), 2147483647)::integer;
    v_entry.outcome := v_element ->> 'outcome';
    v_entry.error_code := case
      when (nullif(v_element -> 'error_code', 'null'))::numeric between -2147483648 and 2147483647
        then (v_element -> 'error_code')::integer
    end;
    v_entry.http_status := case
      when (nullif(v_element -> 'http_status', 'null'))::numeric between 100 and 599
        then (v_element -> 'http_status')::integer
    end;
    v_entry.bytes_in := least(greatest((v_element -> 'bytes_in')::numeric, 0), 1e15)::bigint;
    v_entry.bytes_out := least(greatest((v_element -> 'bytes_out')::numeric, 0), 1e15)::bigint;
    v_entry.arguments := nullif(v_element -> 'arguments', 'null');
    v_entry.result := nullif(v_element -> 'result', 'null');
    return next v_entry;
  end loop;
end
$$;

revoke all on function public.read_mcp_calls from public, anon, authenticated, service_role;
