-- record_mcp_calls: records a batch of MCP requests, and counts them.
--
-- An element that is malformed, or whose organization, server and user do not belong
-- together, is left out and spoils nothing for the others. A person has a number of
-- recorded calls a day (row_bounds); more are counted only, and so is a call whose
-- retention is over. A session that is unknown, or another person's, is left out of
-- the call. The caller cuts and redacts payloads; here they are only refused where the
-- server does not want them.
--
-- An element has organization_id, mcp_server_id, mcp_server_user_id, session_hash,
-- client_id, method, name, started_at (ISO, UTC), milliseconds, outcome, error_code,
-- http_status, bytes_in, bytes_out, arguments, result; of an initialize also
-- client_name and client_version, as its clientInfo says.
--
-- Caller    mcp, as service_role, in the background
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     servers and end users against deletion (skip locked), the names of a server
--           (advisory), the activity of users, active days, days and sums of calls, then
--           users whom nobody holds
--           (lock order: supabase/schemas/README.md)
-- Outcomes  recorded
-- Raises    22004 when p_calls is null; 22023 when it is no list
create function public.record_mcp_calls(p_calls jsonb)
returns public.mcp_call_recording
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_entries public.mcp_call_entry[];
  v_named public.mcp_call_entry[];
  v_recording public.mcp_call_recording;
begin
  if p_calls is null then
    raise exception using errcode = '22004', message = 'p_calls must not be null';
  end if;
  if jsonb_typeof(p_calls) <> 'array' then
    raise exception using errcode = '22023', message = 'p_calls must be a list';
  end if;

  select array_agg(entry) into v_entries from public.read_mcp_calls(p_calls => p_calls) as entry;
  select array_agg(entry) into v_entries from public.hold_mcp_callers(p_entries => v_entries) as entry;
  v_recording.outcome := 'recorded';
  v_recording.recorded := coalesce(cardinality(v_entries), 0);
  v_recording.left_out := jsonb_array_length(p_calls) - v_recording.recorded;
  if v_recording.recorded = 0 then
    return v_recording;
  end if;

  select array_agg(entry) into v_named from public.name_mcp_calls(p_entries => v_entries) as entry;
  perform public.count_active_users(p_entries => v_named);
  perform public.insert_mcp_calls(p_entries => v_entries);
  perform public.count_mcp_calls(p_entries => v_named);
  return v_recording;
end
$$;

revoke all on function public.record_mcp_calls from public, anon, authenticated, service_role;
grant execute on function public.record_mcp_calls to service_role, gatepost_functions;
