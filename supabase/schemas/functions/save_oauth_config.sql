-- save_oauth_config: makes or changes an organization's config.
--
-- Without p_id a config is made. Otherwise null leaves a setting as it is, and
-- an empty text clears one that is optional. The client secret comes as a JWE,
-- never in the clear; method none clears it. It is sealed for the config's row: a
-- new config with a secret takes the id that the secret was sealed for.
--
-- Another client id, or another place that is sent the secret or a token, raises
-- client_generation: no token is sent where it did not come from. A new place
-- needs the secret in the same request, unless there is none: who cannot read
-- the secret must not have it sent to a place of their own. A new secret alone
-- leaves every login as it is.
--
-- Caller    an owner or admin, as authenticated: the secret through the function oauth-configs
-- Rights    definer: the caller may not write the table
-- Locks     the config; for a new one the organization
-- Outcomes  created | saved | forbidden | unknown_organization | unknown_config | quota_reached |
--           invalid (see platform_change)
-- Raises    22004 when a new config names no organization
create function public.save_oauth_config(
  p_id text default null,
  p_organization_id text default null,
  p_name text default null,
  p_issuer text default null,
  p_authorization_endpoint text default null,
  p_token_endpoint text default null,
  p_userinfo_endpoint text default null,
  p_jwks_uri text default null,
  p_revocation_endpoint text default null,
  p_emails_endpoint text default null,
  p_client_id text default null,
  p_client_secret_ciphertext text default null,
  p_token_endpoint_auth_method text default null,
  p_scopes text[] default null,
  p_authorization_parameters jsonb default null,
  p_identity_source text default null,
  p_subject_claim text default null,
  p_allowed_tenants text[] default null,
  p_link_verified_email boolean default null,
  p_refresh_sends_scope boolean default null,
  p_account_prompt text default null,
  p_disabled boolean default null
)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_config public.custom_oauth_configs;
  v_before public.custom_oauth_configs;
  v_role text;
  v_has_new_place boolean;
  v_secret_header jsonb := public.sealed_header(p_ciphertext => p_client_secret_ciphertext);
  v_column text;
  v_constraint text;
  v_change public.platform_change;
