-- provision_mcp_server_user: upserts an end user and stores the upstream tokens of a login, in one transaction.
--
-- A token without its user cannot exist: only this function writes tokens, and
-- their foreign key to the user is not null. Tokens arrive sealed for the row that
-- they will stand in, so the caller has made its id, and the header says it. A call
-- that is repeated, because its answer was lost, finds that row. Without an access
-- token only the user is written, and upstream_token_id is null.
--
-- The organization is that of the config. A config of the platform has none, so
-- p_organization_id names it; for any other config it may be left out. The tokens
-- belong to the client generation under which they were obtained: the config's,
-- unless p_client_generation names another. A login that brings no refresh token
-- borrows the living one of an earlier login, where there is one.
--
-- Caller    complete_authorization, and other services, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     see resolve_mcp_server_user; then the vault entry that lends its refresh token
-- Outcomes  created | matched | linked_email | claimed_tracking | anonymous, or a refusal:
--           unknown_config | config_disabled | organization_required | wrong_organization |
--           unknown_organization | subject_required | user_blocked | people_quota_reached |
--           too_many_new_people
-- Raises    22004 when p_oauth_config_id is null; 22023 that names the argument and says what it must be
create function public.provision_mcp_server_user(
  p_oauth_config_id text,
  p_upstream_issuer text,
  p_upstream_sub text,
  p_email text,
  p_email_verified boolean,
  p_profile jsonb,
  p_tracking_id text,
  p_access_token text,
  p_refresh_token text,
  p_scope text,
  p_expires_at timestamptz,
  p_organization_id text default null,
  p_client_generation integer default null
)
returns public.user_provisioning
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_email text := nullif(btrim(p_email), '');
  v_subject text := nullif(p_upstream_sub, '');
  v_tracking_hash text;
  v_config record;
  v_expected text;
  v_row_id text;
  v_resolution public.user_resolution;
  v_provisioning public.user_provisioning;
  v_lender_id text;
