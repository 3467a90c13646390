-- draw_slots: eight places, drawn at random, in which a row of a source may stand.
--
-- A server has of_server places for rows of a kind, each for one row: a unique
-- constraint holds that. A source may use of_source of them, always the same,
-- which its hash scatters over all. So a source fills its own places and leaves
-- nearly all of another's, and nothing is counted: a draw costs the same however
-- full the places are. A cause within the source, such as one of its clients, may
-- use p_of_cause of the source's places. A caller looks up the holder of each place
-- by itself (limit 1): the planner, which may not know that a server has been
-- flooded, could read all rows of the server in the place of a join.
--
-- Caller    take_client_slot, take_session_slot, open_anonymous_call
-- Rights    invoker, granted to nobody
-- Locks     none
create function public.draw_slots(
  p_bound public.row_bounds,
  p_source text,
  p_cause text default null,
  p_of_cause integer default null
)
returns integer[]
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_slots integer[] := array[]::integer[];
  v_place bigint;
begin
  for v_draw in 1..8 loop
    v_place := case
      when p_cause is null then floor(random() * p_bound.of_source)::bigint
      else (hashtextextended(p_cause, floor(random() * p_of_cause)::bigint) & 2147483647) % p_bound.of_source
    end;
    v_slots := v_slots || ((hashtextextended(p_source, v_place) & 2147483647) % p_bound.of_server)::integer;
  end loop;
  return v_slots;
end
$$;

revoke all on function public.draw_slots from public, anon, authenticated, service_role;
