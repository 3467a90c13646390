-- custom_oauth_configs: an upstream provider, and the client that Gatepost is to it.
--
-- A row without an organization is the platform's own, for servers whose
-- auth_type is platform_oauth. The client secret is a JWE under
-- GATEPOST_ENCRYPTION_KEYS. client_generation counts changes of the client and
-- of the places that are sent its secret or a token: what was issued under one
-- generation is not sent under another. A new secret is no new generation, for a
-- refresh token is bound to the client (RFC 6749 section 6). client_refused_at
-- says since when the provider refuses the client: only the owner can mend that.
-- owner_id is the organization, or empty for the platform: servers refer to it,
-- so that no server can use a config of another organization. A comment of a
-- constraint says its rule to whoever breaks it: see refuse_broken_rule.

create table public.custom_oauth_configs (
  id text primary key default public.new_id('coac_'),
  organization_id text references public.organizations (id) on delete cascade,
  owner_id text not null generated always as (coalesce(organization_id, '')) stored,
  name text not null,
  issuer text,
  authorization_endpoint text,
  token_endpoint text,
  userinfo_endpoint text,
  jwks_uri text,
  revocation_endpoint text,
  emails_endpoint text,
  client_id text not null,
  client_secret_ciphertext text,
  client_generation integer not null default 1,
  token_endpoint_auth_method text not null default 'client_secret_basic',
  scopes text[] not null default array['openid', 'email', 'profile'],
  authorization_parameters jsonb not null default '{}',
  identity_source text not null default 'openid',
  subject_claim text not null default 'sub',
  allowed_tenants text[] not null default '{}',
  link_verified_email boolean not null default false,
  refresh_sends_scope boolean not null default false,
  account_prompt text,
  client_refused_at timestamptz,
  client_refused_reason text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  disabled_at timestamptz,
  constraint config_belongs_to_one_owner unique (owner_id, id),
  constraint config_name_is_readable check (char_length(name) between 1 and 200),
  constraint config_issuer_is_a_web_url check (public.is_web_url(issuer)),
  constraint config_authorization_endpoint_is_a_web_url check (public.is_web_url(authorization_endpoint)),
  constraint config_token_endpoint_is_a_web_url check (public.is_web_url(token_endpoint)),
  constraint config_userinfo_endpoint_is_a_web_url check (public.is_web_url(userinfo_endpoint)),
  constraint config_jwks_uri_is_a_web_url check (public.is_web_url(jwks_uri)),
  constraint config_revocation_endpoint_is_a_web_url check (public.is_web_url(revocation_endpoint)),
  constraint config_emails_endpoint_is_a_web_url check (public.is_web_url(emails_endpoint)),
  constraint config_is_discovered_or_names_its_endpoints check (
    issuer is not null or (authorization_endpoint is not null and token_endpoint is not null)
  ),
  constraint config_auth_method_is_known check (
    token_endpoint_auth_method in ('client_secret_basic', 'client_secret_post', 'none')
  ),
  constraint config_secret_stands_with_its_method check (
    (token_endpoint_auth_method = 'none') = (client_secret_ciphertext is null)
  ),
  constraint config_identity_source_is_known check (identity_source in ('openid', 'userinfo', 'none')),
  constraint config_openid_has_an_issuer check (identity_source <> 'openid' or issuer is not null),
  constraint config_account_prompt_is_known check (account_prompt in ('select_account', 'login')),
  constraint config_id_is_short check (pg_column_size(id) <= 100),
  constraint config_client_id_is_short check (char_length(client_id) <= 2048),
  constraint config_secret_is_short check (char_length(client_secret_ciphertext) <= 16384),
  constraint config_scopes_are_scopes check (public.are_scopes(to_jsonb(scopes))),
  constraint config_scopes_are_short check (pg_column_size(scopes) <= 65536),
  constraint config_subject_claim_is_short check (char_length(subject_claim) <= 200),
  constraint config_parameters_are_an_object check (
    jsonb_typeof(authorization_parameters) = 'object'
    and not jsonb_path_exists(authorization_parameters, '$.* ? (@.type() != "string")')
  ),
  constraint config_parameters_are_short check (pg_column_size(authorization_parameters) <= 16384),
  constraint only_an_id_token_names_a_tenant check (
    identity_source = 'openid' or cardinality(allowed_tenants) = 0
  ),
  constraint allowed_tenants_are_named check (array_position(allowed_tenants, null) is null),
  constraint allowed_tenants_are_short check (pg_column_size(allowed_tenants) <= 65536),
  constraint client_is_refused_for_a_reason check ((client_refused_at is null) = (client_refused_reason is null)),
  constraint client_refused_reason_is_short check (pg_column_size(client_refused_reason) <= 200),
  constraint platform_config_never_links_by_email check (organization_id is not null or not link_verified_email)
);

