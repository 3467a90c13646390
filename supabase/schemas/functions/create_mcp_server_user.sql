-- create_mcp_server_user: makes the user of a first login, or claims the row that carries its tracking id.
--
-- Another login may give the tracking id to another row in the meantime. The
-- function then tries once more to claim that row, and at last makes a user
-- without the tracking id.
--
-- Caller    resolve_mcp_server_user, which holds the lock of the identity
-- Rights    invoker, granted to nobody
-- Locks     the anonymous row that carries the tracking id
-- Outcomes  created | claimed_tracking
create function public.create_mcp_server_user(
  p_organization_id text,
  p_auth_type text,
  p_subject text,
  p_email text,
  p_email_verified boolean,
  p_profile jsonb,
  p_tracking_hash text
)
returns public.user_resolution
language plpgsql
set search_path = ''
as $$
declare
  v_tracking_hash text := p_tracking_hash;
  v_resolution public.user_resolution;
begin
  for v_attempt in 1..3 loop
    if v_tracking_hash is not null then
      v_resolution.mcp_server_user_id := public.claim_tracked_user(
        p_organization_id => p_organization_id,
        p_tracking_hash => v_tracking_hash,
        p_auth_type => p_auth_type,
        p_subject => p_subject,
        p_email => p_email,
        p_email_verified => p_email_verified,
        p_profile => p_profile
      );
      if v_resolution.mcp_server_user_id is not null then
        v_resolution.outcome := 'claimed_tracking';
        return v_resolution;
      end if;
    end if;

    insert into public.mcp_server_user
      (organization_id, auth_type, email, email_verified, upstream_sub, profile_data, profile_refreshed_at, tracking_hash)
    values
      (p_organization_id, p_auth_type, p_email, p_email_verified, p_subject, coalesce(p_profile, '{}'),
       case when p_profile is null then null else now() end, v_tracking_hash)
    on conflict on constraint mcp_server_user_tracking_id_is_unique do nothing
    returning id into v_resolution.mcp_server_user_id;
    exit when v_resolution.mcp_server_user_id is not null;

    if v_attempt = 2 then
      v_tracking_hash := null;
    end if;
  end loop;

  perform public.record_audit_event(
    p_organization_id => p_organization_id,
    p_event => 'user_created',
    p_mcp_server_user_id => v_resolution.mcp_server_user_id
  );
  v_resolution.outcome := 'created';
  return v_resolution;
end
$$;

revoke all on function public.create_mcp_server_user from public, anon, authenticated, service_role;
