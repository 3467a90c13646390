-- custom_oauth_configs: an upstream provider and the one client it knows us as.
--
-- A row without an organization is the platform's own, for servers whose
-- auth_type is platform_oauth. The client secret is a JWE under
-- GATEPOST_ENCRYPTION_KEYS. client_generation counts changes of the client's
-- credentials: a refresh token is only ever sent with those it was issued to.
-- owner_id is the organization, or empty for the platform: servers refer to it,
-- so that none can use a config of another organization.

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
  link_verified_email boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  disabled_at timestamptz,
  constraint config_belongs_to_one_owner unique (owner_id, id),
  constraint config_name_is_readable check (char_length(name) between 1 and 200),
  constraint config_endpoints_are_web_urls check (
    public.is_web_url(issuer)
    and public.is_web_url(authorization_endpoint)
    and public.is_web_url(token_endpoint)
    and public.is_web_url(userinfo_endpoint)
    and public.is_web_url(jwks_uri)
    and public.is_web_url(revocation_endpoint)
    and public.is_web_url(emails_endpoint)
  ),
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
  constraint config_parameters_are_an_object check (jsonb_typeof(authorization_parameters) = 'object'),
  constraint platform_config_never_links_by_email check (organization_id is not null or not link_verified_email)
);

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
  authorization_parameters, identity_source, subject_claim, link_verified_email, created_at, updated_at, disabled_at
) on public.custom_oauth_configs to authenticated;
