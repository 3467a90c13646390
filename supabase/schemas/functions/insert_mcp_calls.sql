-- insert_mcp_calls: writes the rows of named requests, as long as their callers have room.
--
-- Caller    record_mcp_calls, once the activity has been counted
-- Rights    invoker, granted to nobody
-- Locks     none
create function public.insert_mcp_calls(p_entries public.mcp_call_entry[])
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_of_user integer := (select bound.of_source from public.row_bounds as bound where bound.kind = 'call');
  v_of_visitor integer := (
    select bound.of_source from public.row_bounds as bound where bound.kind = 'call of a visitor'
  );
  v_of_unknown integer := (
    select bound.of_source from public.row_bounds as bound where bound.kind = 'call of unknown callers'
  );
begin
  insert into public.mcp_calls
    (organization_id, mcp_server_id, mcp_server_user_id, mcp_session_id, client_id, method, name, started_at,
     milliseconds, outcome, error_code, http_status, bytes_in, bytes_out, arguments, result, keep_until)
  select entry.organization_id, entry.mcp_server_id, entry.mcp_server_user_id, history.id, entry.client_id, entry.method,
    entry.name, entry.started_at, entry.milliseconds, entry.outcome, entry.error_code, entry.http_status,
    entry.bytes_in, entry.bytes_out, entry.arguments, entry.result, entry.keep_until
  from unnest(p_entries) as entry
  left join public.mcp_user_activity as activity
    on activity.organization_id = entry.organization_id and activity.mcp_server_user_id = entry.mcp_server_user_id
  left join public.mcp_server_session as history
    on history.mcp_server_id = entry.mcp_server_id
    and history.mcp_server_user_id = entry.mcp_server_user_id
    and history.session_hash = entry.session_hash
  where entry.is_call
    and entry.keep_until >= (now() at time zone 'UTC')::date
    and case
      when entry.mcp_server_user_id is null then v_of_unknown > (
        select coalesce(sum(total.calls - total.known_calls - total.visitor_calls), 0)
        from public.mcp_call_sums as total
        where total.organization_id = entry.organization_id and total.day = entry.day
          and total.mcp_server_id = entry.mcp_server_id and total.name <> ''
      )
      else activity.last_day_calls <= case when entry.is_known then v_of_user else v_of_visitor end
    end
  order by entry.place;
end
$$;

revoke all on function public.insert_mcp_calls from public, anon, authenticated, service_role;
