-- take_client_slot: finds room for a client that has not led to a login.
--
-- p_source is the caller's address group, p_place where the redirect leads to. An
-- unknown address group is no source: the place is then.
--
-- Of eight places that are drawn, a free one is best. Otherwise the oldest client
-- there makes room: one of the same source, or any other where the source holds
-- none of the eight. Nobody makes room within a minute of the registration, or
-- within ten minutes of an approval: a person is in the middle of a login then.
-- A client of a finished login has no place and is never looked at.
--
-- Caller    register_mcp_client; open_authorization_session for a metadata document
-- Rights    invoker, granted to nobody
-- Locks     the row that it deletes, where nobody else holds it (skip locked)
-- Returns   the place; null where there is none
create function public.take_client_slot(p_mcp_server_id text, p_source text, p_place text)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_bound public.row_bounds;
  v_login_lasts interval;
  v_source text := coalesce(p_source, p_place);
  v_slots integer[];
  v_slot integer;
  v_holder_id text;
begin
  select * into strict v_bound from public.row_bounds as bound where bound.kind = 'client';
  select bound.held_for into strict v_login_lasts from public.row_bounds as bound where bound.kind = 'login';

  v_slots := public.draw_slots(
    p_bound => v_bound,
    p_source => v_source,
    p_cause => case when p_source is not null then p_place end,
    p_of_cause => (
      select bound.of_source from public.row_bounds as bound where bound.kind = 'client of one redirect place'
    )
  );
  select drawn.slot, drawn.holder_id into v_slot, v_holder_id
  from (
    select place.slot, holder.id as holder_id, holder.source = v_source as is_own, holder.created_at,
      holder.last_used_at, holder.expires_at, bool_or(holder.source = v_source) over () as has_own
    from unnest(v_slots) as place (slot)
    left join lateral (
      select client.* from public.mcp_client_registrations as client
      where client.mcp_server_id = p_mcp_server_id and client.slot = place.slot
      limit 1
    ) as holder on true
  ) as drawn
  where drawn.holder_id is null
    or (drawn.is_own or drawn.has_own is not true)
      and drawn.created_at <= now() - v_bound.held_for
      and (drawn.last_used_at is null or drawn.last_used_at <= now() - v_login_lasts)
  order by drawn.holder_id is not null, drawn.is_own desc, coalesce(drawn.last_used_at, drawn.created_at)
  limit 1;
  if v_holder_id is null then
    return v_slot;
  end if;

  delete from public.mcp_client_registrations as client
  where client.id = (
    select surplus.id from public.mcp_client_registrations as surplus
    where surplus.id = v_holder_id and surplus.slot = v_slot
    for update skip locked
  );
  return case when found then v_slot end;
end
$$;

revoke all on function public.take_client_slot from public, anon, authenticated, service_role;
