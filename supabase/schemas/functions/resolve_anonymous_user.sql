-- resolve_anonymous_user: the user of a login whose config has no identity.
--
-- A tracking id finds its anonymous row again. An anonymous login never gets a
-- row that has an identity, even when that row carries its tracking id. Without a
-- tracking id each login makes a row. So a new row counts as a new person
-- (admit_person), and one without a login is deleted, as a visitor is, once nobody
-- has seen it for as long as the organization keeps audit events.
--
-- Caller    provision_mcp_server_user
-- Rights    invoker, granted to nobody
-- Locks     the count of people, then the anonymous row that carries the tracking id
-- Outcomes  anonymous | user_blocked | too_many_new_people
create function public.resolve_anonymous_user(
  p_organization_id text,
  p_auth_type text,
  p_email text,
  p_profile jsonb,
  p_tracking_hash text
)
returns public.user_resolution
language plpgsql
set search_path = ''
as $$
declare
  v_keep_until date := (public.audit_keep_until(p_organization_id) at time zone 'UTC')::date;
  v_user public.mcp_server_user;
  v_resolution public.user_resolution;
begin
  if not exists (
    select from public.mcp_server_user as known
    where known.organization_id = p_organization_id
      and known.tracking_hash = p_tracking_hash
      and known.upstream_sub is null
  ) then
    v_resolution.outcome := public.admit_person(p_organization_id => p_organization_id, p_is_named => false);
    if v_resolution.outcome is not null then
      return v_resolution;
    end if;
  end if;

  insert into public.mcp_server_user as anonymous
    (organization_id, auth_type, email, profile_data, tracking_hash, keep_until)
  values
    (p_organization_id, p_auth_type, p_email, coalesce(p_profile, '{}'), p_tracking_hash, v_keep_until)
  on conflict on constraint mcp_server_user_tracking_id_is_unique do update
  set auth_type = excluded.auth_type,
      last_seen_at = now(),
      claimed_at = case when anonymous.auth_type = 'none' then now() else anonymous.claimed_at end,
      keep_until = excluded.keep_until,
      email = coalesce(excluded.email, anonymous.email)
  where anonymous.upstream_sub is null
  returning * into v_user;

  if not found then
    insert into public.mcp_server_user (organization_id, auth_type, email, profile_data, keep_until)
    values (p_organization_id, p_auth_type, p_email, coalesce(p_profile, '{}'), v_keep_until)
    returning * into v_user;
  end if;
  if v_user.blocked_at is not null then
    v_resolution.outcome := 'user_blocked';
    return v_resolution;
  end if;
  v_resolution.outcome := 'anonymous';
  v_resolution.mcp_server_user_id := v_user.id;
  return v_resolution;
end
$$;

revoke all on function public.resolve_anonymous_user from public, anon, authenticated, service_role;
