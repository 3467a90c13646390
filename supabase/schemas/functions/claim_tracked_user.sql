-- claim_tracked_user: turns an anonymous, tracked row into the user of a first login.
--
-- The row keeps its id, so its history stays with it. Tokens that were issued
-- to it while it was anonymous end here: whoever holds them must not act as the
-- user.
--
-- Caller    resolve_mcp_server_user
-- Rights    invoker, granted to nobody
-- Locks     the anonymous row, then its codes, families and vault entries
--           (lock order: supabase/schemas/README.md)
-- Returns   the user's id, or null where no anonymous row carries the tracking id
create function public.claim_tracked_user(
  p_organization_id text,
  p_tracking_hash text,
  p_auth_type text,
  p_subject text,
  p_email text,
  p_email_verified boolean,
  p_profile jsonb
)
returns text
language plpgsql
set search_path = ''
as $$
declare
  v_user_id text;
begin
  update public.mcp_server_user as tracked
  set auth_type = p_auth_type,
      upstream_sub = p_subject,
      email = p_email,
      email_verified = p_email_verified,
      profile_data = coalesce(p_profile, '{}'),
      profile_refreshed_at = case when p_profile is null then null else now() end,
      last_seen_at = now(),
      claimed_at = now(),
      keep_until = null
  where tracked.organization_id = p_organization_id
    and tracked.tracking_hash = p_tracking_hash
    and tracked.upstream_sub is null
    and tracked.blocked_at is null
  returning tracked.id into v_user_id;
  if not found then
    return null;
  end if;

  perform public.withdraw_user_tokens(
    p_organization_id => p_organization_id, p_mcp_server_user_id => v_user_id, p_reason => 'user_claimed'
  );
  perform public.record_audit_event(
    p_organization_id => p_organization_id, p_event => 'user_claimed', p_mcp_server_user_id => v_user_id
  );
  return v_user_id;
end
$$;

revoke all on function public.claim_tracked_user from public, anon, authenticated, service_role;
