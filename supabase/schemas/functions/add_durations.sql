-- add_durations: the sum of two counts of calls by how long they took (mcp_call_sums).
--
-- Caller    count_mcp_calls
-- Rights    invoker, granted to nobody
create function public.add_durations(p_one integer[], p_other integer[])
returns integer[]
language plpgsql
immutable
set search_path = ''
as $$
begin
  return array(
    select pair.one + pair.other
    from unnest(p_one, p_other) with ordinality as pair (one, other, place)
    order by pair.place
  );
end
$$;

revoke all on function public.add_durations from public, anon, authenticated, service_role;