comment on constraint config_name_is_readable on public.custom_oauth_configs is
  'name: 1 to 200 characters';
comment on constraint config_issuer_is_a_web_url on public.custom_oauth_configs is
  'issuer: an https URL, or an http URL of the local machine';
comment on constraint config_authorization_endpoint_is_a_web_url on public.custom_oauth_configs is
  'authorization_endpoint: an https URL, or an http URL of the local machine';
comment on constraint config_token_endpoint_is_a_web_url on public.custom_oauth_configs is
  'token_endpoint: an https URL, or an http URL of the local machine';
comment on constraint config_userinfo_endpoint_is_a_web_url on public.custom_oauth_configs is
  'userinfo_endpoint: an https URL, or an http URL of the local machine';
comment on constraint config_jwks_uri_is_a_web_url on public.custom_oauth_configs is
  'jwks_uri: an https URL, or an http URL of the local machine';
comment on constraint config_revocation_endpoint_is_a_web_url on public.custom_oauth_configs is
  'revocation_endpoint: an https URL, or an http URL of the local machine';
comment on constraint config_emails_endpoint_is_a_web_url on public.custom_oauth_configs is
  'emails_endpoint: an https URL, or an http URL of the local machine';
comment on constraint config_is_discovered_or_names_its_endpoints on public.custom_oauth_configs is
  'issuer: given, unless authorization_endpoint and token_endpoint are';
comment on constraint config_auth_method_is_known on public.custom_oauth_configs is
  'token_endpoint_auth_method: client_secret_basic, client_secret_post or none';
comment on constraint config_secret_stands_with_its_method on public.custom_oauth_configs is
  'client_secret_ciphertext: given, and left out where token_endpoint_auth_method is none';
comment on constraint config_identity_source_is_known on public.custom_oauth_configs is
  'identity_source: openid, userinfo or none';
comment on constraint config_openid_has_an_issuer on public.custom_oauth_configs is
  'issuer: given where identity_source is openid; a provider without id_tokens takes userinfo';
comment on constraint config_account_prompt_is_known on public.custom_oauth_configs is
  'account_prompt: select_account, login, or left out';
comment on constraint config_client_id_is_short on public.custom_oauth_configs is
  'client_id: at most 2,048 characters';
comment on constraint config_secret_is_short on public.custom_oauth_configs is
  'client_secret_ciphertext: at most 16,384 characters';
comment on constraint config_scopes_are_short on public.custom_oauth_configs is
  'scopes: a list of at most 64 kB altogether';
comment on constraint config_subject_claim_is_short on public.custom_oauth_configs is
  'subject_claim: at most 200 characters';
comment on constraint config_parameters_are_short on public.custom_oauth_configs is
  'authorization_parameters: an object of at most 16 kB altogether';
comment on constraint allowed_tenants_are_short on public.custom_oauth_configs is
  'allowed_tenants: a list of at most 64 kB altogether';
comment on constraint config_scopes_are_scopes on public.custom_oauth_configs is
  'scopes: a list of texts without spaces, quotation marks and backslashes';
comment on constraint config_parameters_are_an_object on public.custom_oauth_configs is
  'authorization_parameters: an object of texts';
comment on constraint only_an_id_token_names_a_tenant on public.custom_oauth_configs is
  'allowed_tenants: empty, unless identity_source is openid';
comment on constraint allowed_tenants_are_named on public.custom_oauth_configs is
  'allowed_tenants: a list of texts';
comment on constraint platform_config_never_links_by_email on public.custom_oauth_configs is
  'link_verified_email: false for a config of the platform';

comment on column public.custom_oauth_configs.allowed_tenants is
  'Tenants (the tid of an id_token) whose people may log in, where the issuer has many; empty: all of them.';
comment on column public.custom_oauth_configs.identity_source is
  'openid: a validated id_token names the user. userinfo: the userinfo endpoint does. none: nobody does, users are anonymous.';

create index custom_oauth_configs_by_organization on public.custom_oauth_configs (organization_id);

alter table public.custom_oauth_configs enable row level security;

create policy "Members read their organization's configs"
  on public.custom_oauth_configs for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.custom_oauth_configs from public, anon, authenticated, service_role;
grant select (
  id, organization_id, name, issuer, authorization_endpoint, token_endpoint, userinfo_endpoint, jwks_uri,
  revocation_endpoint, emails_endpoint, client_id, client_generation, token_endpoint_auth_method, scopes,
  authorization_parameters, identity_source, subject_claim, allowed_tenants, link_verified_email, refresh_sends_scope, account_prompt,
  client_refused_at, client_refused_reason, created_at, updated_at, disabled_at
) on public.custom_oauth_configs to authenticated;
