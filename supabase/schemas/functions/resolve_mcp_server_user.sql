-- resolve_mcp_server_user: finds, links, claims or creates the user of a login.
--
-- 1. The identity (organization, source, subject) decides, if it is known.
-- 2. An address links, under the rules of find_linkable_user.
-- 3. A tracking id claims the anonymous row that carries it.
-- 4. Otherwise the user is new.
-- An address never moves a login. A login without an address leaves the stored
-- one as it is.
--
-- An identity that is not known counts as a new person (admit_person), so that a
-- provider cannot invent people without end, nor subjects of one address.
--
-- A known identity takes one statement and locks the user's row only. For an
-- unknown one the function locks the identity and looks it up again. Once it is
-- linked, or where another login has added it meanwhile, the second attempt
-- finds it like any known one.
--
-- Caller    provision_mcp_server_user
-- Rights    invoker, granted to nobody
-- Locks     the identity (advisory), then the address (advisory), the count of people, then user
--           rows; for a known identity the user's row only
--           (lock order: supabase/schemas/README.md)
-- Outcomes  matched | linked_email | claimed_tracking | created | user_blocked | people_quota_reached |
--           too_many_new_people
create function public.resolve_mcp_server_user(
  p_organization_id text,
  p_auth_type text,
  p_oauth_config_id text,
  p_source text,
  p_subject text,
  p_email text,
  p_email_verified boolean,
  p_link_verified_email boolean,
  p_profile jsonb,
  p_tracking_hash text
)
returns public.user_resolution
language plpgsql
set search_path = ''
as $$
declare
  v_resolution public.user_resolution;
  v_linked_id text;
  v_is_locked boolean;
begin
  for v_attempt in 1..2 loop
    update public.mcp_server_user as known
    set email = coalesce(p_email, known.email),
        email_verified = case when p_email is null then known.email_verified else p_email_verified end,
        profile_data = coalesce(p_profile, known.profile_data),
        profile_refreshed_at = case when p_profile is null then known.profile_refreshed_at else now() end,
        last_seen_at = now()
    from public.mcp_server_user_identities as identity
    where identity.organization_id = p_organization_id
      and identity.source = p_source
      and identity.subject = p_subject
      and known.id = identity.mcp_server_user_id
      and known.blocked_at is null
    returning known.id into v_resolution.mcp_server_user_id;
    exit when found or v_attempt = 2;

    -- Assigned, because plpgsql evaluates a plain expression directly; perform would plan and run a query.
    v_is_locked := pg_advisory_xact_lock(
      hashtextextended(jsonb_build_array('identity', p_organization_id, p_source, p_subject)::text, 1)
    ) is not null;
    continue when v_is_locked and exists (
      select from public.mcp_server_user_identities as identity
      where identity.organization_id = p_organization_id
        and identity.source = p_source
        and identity.subject = p_subject
    );
    if p_link_verified_email and p_email_verified then
      v_linked_id := public.find_linkable_user(
        p_organization_id => p_organization_id, p_auth_type => p_auth_type, p_email => p_email
      );
    end if;
    v_resolution.outcome := public.admit_person(p_organization_id => p_organization_id, p_is_named => true);
    if v_resolution.outcome is not null then
      return v_resolution;
    end if;
    if v_linked_id is null then
      v_resolution := public.create_mcp_server_user(
        p_organization_id => p_organization_id,
        p_auth_type => p_auth_type,
        p_subject => p_subject,
        p_email => p_email,
        p_email_verified => p_email_verified,
        p_profile => p_profile,
        p_tracking_hash => p_tracking_hash
      );
    end if;
    insert into public.mcp_server_user_identities
      (organization_id, source, subject, mcp_server_user_id, first_oauth_config_id)
    values
      (p_organization_id, p_source, p_subject, coalesce(v_linked_id, v_resolution.mcp_server_user_id),
       p_oauth_config_id);
    if v_linked_id is null then
      return v_resolution;
    end if;
  end loop;

  if v_resolution.mcp_server_user_id is null then
    v_resolution.outcome := 'user_blocked';
    return v_resolution;
  end if;
  v_resolution.outcome := case when v_linked_id is null then 'matched' else 'linked_email' end;
  if p_tracking_hash is not null then
    perform public.merge_tracked_user(
      p_organization_id => p_organization_id,
      p_tracking_hash => p_tracking_hash,
      p_mcp_server_user_id => v_resolution.mcp_server_user_id
    );
  end if;
  if v_linked_id is not null then
    perform public.record_audit_event(
      p_organization_id => p_organization_id,
      p_event => 'user_linked',
      p_reason => 'verified_email',
      p_mcp_server_user_id => v_resolution.mcp_server_user_id
    );
  end if;
  return v_resolution;
end
$$;

revoke all on function public.resolve_mcp_server_user from public, anon, authenticated, service_role;
