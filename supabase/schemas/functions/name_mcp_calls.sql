-- name_mcp_calls: the entries with names, of which a server has a limited number each day.
--
-- A name comes from whoever calls, so there would be no end of counted rows. Of each
-- method a server has so many different names a day, and fewer that have never
-- succeeded: whoever invents names takes those only, and a tool that works keeps its
-- own. Likewise of the methods that are counted without a name. What is beyond is
-- counted as (other); the recorded call keeps its name. A known name is asked for in a
-- subquery of one value: PostgreSQL may plan "not exists" as a scan of the table.
--
-- Caller    record_mcp_calls
-- Rights    invoker, granted to nobody
-- Locks     the names of a server (advisory), where one is new: in the order of the servers
create function public.name_mcp_calls(p_entries public.mcp_call_entry[])
returns setof public.mcp_call_entry
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_of_all integer := (select bound.of_source from public.row_bounds as bound where bound.kind = 'name of calls');
  v_of_failing integer := (
    select bound.of_source from public.row_bounds as bound where bound.kind = 'name of calls that fail'
  );
  v_server_ids text[];
  v_refused text[];
  v_entry public.mcp_call_entry;
begin
  select array_agg(distinct entry.mcp_server_id order by entry.mcp_server_id) into v_server_ids
  from unnest(p_entries) as entry
  where (
    select known.day from public.mcp_call_sums as known
    where known.organization_id = entry.organization_id and known.day = entry.day
      and known.mcp_server_id = entry.mcp_server_id and known.method = entry.method and known.name = entry.name
  ) is null;
  perform pg_advisory_xact_lock(hashtextextended('names of calls ' || server_id, 0))
  from unnest(v_server_ids) as server_id;

  with newcomer as (
    select entry.mcp_server_id, entry.organization_id, entry.day, entry.method, entry.name,
      case when entry.name <> '' then entry.method else '' end as kind,
      bool_or(entry.outcome = 'ok') as succeeds
    from unnest(p_entries) as entry
    where entry.mcp_server_id = any (v_server_ids) and (
      select known.day from public.mcp_call_sums as known
      where known.organization_id = entry.organization_id and known.day = entry.day
        and known.mcp_server_id = entry.mcp_server_id and known.method = entry.method and known.name = entry.name
    ) is null
    group by entry.mcp_server_id, entry.organization_id, entry.day, entry.method, entry.name
  ), ranked as (
    select newcomer.*,
      row_number() over (all_of_kind order by newcomer.succeeds desc, newcomer.method, newcomer.name) as place,
      count(*) filter (where not newcomer.succeeds)
        over (all_of_kind order by newcomer.succeeds desc, newcomer.method, newcomer.name) as place_of_failing,
      (
        select array[count(*), count(*) filter (where known.succeeded = 0)]
        from public.mcp_call_sums as known
        where known.organization_id = newcomer.organization_id and known.day = newcomer.day
          and known.mcp_server_id = newcomer.mcp_server_id
          and case when newcomer.kind = '' then known.name = '' else known.method = newcomer.kind and known.name <> '' end
      ) as taken
    from newcomer
    window all_of_kind as (partition by newcomer.mcp_server_id, newcomer.day, newcomer.kind)
  )
  select array_agg(format('%s %s %s %s', ranked.mcp_server_id, ranked.day, ranked.method, ranked.name)) into v_refused
  from ranked
  where ranked.taken[1] + ranked.place > v_of_all
    or (not ranked.succeeds and ranked.taken[2] + ranked.place_of_failing > v_of_failing);

  foreach v_entry in array p_entries loop
    if format('%s %s %s %s', v_entry.mcp_server_id, v_entry.day, v_entry.method, v_entry.name) = any (v_refused) then
      v_entry.method := case when v_entry.name = '' then '(other)' else v_entry.method end;
      v_entry.name := case when v_entry.name = '' then '' else '(other)' end;
    end if;
    return next v_entry;
  end loop;
end
$$;

revoke all on function public.name_mcp_calls from public, anon, authenticated, service_role;
