-- track_mcp_server_user: remembers an anonymous visitor by a tracking id.
--
-- The tracking id is the visitor's only proof, so it must be unguessable: 128 random
-- bits, and no number of a customer. It is stored hashed and never read back. An
-- address given here is a note: it is never verified, and no login is linked by
-- it. Where a login has claimed the row since, the outcome is known, and only
-- last_seen_at moves: the answer names that user, and does not prove that the
-- visitor is that user. A visitor whom nobody has seen for as long as the
-- organization keeps audit events is deleted.
--
-- Caller    other services, as service_role; the gateway for servers without sign-in
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the row that carries the tracking id
-- Outcomes  tracked | known | unknown_organization | user_blocked
-- Raises    22004 when an argument other than p_email is null; 22023 when one is too long
create function public.track_mcp_server_user(p_organization_id text, p_tracking_id text, p_email text default null)
returns public.user_tracking
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_email text := nullif(btrim(p_email), '');
  v_user public.mcp_server_user;
  v_tracking public.user_tracking;
begin
  if p_organization_id is null or nullif(p_tracking_id, '') is null then
    raise exception using errcode = '22004', message = 'p_organization_id and p_tracking_id must not be null';
  end if;
  if char_length(p_tracking_id) > 255 or char_length(v_email) > 320 then
    raise exception using errcode = '22023', message = 'a tracking id or an address is too long';
  end if;
  if not exists (select from public.organizations as organization where organization.id = p_organization_id) then
    v_tracking.outcome := 'unknown_organization';
    return v_tracking;
  end if;

  insert into public.mcp_server_user as tracked
    (organization_id, auth_type, email, tracking_hash, tracked_at, keep_until)
  values
    (p_organization_id, 'none', v_email,
     public.tracking_hash(p_organization_id => p_organization_id, p_tracking_id => p_tracking_id), now(),
     (public.audit_keep_until(p_organization_id) at time zone 'UTC')::date)
  on conflict on constraint mcp_server_user_tracking_id_is_unique do update
  set last_seen_at = now(),
      keep_until = case when tracked.upstream_sub is null then excluded.keep_until end,
      email = case when tracked.upstream_sub is null then coalesce(v_email, tracked.email) else tracked.email end
  returning * into v_user;

  if v_user.blocked_at is not null then
    v_tracking.outcome := 'user_blocked';
    return v_tracking;
  end if;
  v_tracking.outcome := case when v_user.auth_type = 'none' then 'tracked' else 'known' end;
  v_tracking.mcp_server_user_id := v_user.id;
  return v_tracking;
end
$$;

revoke all on function public.track_mcp_server_user from public, anon, authenticated, service_role;
grant execute on function public.track_mcp_server_user to service_role;