begin
  if p_oauth_config_id is null then
    raise exception using errcode = '22004', message = 'p_oauth_config_id must not be null';
  end if;
  v_expected := case
    when char_length(v_subject) > 255 then 'p_upstream_sub must be at most 255 characters'
    when char_length(v_email) > 320 then 'p_email must be at most 320 characters'
    when char_length(p_tracking_id) > 255 then 'p_tracking_id must be at most 255 characters'
    when jsonb_typeof(p_profile) <> 'object' then 'p_profile must be an object'
    when char_length(p_profile::text) > 65536 then 'p_profile must be at most 65536 characters'
    when char_length(p_scope) > 65536 then 'p_scope must be at most 65536 characters'
    when not isfinite(p_expires_at) then 'p_expires_at must be a time'
    when p_access_token is null and p_refresh_token is not null then
      'p_refresh_token must be null without p_access_token'
  end;
  if v_expected is not null then
    raise exception using errcode = '22023', message = v_expected;
  end if;

  select
    coalesce(config.organization_id, p_organization_id) as organization_id,
    case when config.organization_id is null then 'platform_oauth' else 'custom_oauth' end as auth_type,
    case
      when config.organization_id is null then config.id
      else coalesce(nullif(p_upstream_issuer, ''), config.issuer, config.id)
    end as source,
    config.identity_source,
    config.link_verified_email,
    coalesce(p_client_generation, config.client_generation) as client_generation,
    case
      when nullif(p_upstream_issuer, '') is not null and not public.is_issuer_of_config(
        p_issuer => p_upstream_issuer, p_config_issuer => config.issuer, p_allowed_tenants => config.allowed_tenants
      ) then 'p_upstream_issuer must be the issuer of the config, or that of a tenant of it'
      when p_client_generation not between 1 and config.client_generation then
        'p_client_generation must be a generation that the config has or had'
    end as expected,
    case
      when config.disabled_at is not null then 'config_disabled'
      when config.organization_id <> p_organization_id then 'wrong_organization'
      when config.organization_id is null and p_organization_id is null then 'organization_required'
    end as refusal
  into v_config
  from public.custom_oauth_configs as config
  where config.id = p_oauth_config_id;
  if not found then
    v_provisioning.outcome := 'unknown_config';
    return v_provisioning;
  end if;
  if v_config.refusal is not null then
    v_provisioning.outcome := v_config.refusal;
    return v_provisioning;
  end if;
  if v_config.auth_type = 'platform_oauth' then
    perform from public.organizations as organization where organization.id = p_organization_id;
    if not found then
      v_provisioning.outcome := 'unknown_organization';
      return v_provisioning;
    end if;
  end if;

  v_row_id := public.check_sealed_token(
    p_argument => 'p_access_token', p_token => p_access_token, p_organization_id => v_config.organization_id
  );
  v_expected := case
    when v_config.expected is not null then v_config.expected
    when v_row_id <> public.check_sealed_token(
      p_argument => 'p_refresh_token', p_token => p_refresh_token, p_organization_id => v_config.organization_id
    ) then 'p_refresh_token must be sealed for the row of p_access_token'
  end;
  if v_expected is not null then
    raise exception using errcode = '22023', message = v_expected;
  end if;

  v_tracking_hash := public.tracking_hash(
    p_organization_id => v_config.organization_id, p_tracking_id => p_tracking_id
  );
  if v_subject is not null then
    v_resolution := public.resolve_mcp_server_user(
      p_organization_id => v_config.organization_id,
      p_auth_type => v_config.auth_type,
      p_oauth_config_id => p_oauth_config_id,
      p_source => v_config.source,
      p_subject => v_subject,
      p_email => v_email,
      p_email_verified => v_email is not null and coalesce(p_email_verified, false),
      p_link_verified_email => v_config.link_verified_email,
      p_profile => p_profile,
      p_tracking_hash => v_tracking_hash
    );
  elsif v_config.identity_source = 'none' then
    v_resolution := public.resolve_anonymous_user(
      p_organization_id => v_config.organization_id,
      p_auth_type => v_config.auth_type,
      p_email => v_email,
      p_profile => p_profile,
      p_tracking_hash => v_tracking_hash
    );
  else
    v_resolution.outcome := 'subject_required';
  end if;
  v_provisioning.outcome := v_resolution.outcome;
  v_provisioning.mcp_server_user_id := v_resolution.mcp_server_user_id;

  if p_access_token is null or v_resolution.mcp_server_user_id is null then
    return v_provisioning;
  end if;

  if p_refresh_token is null and v_subject is not null then
    v_lender_id := public.find_refresh_lender(
      p_organization_id => v_config.organization_id,
      p_mcp_server_user_id => v_resolution.mcp_server_user_id,
      p_oauth_config_id => p_oauth_config_id,
      p_client_generation => v_config.client_generation,
      p_source => v_config.source,
      p_subject => v_subject
    );
  end if;
  insert into public.upstream_oauth_tokens
    (id, organization_id, mcp_server_user_id, oauth_config_id, access_token_ciphertext, refresh_token_ciphertext, scope,
     expires_at, client_generation, source, subject, lender_id)
  values
    (v_row_id, v_config.organization_id, v_resolution.mcp_server_user_id, p_oauth_config_id, p_access_token, p_refresh_token,
     p_scope, p_expires_at, v_config.client_generation,
     case when p_refresh_token is not null and v_subject is not null then v_config.source end,
     case when p_refresh_token is not null then v_subject end, v_lender_id)
  on conflict on constraint upstream_oauth_tokens_pkey do nothing
  returning id into v_provisioning.upstream_token_id;
  if not found then
    select stored.id into v_provisioning.upstream_token_id
    from public.upstream_oauth_tokens as stored
    where stored.id = v_row_id
      and stored.mcp_server_user_id = v_resolution.mcp_server_user_id
      and stored.oauth_config_id = p_oauth_config_id
      and stored.access_token_ciphertext = p_access_token;
    if not found then
      raise exception using errcode = '22023', message = 'p_access_token must be sealed for a row that is not there yet';
    end if;
  end if;
  return v_provisioning;
end
$$;

revoke all on function public.provision_mcp_server_user from public, anon, authenticated, service_role;
grant execute on function public.provision_mcp_server_user to service_role;
