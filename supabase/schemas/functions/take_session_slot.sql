-- take_session_slot: finds room for a login that begins.
--
-- p_source and p_place are as for take_client_slot.
--
-- Of eight places that are drawn, a free one is best. Otherwise a login that has
-- ended or expired makes room, and no other. A client that has led to no login
-- has a few places of its own among those of its source, where its own oldest
-- login makes room: whoever posts approvals for such a client is in nobody's way.
--
-- Caller    open_authorization_session
-- Rights    invoker, granted to nobody
-- Locks     the row that it deletes, where nobody else holds it (skip locked)
-- Returns   the place; null where there is none
create function public.take_session_slot(
  p_client public.mcp_client_registrations,
  p_source text,
  p_place text
)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_bound public.row_bounds;
  v_slots integer[];
  v_unused_id text;
  v_slot integer;
  v_holder_id text;
begin
  select * into strict v_bound from public.row_bounds as bound where bound.kind = 'login';
  v_unused_id := case when p_client.expires_at is not null then p_client.id end;
  v_slots := public.draw_slots(
    p_bound => v_bound,
    p_source => coalesce(p_source, p_place),
    p_cause => coalesce(v_unused_id, case when p_source is not null then p_place end),
    p_of_cause => (
      select bound.of_source from public.row_bounds as bound
      where bound.kind = case
        when v_unused_id is null then 'login by one redirect place' else 'login of an unused client'
      end
    )
  );

  select place.slot, holder.id into v_slot, v_holder_id
  from unnest(v_slots) as place (slot)
  left join lateral (
    select session.* from public.mcp_authorization_sessions as session
    where session.mcp_server_id = p_client.mcp_server_id and session.slot = place.slot
    limit 1
  ) as holder on true
  where holder.id is null
    or holder.completed_at is not null
    or holder.failed_at is not null
    or holder.created_at <= now() - v_bound.held_for
    or holder.mcp_client_registration_id = v_unused_id
  order by holder.id is not null, holder.created_at
  limit 1;
  if v_holder_id is null then
    return v_slot;
  end if;

  delete from public.mcp_authorization_sessions as session
  where session.id = (
    select surplus.id from public.mcp_authorization_sessions as surplus
    where surplus.id = v_holder_id
    for update skip locked
  );
  return case when found then v_slot end;
end
$$;

revoke all on function public.take_session_slot from public, anon, authenticated, service_role;
