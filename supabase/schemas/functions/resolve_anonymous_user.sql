-- resolve_anonymous_user: the user of a login whose config has no identity.
--
-- A tracking id finds its anonymous row again. An anonymous login never gets a
-- row that has an identity, even when that row carries its tracking id.
--
-- Caller    provision_mcp_server_user
-- Rights    invoker, granted to nobody
-- Locks     the anonymous row that carries the tracking id
-- Outcomes  anonymous | user_blocked
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
  v_user public.mcp_server_user;
  v_resolution public.user_resolution;
begin
  insert into public.mcp_server_user as anonymous
    (organization_id, auth_type, email, profile_data, tracking_hash)
  values
    (p_organization_id, p_auth_type, p_email, coalesce(p_profile, '{}'), p_tracking_hash)
  on conflict on constraint mcp_server_user_tracking_id_is_unique do update
  set auth_type = excluded.auth_type,
      last_seen_at = now(),
      claimed_at = case when anonymous.auth_type = 'none' then now() else anonymous.claimed_at end,
      keep_until = null,
      email = coalesce(excluded.email, anonymous.email)
  where anonymous.upstream_sub is null
  returning * into v_user;

  if not found then
    insert into public.mcp_server_user (organization_id, auth_type, email, profile_data)
    values (p_organization_id, p_auth_type, p_email, coalesce(p_profile, '{}'))
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
