-- forget_mcp_callers: the counted calls of people who are gone, as those of callers whom nobody knows.
--
-- The sums stay as they are: they name nobody.
--
-- Caller    whatever has deleted end users
-- Rights    invoker, granted to nobody
-- Locks     the days of calls
create function public.forget_mcp_callers(p_organization_ids text[], p_mcp_server_user_ids text[])
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_forgotten integer;
begin
  with forgotten as (
    delete from public.mcp_call_days as counted
    using unnest(p_organization_ids, p_mcp_server_user_ids) as gone (organization_id, mcp_server_user_id)
    where counted.organization_id = gone.organization_id and counted.mcp_server_user_id = gone.mcp_server_user_id
    returning counted.*
  ), nobodys as (
    insert into public.mcp_call_days as counted
      (organization_id, mcp_server_id, client_id, method, name, outcome, day, calls, milliseconds, bytes_in, bytes_out)
    select forgotten.organization_id, forgotten.mcp_server_id, forgotten.client_id, forgotten.method, forgotten.name,
      forgotten.outcome, forgotten.day, sum(forgotten.calls), sum(forgotten.milliseconds), sum(forgotten.bytes_in),
      sum(forgotten.bytes_out)
    from forgotten
    group by forgotten.organization_id, forgotten.day, forgotten.mcp_server_id, forgotten.client_id, forgotten.method,
      forgotten.name, forgotten.outcome
    order by forgotten.organization_id, forgotten.day, forgotten.mcp_server_id, forgotten.client_id, forgotten.method,
      forgotten.name, forgotten.outcome
    on conflict on constraint calls_of_a_day_are_counted_in_one_row do update
    set calls = counted.calls + excluded.calls,
        milliseconds = counted.milliseconds + excluded.milliseconds,
        bytes_in = counted.bytes_in + excluded.bytes_in,
        bytes_out = counted.bytes_out + excluded.bytes_out
  )
  select count(*) into v_forgotten from forgotten;
  return v_forgotten;
end
$$;

revoke all on function public.forget_mcp_callers from public, anon, authenticated, service_role;