begin
  if p_id is null and p_organization_id is null then
    raise exception using errcode = '22004', message = 'p_organization_id must not be null where p_id is';
  end if;

  if p_id is not null then
    select * into v_before
    from public.custom_oauth_configs as config
    where config.id = p_id and public.platform_role(config.organization_id) is not null
    for no key update;
  end if;
  v_role := public.platform_role(case when p_id is null then p_organization_id else v_before.organization_id end);
  if v_role is null then
    return public.refuse_platform_change(case when p_id is null then 'unknown_organization' else 'unknown_config' end);
  end if;
  if v_role = 'member' then
    return public.refuse_platform_change('forbidden');
  end if;
  if p_client_secret_ciphertext !~ '^eyJ[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{22}$'
    or (p_client_secret_ciphertext is not null and (
      v_secret_header ->> 'typ' is distinct from 'config-secret'
      or v_secret_header ->> 'org' is distinct from coalesce(v_before.organization_id, p_organization_id)
      or coalesce(v_secret_header ->> 'row', '') !~ '^coac_[A-Za-z0-9_-]{1,64}$'
      or coalesce(p_id, v_secret_header ->> 'row') <> v_secret_header ->> 'row'
    ))
    or (p_id is null and exists (
      select from public.custom_oauth_configs as taken where taken.id = v_secret_header ->> 'row'
    )) then
    return public.refuse_platform_change(
      p_outcome => 'invalid',
      p_reason => 'config_secret_is_sealed',
      p_argument => 'p_client_secret_ciphertext',
      p_expected => 'a JWE, as the function oauth-configs makes it'
    );
  end if;

  v_has_new_place := p_id is not null and (
    coalesce(p_issuer, v_before.issuer, ''),
    coalesce(p_token_endpoint, v_before.token_endpoint, ''),
    coalesce(p_userinfo_endpoint, v_before.userinfo_endpoint, ''),
    coalesce(p_revocation_endpoint, v_before.revocation_endpoint, ''),
    coalesce(p_emails_endpoint, v_before.emails_endpoint, '')
  ) <> (
    coalesce(v_before.issuer, ''),
    coalesce(v_before.token_endpoint, ''),
    coalesce(v_before.userinfo_endpoint, ''),
    coalesce(v_before.revocation_endpoint, ''),
    coalesce(v_before.emails_endpoint, '')
  );
  if v_has_new_place and p_client_secret_ciphertext is null
    and coalesce(p_token_endpoint_auth_method, v_before.token_endpoint_auth_method) <> 'none' then
    return public.refuse_platform_change(
      p_outcome => 'invalid',
      p_reason => 'config_new_place_needs_the_client_secret',
      p_argument => 'p_client_secret_ciphertext',
      p_expected => 'given where issuer, token_endpoint, userinfo_endpoint, revocation_endpoint or emails_endpoint changes'
    );
  end if;
  if p_id is null and not public.has_room(p_organization_id => p_organization_id, p_kind => 'config') then
    return public.refuse_platform_change('quota_reached');
  end if;

  if p_id is null then
    insert into public.custom_oauth_configs as config
      (id, organization_id, name, issuer, authorization_endpoint, token_endpoint, client_id, client_secret_ciphertext,
       token_endpoint_auth_method, identity_source)
    values
      (coalesce(v_secret_header ->> 'row', public.new_id('coac_')), p_organization_id, p_name, nullif(p_issuer, ''), nullif(p_authorization_endpoint, ''),
       nullif(p_token_endpoint, ''), p_client_id, p_client_secret_ciphertext,
       coalesce(p_token_endpoint_auth_method, 'client_secret_basic'), coalesce(p_identity_source, 'openid'))
    returning * into v_before;
  end if;
  update public.custom_oauth_configs as config
  set name = coalesce(p_name, config.name),
      issuer = nullif(coalesce(p_issuer, config.issuer), ''),
      authorization_endpoint = nullif(coalesce(p_authorization_endpoint, config.authorization_endpoint), ''),
      token_endpoint = nullif(coalesce(p_token_endpoint, config.token_endpoint), ''),
      userinfo_endpoint = nullif(coalesce(p_userinfo_endpoint, config.userinfo_endpoint), ''),
      jwks_uri = nullif(coalesce(p_jwks_uri, config.jwks_uri), ''),
      revocation_endpoint = nullif(coalesce(p_revocation_endpoint, config.revocation_endpoint), ''),
      emails_endpoint = nullif(coalesce(p_emails_endpoint, config.emails_endpoint), ''),
      client_id = coalesce(p_client_id, config.client_id),
      client_secret_ciphertext = case
        when p_token_endpoint_auth_method = 'none' then null
        else coalesce(p_client_secret_ciphertext, config.client_secret_ciphertext)
      end,
      token_endpoint_auth_method = coalesce(p_token_endpoint_auth_method, config.token_endpoint_auth_method),
      scopes = coalesce(p_scopes, config.scopes),
      authorization_parameters = coalesce(p_authorization_parameters, config.authorization_parameters),
      identity_source = coalesce(p_identity_source, config.identity_source),
      subject_claim = coalesce(p_subject_claim, config.subject_claim),
      allowed_tenants = coalesce(p_allowed_tenants, config.allowed_tenants),
      link_verified_email = coalesce(p_link_verified_email, config.link_verified_email),
      refresh_sends_scope = coalesce(p_refresh_sends_scope, config.refresh_sends_scope),
      account_prompt = nullif(coalesce(p_account_prompt, config.account_prompt), ''),
      updated_at = now(),
      disabled_at = case
        when p_disabled then coalesce(config.disabled_at, now())
        when p_disabled is null then config.disabled_at
      end
  where config.id = v_before.id
  returning * into v_config;
  if v_has_new_place or v_config.client_id <> v_before.client_id then
    update public.custom_oauth_configs as config
    set client_generation = config.client_generation + 1
    where config.id = v_config.id;
  end if;
  if v_has_new_place
    or (v_config.client_id, v_config.client_secret_ciphertext, v_config.token_endpoint_auth_method)
      is distinct from
      (v_before.client_id, v_before.client_secret_ciphertext, v_before.token_endpoint_auth_method) then
    update public.custom_oauth_configs as config
    set client_refused_at = null, client_refused_reason = null
    where config.id = v_config.id;
  end if;

  perform public.record_platform_event(
    p_organization_id => v_config.organization_id, p_event => 'config_saved', p_object_id => v_config.id
  );
  v_change.outcome := case when p_id is null then 'created' else 'saved' end;
  v_change.id := v_config.id;
  return v_change;
exception
  when check_violation then
    get stacked diagnostics v_constraint = constraint_name;
    return public.refuse_broken_rule(v_constraint);
  when not_null_violation then
    get stacked diagnostics v_column = column_name;
    return public.refuse_missing_value(v_column);
end
$$;

revoke all on function public.save_oauth_config from public, anon, authenticated, service_role;
grant execute on function public.save_oauth_config to authenticated;
