-- open_anonymous_call: tells who calls an MCP server without sign-in, and records the visit.
--
-- The tracking id names a visitor and proves nothing. Where a login has claimed
-- the visitor's row since, the outcome is known and the answer names nobody:
-- whoever presents the tracking id need not be that user. Also records the MCP
-- session, where the transport has one.
--
-- Anybody may invent tracking ids and session ids. So an organization has a limited
-- number of places for the new visitors of a day, of which each source, p_source,
-- may use a part, those of unknown sources all, and a visitor a number of new MCP sessions (row_bounds). A
-- visitor beyond that is answered crowded and not recorded, and a session beyond
-- that is not recorded either.
--
-- Caller    mcp, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the row that carries the tracking id, then the MCP session
--           (lock order: supabase/schemas/README.md)
-- Outcomes  tracked | known | crowded | user_blocked | unknown_server
-- Raises    22004 when an argument other than p_session_hash is null; 22023 when the tracking id is too long
create function public.open_anonymous_call(p_slug text, p_tracking_id text, p_session_hash text, p_source text default null)
returns public.anonymous_call_opening
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_tracking_hash text;
  v_bound public.row_bounds;
  v_tracking public.user_tracking;
  v_opening public.anonymous_call_opening;
begin
  if p_slug is null or nullif(p_tracking_id, '') is null then
    raise exception using errcode = '22004', message = 'p_slug and p_tracking_id must not be null';
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.slug = p_slug and server.auth_type = 'none' and server.disabled_at is null;
  if not found then
    v_opening.outcome := 'unknown_server';
    return v_opening;
  end if;

  v_tracking_hash := public.tracking_hash(
    p_organization_id => v_server.organization_id, p_tracking_id => p_tracking_id
  );
  if not exists (
    select from public.mcp_server_user as visitor
    where visitor.organization_id = v_server.organization_id and visitor.tracking_hash = v_tracking_hash
  ) then
    select * into strict v_bound from public.row_bounds as bound where bound.kind = 'visitor';
    insert into public.mcp_server_user (organization_id, auth_type, tracking_hash, tracked_at, keep_until, visitor_slot)
    select v_server.organization_id, 'none', v_tracking_hash, now(),
      (public.audit_keep_until(v_server.organization_id) at time zone 'UTC')::date, place.slot
    from (
      select floor(extract(epoch from now()) / extract(epoch from v_bound.counted_in))::bigint * v_bound.of_server
        + drawn as slot
      from unnest(public.draw_slots(p_bound => v_bound, p_source => coalesce(p_source, random()::text))) as drawn
    ) as place
    where (
      select newcomer.id from public.mcp_server_user as newcomer
      where newcomer.organization_id = v_server.organization_id and newcomer.visitor_slot = place.slot
      limit 1
    ) is null
    limit 1
    on conflict do nothing;
    if not found and not exists (
      select from public.mcp_server_user as visitor
      where visitor.organization_id = v_server.organization_id and visitor.tracking_hash = v_tracking_hash
    ) then
      v_opening.outcome := 'crowded';
      v_opening.organization_id := v_server.organization_id;
      return v_opening;
    end if;
  end if;

  v_tracking := public.track_mcp_server_user(
    p_organization_id => v_server.organization_id, p_tracking_id => p_tracking_id
  );
  v_opening.outcome := v_tracking.outcome;
  if v_tracking.mcp_server_user_id is null then
    return v_opening;
  end if;
  if p_session_hash is not null then
    perform public.record_mcp_session(
      p_organization_id => v_server.organization_id, p_mcp_server_id => v_server.id,
      p_mcp_server_user_id => v_tracking.mcp_server_user_id, p_session_hash => p_session_hash, p_client_id => null
    );
  end if;

  v_opening.organization_id := v_server.organization_id;
  v_opening.mcp_server_user_id := v_tracking.mcp_server_user_id;
  return v_opening;
end
$$;

revoke all on function public.open_anonymous_call from public, anon, authenticated, service_role;
grant execute on function public.open_anonymous_call to service_role, gatepost_functions;
