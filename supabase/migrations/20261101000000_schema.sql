-- The whole schema. Made from supabase/schemas by `deno task schema`; never edited.

-- A function's body may name what comes after it.
set check_function_bodies = off;

-- What Supabase provides and a bare PostgreSQL lacks, and the one role that is Gatepost's own.
--
-- On a Supabase project every branch below finds its object and does nothing: the
-- schema auth belongs to the platform. On any other PostgreSQL this makes the
-- little that the rest of the schema refers to. Whoever runs another
-- implementation of Supabase Auth creates its schema before this runs.

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'anon') then
    create role anon nologin;
  end if;
  if not exists (select from pg_catalog.pg_roles where rolname = 'authenticated') then
    create role authenticated nologin;
  end if;
  if not exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
    create role service_role nologin bypassrls;
  end if;
  -- The Edge Functions log in as this role where they do not use the REST layer. Nobody logs in as it until
  -- somebody lets them: some servers trust their own machine without a password. It is a member of no other role.
  -- Its functions answer times in UTC, as REST does.
  if not exists (select from pg_catalog.pg_roles where rolname = 'gatepost_functions') then
    create role gatepost_functions nologin noinherit;
    alter role gatepost_functions set search_path = '';
    alter role gatepost_functions set timezone = 'UTC';
    alter role gatepost_functions set statement_timeout = '8s';
    alter role gatepost_functions set idle_in_transaction_session_timeout = '8s';
  end if;

  if to_regnamespace('auth') is null then
    create schema auth;
    grant usage on schema auth to anon, authenticated, service_role;
  end if;
  if to_regclass('auth.users') is null then
    create table auth.users (id uuid primary key, email text, email_confirmed_at timestamptz);
  end if;
  if to_regprocedure('auth.uid()') is null then
    create function auth.uid()
    returns uuid
    language sql
    stable
    set search_path = ''
    as $body$
      select coalesce(
        nullif(current_setting('request.jwt.claim.sub', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
      )::uuid
    $body$;
  end if;
end
$$;

-- Nobody but the owner may use a new object in public until a grant says so.
-- Projects that are older than this default of the platform grant everything.
alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public revoke all on functions from anon, authenticated, service_role;

grant usage on schema public to anon, authenticated, service_role, gatepost_functions;

-- new_id: a prefixed, unguessable identifier of 12 characters (72 random bits).
--
-- A random UUID has fixed bits for version and variant. Bytes 1 to 6 and 11 to 13
-- have none of them; these nine bytes are twelve characters of base64url.
--
-- Caller    column defaults
-- Rights    invoker, granted to nobody
create function public.new_id(p_prefix text)
returns text
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_random uuid := gen_random_uuid();
begin
  return p_prefix || translate(
    encode(substring(uuid_send(v_random) from 1 for 6) || substring(uuid_send(v_random) from 11 for 3), 'base64'),
    '+/',
    '-_'
  );
end
$$;

revoke all on function public.new_id from public, anon, authenticated, service_role;

-- image_type: which kind of image bytes are, by the signature that they begin with.
--
-- PNG, JPEG and WebP alone. SVG is a document that can hold scripts, and has no signature.
--
-- Caller    a check constraint; find_organization_logo
-- Rights    invoker, granted to nobody
-- Returns   the media type, or null for anything else
create function public.image_type(p_image bytea)
returns text
language sql
immutable
parallel safe
set search_path = ''
as $$
  select case
    when substring(p_image from 1 for 8) = '\x89504e470d0a1a0a' then 'image/png'
    when substring(p_image from 1 for 3) = '\xffd8ff' then 'image/jpeg'
    when substring(p_image from 1 for 4) = '\x52494646' and substring(p_image from 9 for 4) = '\x57454250'
      then 'image/webp'
  end
$$;

revoke all on function public.image_type from public, anon, authenticated, service_role;

-- organizations_of_platform_user: the organizations the caller belongs to.
--
-- Definer, because a policy on organization_members that reads that table would
-- call itself without end. The function takes no user as an argument: it answers
-- for auth.uid() only.
--
-- Caller    row level security, as authenticated
-- Rights    definer: reads all memberships, answers the caller's own
create function public.organizations_of_platform_user(p_roles text[] default array['owner', 'admin', 'member'])
returns setof text
language sql
stable
security definer
set search_path = ''
as $$
  select member.organization_id
  from public.organization_members as member
  where member.user_id = (select auth.uid())
    and member.role = any (p_roles)
$$;

revoke all on function public.organizations_of_platform_user from public, anon, authenticated, service_role;
grant execute on function public.organizations_of_platform_user to authenticated;

-- organizations: whose configs, MCP servers and end users these are.
--
-- audit_retention_days is how long audit events stay, and people without a login.
-- call_retention_days is how long each recorded call stays; what is counted of it stays.
--
-- identities_gone counts identities of people that went again (organization_people).
--
-- logo is what people see on pages: an image whose kind its first bytes say, and
-- none that can hold a script. Functions serve it; members read its version only.

create table public.organizations (
  id text primary key default public.new_id('org_'),
  name text not null,
  audit_retention_days integer not null default 365,
  call_retention_days integer not null default 30,
  identities_gone integer not null default 0,
  logo bytea,
  logo_version text generated always as (left(encode(sha256(logo), 'hex'), 16)) stored,
  created_at timestamptz not null default now(),
  constraint organization_id_is_not_empty check (id <> ''),
  constraint organization_name_is_readable check (char_length(name) between 1 and 200),
  constraint audit_retention_is_a_number_of_days check (audit_retention_days between 1 and 3650),
  constraint call_retention_is_a_number_of_days check (call_retention_days between 1 and 365),
  constraint organization_logo_is_small check (octet_length(logo) <= 65536),
  constraint organization_logo_is_an_image check (logo is null or public.image_type(logo) is not null)
);

comment on constraint organization_name_is_readable on public.organizations is
  'name: 1 to 200 characters';
comment on constraint audit_retention_is_a_number_of_days on public.organizations is
  'audit_retention_days: between 1 and 3650';
comment on constraint organization_logo_is_small on public.organizations is
  'logo: at most 64 KB';
comment on constraint organization_logo_is_an_image on public.organizations is
  'logo: a PNG, JPEG or WebP image in base64';
comment on constraint call_retention_is_a_number_of_days on public.organizations is
  'call_retention_days: between 1 and 365';

-- keep_call_partitions asks which retentions there are.
create index organizations_by_call_retention on public.organizations (call_retention_days);

alter table public.organizations enable row level security;

create policy "Members read their organizations"
  on public.organizations for select to authenticated
  using (id in (select public.organizations_of_platform_user()));

revoke all on public.organizations from public, anon, authenticated, service_role;
grant select (
  id, name, audit_retention_days, call_retention_days, logo_version, created_at
) on public.organizations to authenticated;

-- is_web_url: whether a URL may be stored and published.
--
-- https to any host, http to the local machine only. No user info, no fragment,
-- and no character that a shell or a page could read as code, such as quotes and
-- white space. Null passes: "not null" says whether a column needs a URL. The
-- address behind a host name is not checked here: the functions check it when
-- they connect.
--
-- Caller    check constraints
-- Rights    invoker, granted to nobody
create function public.is_web_url(p_url text)
returns boolean
language sql
immutable
parallel safe
set search_path = ''
as $$
  select p_url is null or (
    char_length(p_url) <= 2048
    and p_url ~ '^(https://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])|http://(localhost|127\.0\.0\.1|\[::1\]|host\.docker\.internal))(:[0-9]{1,5})?([/?][A-Za-z0-9._~/%?&=+,:@-]*)?$'
  )
$$;

revoke all on function public.is_web_url from public, anon, authenticated, service_role;

-- are_scopes: whether a JSON value is a list of scopes (RFC 6749 section 3.3).
--
-- Caller    check constraints
-- Rights    invoker, granted to nobody
create function public.are_scopes(p_scopes jsonb)
returns boolean
language sql
immutable
parallel safe
set search_path = ''
as $$
  select jsonb_typeof(p_scopes) = 'array' and not exists (
    select from jsonb_array_elements(case jsonb_typeof(p_scopes) when 'array' then p_scopes end) as scope
    where jsonb_typeof(scope) <> 'string' or scope #>> '{}' !~ '^[!#-\[\]-~]+$'
  )
$$;

revoke all on function public.are_scopes from public, anon, authenticated, service_role;

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

-- gatepost_settings: what the operator of the deployment decides, in one row.
--
-- Nobody may found an organization until the operator says so. public_url is
-- GATEPOST_PUBLIC_URL: with it a server is refused whose address leads back to the
-- gateway, and whose resource is another server's. server_slugs says whether an
-- organization chooses a slug, or takes what the operator reserved for it. save_deployment_settings changes
-- the row. No policy: only the definer functions read it.

create table public.gatepost_settings (
  is_only_row boolean primary key default true,
  organization_founding text not null default 'closed',
  server_slugs text not null default 'open',
  organizations_per_founder integer not null default 3,
  servers_per_organization integer not null default 50,
  retired_names_per_organization integer not null default 200,
  configs_per_organization integer not null default 20,
  members_per_organization integer not null default 100,
  invitations_per_organization integer not null default 50,
  people_per_organization integer not null default 1000000,
  public_url text,
  constraint settings_are_one_row check (is_only_row),
  constraint organization_founding_is_known check (organization_founding in ('closed', 'open')),
  constraint server_slugs_is_known check (server_slugs in ('open', 'reserved')),
  constraint quotas_are_not_negative check (
    least(
      organizations_per_founder, servers_per_organization, retired_names_per_organization, configs_per_organization,
      members_per_organization, invitations_per_organization, people_per_organization
    ) >= 0
  ),
  constraint public_url_is_a_web_url check (public.is_web_url(public_url) and public_url !~ '[?]|/$')
);

insert into public.gatepost_settings default values;

alter table public.gatepost_settings enable row level security;

revoke all on public.gatepost_settings from public, anon, authenticated, service_role;

-- mcp_active_days: how many different people called in each day, week and month.
--
-- A week starts on a Monday; all in UTC. Somebody who logs in counts as known,
-- anybody else whom Gatepost can tell apart as a visitor, as at the first call of the
-- time. Who was erased or merged since stays counted.

create table public.mcp_active_days (
  organization_id text not null,
  period text not null,
  starts_on date not null,
  known integer not null,
  visitors integer not null,
  constraint active_people_are_one_row primary key (organization_id, period, starts_on),
  constraint active_people_are_of_an_organization
    foreign key (organization_id) references public.organizations (id) on delete cascade,
  constraint period_is_known check (period in ('day', 'week', 'month'))
) with (fillfactor = 50);

alter table public.mcp_active_days enable row level security;

create policy "Members read their organization's active days"
  on public.mcp_active_days for select to authenticated
  using (organization_id = any (array(select public.organizations_of_platform_user())));

revoke all on public.mcp_active_days from public, anon, authenticated, service_role;
grant select on public.mcp_active_days to authenticated;

-- mcp_audit_events: who did what, with a stable reason slug. Append-only, but for
-- erase_mcp_server_user, which takes a user's id out.
--
-- Rows have no foreign key to what they name, so that they stay when it is
-- deleted, even an organization. keep_until is set when a row is written, from
-- the retention that its organization has then, so that clean-up reads one index.
-- platform_user_id is the platform user who acted, if one did. object_id is what
-- that user changed, if it is neither a server nor an end user. request_id is what
-- the log, the error page and the header X-Request-Id say of the same request.
-- detail says where a failure happened and what was wrong, in words from fixed
-- lists and numbers. occurrences counts what happened again within the hour
-- (record_audit_event): client_id is then the last one, repeated_request_ids the last 20.
-- is_repeated turns true once, so that an index has the rows that count, and counting
-- touches none (a HOT update): no index may have occurrences, not even one for other rows.
-- began_at says of the end of a login when it began, of the first one where they are counted.

create table public.mcp_audit_events (
  id bigint generated always as identity primary key,
  organization_id text not null,
  mcp_server_id text,
  mcp_server_user_id text,
  client_id text,
  platform_user_id uuid,
  object_id text,
  event text not null,
  reason text,
  request_id text,
  detail jsonb,
  began_at timestamptz,
  occurred_at timestamptz not null default now(),
  occurrences integer not null default 1,
  last_occurred_at timestamptz not null default now(),
  repeated_request_ids text[],
  is_repeated boolean not null generated always as (occurrences > 1) stored,
  repeat_key uuid,
  keep_until timestamptz not null,
  constraint audit_event_is_repeated_in_one_row unique (repeat_key),
  constraint audit_event_is_a_slug check (event ~ '^[a-z]+(_[a-z]+)*$'),
  constraint audit_reason_is_a_slug check (reason ~ '^[a-z0-9]+(_[a-z0-9]+)*$'),
  constraint audit_event_is_small check (
    pg_column_size(client_id) <= 8192 and pg_column_size(object_id) <= 200 and pg_column_size(event) <= 100
    and pg_column_size(reason) <= 200 and pg_column_size(request_id) <= 100
    and pg_column_size(repeated_request_ids) <= 2048
  ),
  constraint audit_detail_is_a_small_object check (
    jsonb_typeof(detail) = 'object' and octet_length(detail::text) <= 1000
  ),
  constraint repeated_requests_are_few check (cardinality(repeated_request_ids) <= 20)
) with (fillfactor = 90);

create index mcp_audit_events_by_organization on public.mcp_audit_events (organization_id, occurred_at desc);
create index mcp_audit_events_by_user
  on public.mcp_audit_events (organization_id, mcp_server_user_id, occurred_at desc)
  where mcp_server_user_id is not null;
create index mcp_audit_events_counted_logins
  on public.mcp_audit_events (organization_id, occurred_at desc)
  where is_repeated and event in ('login_completed', 'login_failed', 'login_abandoned');
create index mcp_audit_events_ending_logins
  on public.mcp_audit_events (organization_id, occurred_at desc)
  where event in (
    'tokens_revoked', 'upstream_token_ended', 'user_tokens_revoked', 'user_deleted', 'user_merged', 'users_merged',
    'users_unmerged', 'connections_revoked', 'client_deleted', 'server_deleted'
  );
-- mcp_login_days counts rows from this index alone.
create index mcp_audit_events_of_logins
  on public.mcp_audit_events (organization_id, occurred_at) include (mcp_server_id, event, reason)
  where event in ('login_completed', 'login_failed', 'login_abandoned');
create index mcp_audit_events_by_request on public.mcp_audit_events (request_id);
create index mcp_audit_events_by_expiry on public.mcp_audit_events (keep_until);

alter table public.mcp_audit_events enable row level security;

create policy "Members read their organization's audit events"
  on public.mcp_audit_events for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.mcp_audit_events from public, anon, authenticated, service_role;
revoke all on sequence public.mcp_audit_events_id_seq from public, anon, authenticated, service_role;
grant select (
  id, organization_id, mcp_server_id, mcp_server_user_id, client_id, platform_user_id, object_id, event, reason,
  request_id, detail, began_at, occurred_at, occurrences, last_occurred_at, repeated_request_ids, is_repeated
) on public.mcp_audit_events to authenticated;

-- are_scope_rules: whether a JSON value is a list of {method, name?, scopes}.
--
-- Caller    check constraints
-- Rights    invoker, granted to nobody
create function public.are_scope_rules(p_rules jsonb)
returns boolean
language sql
immutable
parallel safe
set search_path = ''
as $$
  select jsonb_typeof(p_rules) = 'array' and not exists (
    select from jsonb_array_elements(case jsonb_typeof(p_rules) when 'array' then p_rules end) as rule
    where case jsonb_typeof(rule) when 'object' then
      coalesce(jsonb_typeof(rule -> 'method') <> 'string' or rule ->> 'method' !~ '^\S+$', true)
      or coalesce(jsonb_typeof(rule -> 'name') <> 'string' or rule ->> 'name' = '', false)
      or not coalesce(public.are_scopes(rule -> 'scopes') and rule -> 'scopes' <> '[]', false)
      or rule - array['method', 'name', 'scopes'] <> '{}'
    else true end
  )
$$;

revoke all on function public.are_scope_rules from public, anon, authenticated, service_role;

-- is_scope_hierarchy: whether a JSON value is an object whose members are scopes with lists of scopes.
--
-- Caller    check constraints
-- Rights    invoker, granted to nobody
create function public.is_scope_hierarchy(p_hierarchy jsonb)
returns boolean
language sql
immutable
parallel safe
set search_path = ''
as $$
  select jsonb_typeof(p_hierarchy) = 'object' and not exists (
    select from jsonb_each(case jsonb_typeof(p_hierarchy) when 'object' then p_hierarchy end) as included
    where not public.are_scopes(jsonb_build_array(included.key)) or not public.are_scopes(included.value)
  )
$$;

revoke all on function public.is_scope_hierarchy from public, anon, authenticated, service_role;

-- is_scope_descriptions: whether a JSON value is an object that says in a line what each of some scopes means.
--
-- Caller    check constraints
-- Rights    invoker, granted to nobody
create function public.is_scope_descriptions(p_descriptions jsonb)
returns boolean
language sql
immutable
parallel safe
set search_path = ''
as $$
  select jsonb_typeof(p_descriptions) = 'object' and not exists (
    select from jsonb_each(case jsonb_typeof(p_descriptions) when 'object' then p_descriptions end)
      with ordinality as described (scope, meaning, number)
    where not public.are_scopes(jsonb_build_array(described.scope))
      or jsonb_typeof(described.meaning) <> 'string'
      or char_length(described.scope) > 200
      or described.meaning #>> '{}' !~ '^[^[:cntrl:]]{1,200}$'
      or btrim(described.meaning #>> '{}') = ''
      or described.number > 100
  )
$$;

revoke all on function public.is_scope_descriptions from public, anon, authenticated, service_role;

-- are_redacted_paths: whether texts are paths into JSON, in the part of JSONPath that the gateway knows.
--
-- $ and then steps: .name, ..name at any depth, [*], [0]. A name has no blanks,
-- dots, brackets, quotation marks and asterisks.
--
-- Caller    a check constraint
-- Rights    invoker, granted to nobody
create function public.are_redacted_paths(p_redacted_paths text[])
returns boolean
language sql
immutable
parallel safe
set search_path = ''
as $$
  select cardinality(p_redacted_paths) <= 50 and not exists (
    select from unnest(p_redacted_paths) as path
    where (
      char_length(path) <= 200
      and path ~ '^\$([.]{1,2}[^][:space:].[*"''$]+|\[([*]|[0-9]{1,6})\])+$'
    ) is not true
  )
$$;

revoke all on function public.are_redacted_paths from public, anon, authenticated, service_role;

-- mcp_servers: an MCP server, how its callers sign in, and its policies.
--
-- upstream_url is where the gateway forwards to; a server that is not behind
-- the gateway names its own URL in resource instead. The slug is a DNS label,
-- so that it may one day stand in a host name.
--
-- resource is held in the one spelling that resources are compared in: what a
-- client asks for is brought into it (functions/_shared/tokens/resource.ts),
-- and what is stored is compared as it is. A query names no server, so a
-- resource has none.
--
-- config_owner_id is derived from auth_type, so that the foreign key over it
-- demands the right owner: custom_oauth takes a config of the server's own
-- organization, platform_oauth one of the platform, none takes none.
--
-- A resource is stored in the one spelling that functions/_shared/tokens/resource.ts
-- compares, so that its uniqueness means one audience for one server.
--
-- registration_redirect_hosts says where a client's answers may go under the
-- policy redirect_hosts, as redirect_place names it: a host, "localhost", or
-- the scheme of an app with its colon ("cursor:").
--
-- scope_rules say which scopes a call needs beside required_scopes, by its method
-- and by the name in it, where * stands for any text. scope_hierarchy says which
-- scopes a scope includes. A rule may demand only what scopes_supported has, for
-- nobody could be granted anything else. Rules are refused on a server without a
-- sign-in or without the gateway, where nothing would check them. Both are read
-- with every call, so their length is limited. scope_descriptions say to a person on
-- the consent page what a scope means.
--
-- record_payloads says whether calls are recorded with their arguments and results.
-- What stands at one of redacted_paths is left out of both by the gateway, before
-- anything comes here.
--
-- A comment of a constraint says its rule to whoever breaks it: see
-- refuse_broken_rule.

create table public.mcp_servers (
  id text primary key default public.new_id('mcps_'),
  organization_id text not null references public.organizations (id) on delete cascade,
  slug text not null,
  name text not null,
  auth_type text not null default 'custom_oauth',
  custom_oauth_config_id text,
  config_owner_id text generated always as (
    case auth_type when 'custom_oauth' then organization_id when 'platform_oauth' then '' end
  ) stored,
  upstream_url text,
  upstream_authorization text not null default 'upstream_token',
  resource text,
  scopes_supported text[] not null default array['openid', 'email', 'profile', 'offline_access'],
  required_scopes text[] not null default array[]::text[],
  scope_rules jsonb not null default '[]',
  scope_hierarchy jsonb not null default '{}',
  scope_descriptions jsonb not null default '{}',
  access_token_seconds integer not null default 900,
  refresh_token_seconds integer not null default 2592000,
  registration_policy text not null default 'open',
  registration_redirect_hosts text[] not null default array[]::text[],
  initial_access_token_hash text,
  metadata_document_policy text not null default 'allow_list',
  -- Whoever publishes a description does not fall back to registration: a host that is missing keeps its clients out.
  metadata_document_hosts text[] not null
    default array['claude.ai', 'chatgpt.com', 'vscode.dev', 'github.com', 'opencode.ai', 'zed.dev'],
  record_payloads text not null default 'none',
  redacted_paths text[] not null default array[]::text[],
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  disabled_at timestamptz,
  constraint mcp_server_slug_is_unique unique (slug),
  constraint mcp_server_resource_is_unique unique (resource),
  constraint mcp_server_belongs_to_one_organization unique (organization_id, id),
  constraint mcp_server_uses_a_config_of_its_own_or_the_platform
    foreign key (config_owner_id, custom_oauth_config_id)
    references public.custom_oauth_configs (owner_id, id),
  constraint mcp_server_slug_is_a_dns_label check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  constraint mcp_server_name_is_readable check (char_length(name) between 1 and 200),
  constraint mcp_server_auth_type_is_known check (auth_type in ('custom_oauth', 'platform_oauth', 'none')),
  constraint mcp_server_signs_in_with_a_config check ((auth_type = 'none') = (custom_oauth_config_id is null)),
  constraint mcp_server_upstream_url_is_a_web_url check (public.is_web_url(upstream_url)),
  constraint mcp_server_resource_is_a_web_url check (public.is_web_url(resource)),
  constraint mcp_server_resource_is_in_normal_form check (
    resource !~ '[?]|/$'
    and resource !~ '^https?://[^/]*[A-Z]'
    and resource !~ '^(http://[^/]*:80|https://[^/]*:443|https?://[^/]*:0[0-9]+)(/|$)'
    and resource !~* '/([.]|%2e){1,2}(/|$)'
    and resource ~ '^https?://(([a-z0-9.-]*\.)?[a-z][a-z0-9-]*\.?|((0|[1-9][0-9]{0,2})\.){3}(0|[1-9][0-9]{0,2})|\[::1\])(:|/|$)'
  ),
  constraint mcp_server_is_forwarded_or_stands_alone check (upstream_url is null or resource is null),
  constraint upstream_authorization_is_known check (upstream_authorization in ('upstream_token', 'none')),
  constraint scopes_supported_are_scopes check (public.are_scopes(to_jsonb(scopes_supported))),
  constraint scopes_supported_are_short check (pg_column_size(scopes_supported) <= 65536),
  constraint required_scopes_are_short check (pg_column_size(required_scopes) <= 65536),
  constraint required_scopes_are_supported check (required_scopes <@ scopes_supported),
  constraint required_scopes_need_a_sign_in check (auth_type <> 'none' or required_scopes = '{}'),
  constraint scope_rules_name_methods_and_scopes check (public.are_scope_rules(scope_rules)),
  constraint scope_rules_need_a_sign_in_at_the_gateway check (
    scope_rules = '[]' or (auth_type <> 'none' and upstream_url is not null)
  ),
  constraint scope_rules_stay_within_scopes_supported check (
    jsonb_path_query_array(scope_rules, '$[*].scopes[*]') <@ to_jsonb(scopes_supported)
  ),
  constraint scope_hierarchy_names_scopes check (public.is_scope_hierarchy(scope_hierarchy)),
  constraint scope_rules_and_hierarchy_are_short check (
    char_length(scope_rules::text) + char_length(scope_hierarchy::text) <= 20000
  ),
  constraint scope_descriptions_are_short check (pg_column_size(scope_descriptions) <= 65536),
  constraint scope_descriptions_say_what_scopes_mean check (public.is_scope_descriptions(scope_descriptions)),
  constraint access_token_lifetime_is_sane check (access_token_seconds between 60 and 86400),
  constraint refresh_token_lifetime_is_sane check (refresh_token_seconds between 300 and 31536000),
  constraint registration_policy_is_known check (registration_policy in ('open', 'redirect_hosts', 'token', 'closed')),
  constraint registration_redirect_hosts_are_texts check (array_position(registration_redirect_hosts, null) is null),
  constraint registration_redirect_hosts_are_short check (pg_column_size(registration_redirect_hosts) <= 65536),
  constraint registration_token_is_a_sha256 check (char_length(initial_access_token_hash) = 43),
  constraint registration_token_stands_with_its_policy check (
    (registration_policy = 'token') = (initial_access_token_hash is not null)
  ),
  constraint metadata_document_policy_is_known check (metadata_document_policy in ('off', 'allow_list', 'open')),
  constraint metadata_document_hosts_are_texts check (array_position(metadata_document_hosts, null) is null),
  constraint metadata_document_hosts_are_short check (pg_column_size(metadata_document_hosts) <= 65536),
  constraint record_payloads_is_known check (record_payloads in ('none', 'arguments', 'all')),
  constraint redacted_paths_are_paths check (
    public.are_redacted_paths(redacted_paths) and char_length(redacted_paths::text) <= 20000
  )
);

comment on constraint mcp_server_slug_is_a_dns_label on public.mcp_servers is
  'slug: 1 to 63 lower-case letters, digits and hyphens, without a hyphen at either end';
comment on constraint mcp_server_name_is_readable on public.mcp_servers is
  'name: 1 to 200 characters';
comment on constraint mcp_server_auth_type_is_known on public.mcp_servers is
  'auth_type: custom_oauth, platform_oauth or none';
comment on constraint mcp_server_signs_in_with_a_config on public.mcp_servers is
  'custom_oauth_config_id: given, and left out where auth_type is none';
comment on constraint mcp_server_upstream_url_is_a_web_url on public.mcp_servers is
  'upstream_url: an https URL, or an http URL of the local machine';
comment on constraint mcp_server_resource_is_a_web_url on public.mcp_servers is
  'resource: an https URL, or an http URL of the local machine';
comment on constraint mcp_server_resource_is_in_normal_form on public.mcp_servers is
  'resource: a URL with a host in lower case, without a query, a default port, dot segments or a slash at its end';
comment on constraint mcp_server_is_forwarded_or_stands_alone on public.mcp_servers is
  'resource: left out where upstream_url is given';
comment on constraint upstream_authorization_is_known on public.mcp_servers is
  'upstream_authorization: upstream_token or none';
comment on constraint scopes_supported_are_scopes on public.mcp_servers is
  'scopes_supported: a list of texts without spaces, quotation marks and backslashes';
comment on constraint scopes_supported_are_short on public.mcp_servers is
  'scopes_supported: a list of at most 64 kB altogether';
comment on constraint required_scopes_are_short on public.mcp_servers is
  'required_scopes: a list of at most 64 kB altogether';
comment on constraint required_scopes_are_supported on public.mcp_servers is
  'required_scopes: a part of scopes_supported';
comment on constraint required_scopes_need_a_sign_in on public.mcp_servers is
  'required_scopes: empty where auth_type is none';
comment on constraint scope_rules_name_methods_and_scopes on public.mcp_servers is
  'scope_rules: a list of objects with method, scopes and, where it matters, name';
comment on constraint scope_rules_need_a_sign_in_at_the_gateway on public.mcp_servers is
  'scope_rules: empty where auth_type is none or upstream_url is left out';
comment on constraint scope_rules_stay_within_scopes_supported on public.mcp_servers is
  'scope_rules: rules whose scopes are a part of scopes_supported';
comment on constraint scope_hierarchy_names_scopes on public.mcp_servers is
  'scope_hierarchy: an object whose members are scopes with lists of scopes';
comment on constraint scope_rules_and_hierarchy_are_short on public.mcp_servers is
  'scope_rules: at most 20,000 characters long, together with scope_hierarchy';
comment on constraint scope_descriptions_are_short on public.mcp_servers is
  'scope_descriptions: an object of at most 64 kB altogether';
comment on constraint scope_descriptions_say_what_scopes_mean on public.mcp_servers is
  'scope_descriptions: an object of at most 100 scopes, each with a text of 1 to 200 characters on one line';
comment on constraint access_token_lifetime_is_sane on public.mcp_servers is
  'access_token_seconds: between 60 and 86400';
comment on constraint refresh_token_lifetime_is_sane on public.mcp_servers is
  'refresh_token_seconds: between 300 and 31536000';
comment on constraint registration_policy_is_known on public.mcp_servers is
  'registration_policy: open, redirect_hosts, token or closed';
comment on constraint registration_redirect_hosts_are_texts on public.mcp_servers is
  'registration_redirect_hosts: a list of texts';
comment on constraint registration_redirect_hosts_are_short on public.mcp_servers is
  'registration_redirect_hosts: a list of at most 64 kB altogether';
comment on constraint registration_token_is_a_sha256 on public.mcp_servers is
  'initial_access_token_hash: a SHA-256 in base64url, 43 characters';
comment on constraint registration_token_stands_with_its_policy on public.mcp_servers is
  'initial_access_token_hash: given where registration_policy is token';
comment on constraint metadata_document_policy_is_known on public.mcp_servers is
  'metadata_document_policy: off, allow_list or open';
comment on constraint metadata_document_hosts_are_texts on public.mcp_servers is
  'metadata_document_hosts: a list of texts';
comment on constraint metadata_document_hosts_are_short on public.mcp_servers is
  'metadata_document_hosts: a list of at most 64 kB altogether';
comment on constraint record_payloads_is_known on public.mcp_servers is
  'record_payloads: none, arguments or all';
comment on constraint redacted_paths_are_paths on public.mcp_servers is
  'redacted_paths: at most 50 paths such as $.user.email, $.rows[*].name or $..secret, of at most 200 characters';

create index mcp_servers_by_organization on public.mcp_servers (organization_id);
create index mcp_servers_by_config on public.mcp_servers (config_owner_id, custom_oauth_config_id);

alter table public.mcp_servers enable row level security;

create policy "Members read their organization's servers"
  on public.mcp_servers for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.mcp_servers from public, anon, authenticated, service_role;
grant select (
  id, organization_id, slug, name, auth_type, custom_oauth_config_id, upstream_url, upstream_authorization, resource,
  scopes_supported, required_scopes, scope_rules, scope_hierarchy, scope_descriptions, access_token_seconds,
  refresh_token_seconds, registration_policy, registration_redirect_hosts, metadata_document_policy,
  metadata_document_hosts, record_payloads, redacted_paths, created_at, updated_at, disabled_at
) on public.mcp_servers to authenticated;

-- are_redirect_uris: whether texts have the form of redirect URIs.
--
-- Plain characters, no fragment; https with a lower-case host and no user info,
-- http on this computer only, and the scheme of an app, which has a dot or two
-- slashes behind it (RFC 8252 section 7.1). Which schemes belong to no app is
-- decided where a redirect is made: the authorization endpoint reads every URI
-- under stricter rules before it sends anybody there.
--
-- Caller    a check constraint
-- Rights    invoker, granted to nobody
create function public.are_redirect_uris(p_redirect_uris text[])
returns boolean
language sql
immutable
parallel safe
set search_path = ''
as $$
  select not exists (
    select from unnest(p_redirect_uris) as uri
    where (
      char_length(uri) <= 2000
      and uri ~ '^[!-~]+$'
      and uri !~ '[\\"''<>`{}|^#]'
      and case
        when uri ~ '^https:' then uri ~ '^https://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?([/?]|$)'
        when uri ~ '^http:' then uri ~ '^http://(127\.0\.0\.1|\[::1\]|localhost)(:[0-9]{1,5})?([/?]|$)'
        else uri ~ '^([a-z][a-z0-9+-]*://|[a-z][a-z0-9+-]*\.[a-z0-9+.-]*:)'
      end
    ) is not true
  )
$$;

revoke all on function public.are_redirect_uris from public, anon, authenticated, service_role;

-- mcp_client_registrations: the MCP clients of one server.
--
-- client_id is the row's own id for a dynamic registration (RFC 7591), and the URL
-- for a client id metadata document. Clients present an old id for ever, so a
-- registration that led to a login never expires: its expires_at is null. Any
-- other expires a day after it was made, approved or not: an approval needs no
-- person. A client that an owner or admin made never expires, and neither does
-- Gatepost's own (see open_connections_client). slot is the place of
-- one that expires among its server's, and source who made it (take_client_slot).
--
-- client_metadata says where the keys of a client are that proves itself with
-- private_key_jwt. They are public, so they have no column of their own.

create table public.mcp_client_registrations (
  id text primary key default public.new_id('mcr_'),
  organization_id text not null,
  mcp_server_id text not null,
  client_id text not null,
  kind text not null,
  client_secret_hash text,
  token_endpoint_auth_method text not null,
  client_name text,
  redirect_uris text[] not null,
  grant_types text[] not null,
  client_metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  first_used_at timestamptz,
  last_used_at timestamptz,
  expires_at timestamptz default now() + interval '1 day',
  source text,
  slot integer,
  constraint client_id_is_unique_on_its_server unique (mcp_server_id, client_id),
  -- In this order: no lookup of a client by its server and id may read this index in the place of the one above.
  constraint client_slot_is_taken_once unique (slot, mcp_server_id),
  constraint client_that_lasts_takes_no_slot check (expires_at is not null or slot is null),
  constraint client_belongs_to_a_server_of_its_organization
    foreign key (organization_id, mcp_server_id)
    references public.mcp_servers (organization_id, id) on delete cascade,
  constraint client_kind_is_known check (kind in ('dynamic', 'metadata_document', 'preregistered', 'gatepost')),
  constraint client_auth_method_is_known check (
    token_endpoint_auth_method in ('none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt')
  ),
  constraint client_secret_stands_with_its_method check (
    (token_endpoint_auth_method in ('none', 'private_key_jwt')) = (client_secret_hash is null)
  ),
  constraint client_is_small check (
    pg_column_size(client_id) <= 8192 and pg_column_size(redirect_uris) <= 65536
    and pg_column_size(grant_types) <= 1024 and pg_column_size(client_metadata) <= 131072
    and pg_column_size(source) <= 8192
  ),
  constraint client_keys_stand_with_their_method check (
    token_endpoint_auth_method <> 'private_key_jwt' or client_metadata ?| array['jwks', 'jwks_uri']
  ),
  constraint client_secret_is_a_sha256 check (char_length(client_secret_hash) = 43),
  constraint client_is_used_or_expires check (
    (first_used_at is null and kind <> 'preregistered') = (expires_at is not null)
  ),
  constraint client_name_is_readable check (char_length(client_name) between 1 and 200),
  constraint client_has_a_redirect_uri check (cardinality(redirect_uris) between 1 and 20),
  constraint client_redirect_uris_are_usable check (public.are_redirect_uris(redirect_uris))
) with (fillfactor = 90);

comment on constraint client_name_is_readable on public.mcp_client_registrations is
  'name: 1 to 200 characters';
comment on constraint client_has_a_redirect_uri on public.mcp_client_registrations is
  'redirect_uris: 1 to 20 URIs';
comment on constraint client_redirect_uris_are_usable on public.mcp_client_registrations is
  'redirect_uris: https URLs, http URLs of the local machine, or URIs of the app''s own scheme, all without fragment';

create index mcp_client_registrations_by_organization on public.mcp_client_registrations (organization_id, mcp_server_id);
create index mcp_client_registrations_by_expiry
  on public.mcp_client_registrations (expires_at)
  where expires_at is not null;

alter table public.mcp_client_registrations enable row level security;

create policy "Members read their organization's clients"
  on public.mcp_client_registrations for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.mcp_client_registrations from public, anon, authenticated, service_role;
grant select (
  id, organization_id, mcp_server_id, client_id, kind, token_endpoint_auth_method, client_name, redirect_uris,
  grant_types, client_metadata, created_at, first_used_at, last_used_at, expires_at
) on public.mcp_client_registrations to authenticated;

-- mcp_server_user: an end user of an organization's MCP servers.
--
-- auth_type says how the user signs in. It is none until a first login. A user of
-- the platform's sign-in is never linked with one of an organization's provider.
-- A login finds its user through mcp_server_user_identities only.
--
-- tracked_at says when somebody came as a visitor, claimed_at when a login claimed
-- that visitor's row; first_called_on and came_back_on are copies from mcp_user_activity:
-- the steps of mcp_funnel.
--
-- A tracking id is all that a visitor proves who they are by: it stands hashed
-- (tracking_hash), and nobody reads even that.
--
-- keep_until says when somebody is deleted whom no provider has named: a visitor, or a
-- login without an identity that has ended. Anybody may be one, so their number has to
-- be limited. It is a day and not a time, so that
-- seeing a visitor again within one day touches no index (a HOT update).
-- visitor_slot is a new visitor's place in the day of the first visit
-- (open_anonymous_call).

create table public.mcp_server_user (
  id text primary key default public.new_id('mcpu_'),
  organization_id text not null references public.organizations (id) on delete cascade,
  auth_type text not null,
  email text,
  email_verified boolean not null default false,
  upstream_sub text,
  profile_data jsonb not null default '{}',
  tracking_hash text,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  profile_refreshed_at timestamptz,
  tracked_at timestamptz,
  claimed_at timestamptz,
  first_called_on date,
  came_back_on date,
  blocked_at timestamptz,
  keep_until date,
  visitor_slot bigint,
  constraint mcp_server_user_belongs_to_one_organization unique (organization_id, id),
  constraint mcp_server_user_tracking_id_is_unique unique (organization_id, tracking_hash),
  constraint tracking_id_is_hashed check (char_length(tracking_hash) = 43),
  constraint visitor_slot_is_taken_once unique (organization_id, visitor_slot),
  constraint mcp_server_user_auth_type_is_known check (auth_type in ('custom_oauth', 'platform_oauth', 'none')),
  constraint only_an_address_can_be_verified check (email is not null or not email_verified),
  constraint anonymous_address_is_never_verified check (upstream_sub is not null or not email_verified),
  constraint only_the_unnamed_are_forgotten check (keep_until is null or upstream_sub is null),
  constraint end_user_is_small check (
    pg_column_size(email) <= 2048 and pg_column_size(upstream_sub) <= 2048
    and pg_column_size(profile_data) <= 524288
  ),
  constraint profile_is_an_object check (jsonb_typeof(profile_data) = 'object')
) with (fillfactor = 90);

-- Lower case as in ASCII: with other collations two different addresses can become
-- one, such as those with a Kelvin sign and with a k.
create index mcp_server_user_by_verified_email
  on public.mcp_server_user (organization_id, lower(email collate "C"))
  where email_verified;
create index mcp_server_user_blocked on public.mcp_server_user (organization_id) where blocked_at is not null;
-- mcp_funnel reads the people of half a year from this index alone.
create index mcp_server_user_by_arrival
  on public.mcp_server_user (organization_id, first_seen_at) include (tracked_at, claimed_at, first_called_on, came_back_on);
create index mcp_server_user_by_expiry on public.mcp_server_user (keep_until) where keep_until is not null;

alter table public.mcp_server_user enable row level security;

create policy "Members read their organization's end users"
  on public.mcp_server_user for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.mcp_server_user from public, anon, authenticated, service_role;
grant select (
  id, organization_id, auth_type, email, email_verified, upstream_sub, profile_data, first_seen_at, last_seen_at,
  profile_refreshed_at, tracked_at, claimed_at, first_called_on, came_back_on, blocked_at
) on public.mcp_server_user to authenticated;

-- upstream_oauth_tokens: the vault. One row a login, ciphertexts only.
--
-- Every row has its user: provision_mcp_server_user writes both in one
-- transaction, and the foreign key is not null. The refresh lease lets one
-- worker refresh while the others wait. Members read whose a row is, when it was
-- renewed and how it ended, and no ciphertext.
--
-- Some providers send a refresh token with a person's first login only. A later
-- login of the same identity, config and client generation then borrows the one
-- that is alive: lender_id names the entry that holds it. Lease, refusals and
-- refresh token stand with the holder, which is the lender or, where there is
-- none, the entry itself. A holder stays, ended or not, for as long as a login
-- lives on its refresh token. source and subject say whose refresh token it is;
-- a login that names nobody lends nothing.
--
-- refusals counts what the provider answered to the refresh token since
-- first_refused_at without saying that it is dead. A refresh that succeeds starts
-- the count again.

create table public.upstream_oauth_tokens (
  id text primary key default public.new_id('uoat_'),
  organization_id text not null,
  mcp_server_user_id text not null,
  oauth_config_id text not null references public.custom_oauth_configs (id) on delete cascade,
  access_token_ciphertext text not null,
  refresh_token_ciphertext text,
  scope text,
  expires_at timestamptz,
  client_generation integer not null,
  source text,
  subject text,
  lender_id text references public.upstream_oauth_tokens (id) on delete set null,
  created_at timestamptz not null default now(),
  refreshed_at timestamptz,
  refresh_leased_until timestamptz,
  refresh_lease_hash text,
  first_refused_at timestamptz,
  refusals integer not null default 0,
  ended_at timestamptz,
  ended_reason text,
  constraint upstream_token_belongs_to_a_user_of_its_organization
    foreign key (organization_id, mcp_server_user_id)
    references public.mcp_server_user (organization_id, id) on delete cascade,
  constraint upstream_token_is_small check (
    pg_column_size(access_token_ciphertext) <= 135168 and pg_column_size(refresh_token_ciphertext) <= 135168
    and pg_column_size(scope) <= 131072 and pg_column_size(source) <= 8192 and pg_column_size(subject) <= 2048
    and pg_column_size(refresh_lease_hash) <= 200 and pg_column_size(ended_reason) <= 200
  ),
  constraint upstream_token_ends_for_a_reason check ((ended_at is null) = (ended_reason is null)),
  constraint refresh_lease_has_a_holder check ((refresh_leased_until is null) = (refresh_lease_hash is null)),
  constraint borrower_holds_no_refresh_token check (
    lender_id is null or (refresh_token_ciphertext is null and refresh_lease_hash is null)
  ),
  constraint lent_refresh_token_is_of_an_identity check ((source is null) = (subject is null)),
  constraint refusals_have_a_first check ((refusals = 0) = (first_refused_at is null))
);

create index upstream_oauth_tokens_by_user on public.upstream_oauth_tokens (organization_id, mcp_server_user_id);
create index upstream_oauth_tokens_by_config on public.upstream_oauth_tokens (oauth_config_id);
create index upstream_oauth_tokens_by_lender on public.upstream_oauth_tokens (lender_id) where lender_id is not null;
create index upstream_oauth_tokens_by_end on public.upstream_oauth_tokens (ended_at) where ended_at is not null;

alter table public.upstream_oauth_tokens enable row level security;

create policy "Members read their organization's vault entries"
  on public.upstream_oauth_tokens for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.upstream_oauth_tokens from public, anon, authenticated, service_role;
grant select (
  id, organization_id, mcp_server_user_id, oauth_config_id, scope, expires_at, created_at, refreshed_at,
  first_refused_at, refusals, ended_at, ended_reason
) on public.upstream_oauth_tokens to authenticated;

-- mcp_authorization_codes: good once, for a minute.
--
-- mcp_proxy_token_id is without a foreign key, and so without an index: spending a
-- code touches no index (a HOT update). A family and its code go together all the
-- same, with the vault entry that both name.
--
-- No policy: a code lives for a minute and holds nothing that a dashboard shows.

create table public.mcp_authorization_codes (
  code_hash text primary key,
  organization_id text not null,
  mcp_server_id text not null,
  mcp_client_registration_id text not null references public.mcp_client_registrations (id) on delete cascade,
  mcp_server_user_id text not null,
  upstream_token_id text not null references public.upstream_oauth_tokens (id) on delete cascade,
  redirect_uri text not null,
  resource text not null,
  scope text not null,
  code_challenge text not null,
  nonce text,
  auth_time timestamptz,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  spent_at timestamptz,
  mcp_proxy_token_id text,
  constraint code_belongs_to_a_server_of_its_organization
    foreign key (organization_id, mcp_server_id)
    references public.mcp_servers (organization_id, id) on delete cascade,
  constraint code_belongs_to_a_user_of_its_organization
    foreign key (organization_id, mcp_server_user_id)
    references public.mcp_server_user (organization_id, id) on delete cascade,
  constraint login_has_one_code unique (upstream_token_id),
  constraint code_is_a_sha256 check (char_length(code_hash) = 43),
  constraint code_is_small check (
    pg_column_size(redirect_uri) <= 8192 and pg_column_size(resource) <= 8192
    and pg_column_size(scope) <= 131072 and pg_column_size(code_challenge) <= 200
    and pg_column_size(nonce) <= 16384
  ),
  constraint only_a_spent_code_has_a_family check (spent_at is not null or mcp_proxy_token_id is null)
) with (fillfactor = 80);

create index mcp_authorization_codes_by_age on public.mcp_authorization_codes (expires_at);
create index mcp_authorization_codes_by_server on public.mcp_authorization_codes (organization_id, mcp_server_id);
-- By age, too: the newest of a user are kept (end_surplus_codes).
create index mcp_authorization_codes_by_user
  on public.mcp_authorization_codes (organization_id, mcp_server_user_id, created_at);
create index mcp_authorization_codes_by_client on public.mcp_authorization_codes (mcp_client_registration_id);

alter table public.mcp_authorization_codes enable row level security;

revoke all on public.mcp_authorization_codes from public, anon, authenticated, service_role;

-- mcp_authorization_sessions: one login, opened by an approval, claimed by the callback.
--
-- Secrets stand here as SHA-256 (base64url, 43 characters) or as a JWE. The
-- nullable *_at columns are the state machine. request_ciphertext seals what
-- must come back unread: the client's state, the tracking id, the upstream nonce and
-- the upstream PKCE verifier. slot is the session's place among its server's
-- (take_session_slot). Members read how far a login has come, and nothing that it
-- needs.

create table public.mcp_authorization_sessions (
  id text primary key default public.new_id('mcas_'),
  organization_id text not null,
  mcp_server_id text not null,
  mcp_client_registration_id text not null references public.mcp_client_registrations (id) on delete cascade,
  oauth_config_id text not null references public.custom_oauth_configs (id) on delete cascade,
  client_generation integer not null,
  state_hash text not null,
  browser_hash text not null,
  form_hash text not null,
  request_ciphertext text not null,
  redirect_uri text not null,
  resource text not null,
  scope text not null,
  code_challenge text not null,
  nonce text,
  request_id text,
  slot integer,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  claimed_at timestamptz,
  completed_at timestamptz,
  failed_at timestamptz,
  constraint authorization_state_is_unique unique (state_hash),
  constraint consent_form_is_used_once unique (form_hash),
  constraint session_slot_is_taken_once unique (mcp_server_id, slot),
  constraint session_belongs_to_a_server_of_its_organization
    foreign key (organization_id, mcp_server_id)
    references public.mcp_servers (organization_id, id) on delete cascade,
  constraint session_secrets_are_sha256 check (
    char_length(state_hash) = 43 and char_length(browser_hash) = 43 and char_length(form_hash) = 43
  ),
  constraint session_is_small check (
    pg_column_size(request_ciphertext) <= 65536 and pg_column_size(redirect_uri) <= 8192
    and pg_column_size(resource) <= 8192 and pg_column_size(scope) <= 131072
    and pg_column_size(code_challenge) <= 200 and pg_column_size(nonce) <= 16384
    and pg_column_size(request_id) <= 100
  ),
  constraint session_is_claimed_before_it_ends check (
    claimed_at is not null or (completed_at is null and failed_at is null)
  ),
  constraint session_completes_or_fails check (completed_at is null or failed_at is null)
) with (fillfactor = 80);

create index mcp_authorization_sessions_by_age on public.mcp_authorization_sessions (expires_at);
create index mcp_authorization_sessions_by_client on public.mcp_authorization_sessions (mcp_client_registration_id);
create index mcp_authorization_sessions_by_config on public.mcp_authorization_sessions (oauth_config_id);

alter table public.mcp_authorization_sessions enable row level security;

create policy "Members read their organization's logins under way"
  on public.mcp_authorization_sessions for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.mcp_authorization_sessions from public, anon, authenticated, service_role;
grant select (
  organization_id, mcp_server_id, mcp_client_registration_id, request_id, created_at, expires_at, claimed_at,
  completed_at, failed_at
) on public.mcp_authorization_sessions to authenticated;

-- mcp_call_days: what each person did on each day, counted: it stays when the calls go.
--
-- A line is a day, a server, a person, a client, a method with its name, and an
-- outcome. mcp_server_user_id is null for callers whom nobody knows and for people
-- who were erased. A method initialize stands with the MCP client as its name:
-- "Claude/1.2.0". what is the rest of the key in short, since a client_id may be a
-- long URL. merge_id as in mcp_calls. mcp_call_sums, mcp_tool_users and mcp_user_activity
-- follow from these lines and are kept beside them, because nobody waits for a count of them all.
--
-- No foreign key, as in mcp_calls.

create table public.mcp_call_days (
  organization_id text not null,
  mcp_server_id text not null,
  mcp_server_user_id text,
  client_id text,
  method text not null,
  name text not null,
  outcome text not null,
  day date not null,
  calls bigint not null,
  milliseconds bigint not null,
  bytes_in bigint not null,
  bytes_out bigint not null,
  merge_id text,
  what uuid not null generated always as (
    md5(
      mcp_server_id || ' ' || outcome || ' ' || coalesce(char_length(client_id), -1)::text || ' '
      || coalesce(client_id, '') || ' ' || method || ' ' || name
    )::uuid
  ) stored,
  constraint calls_of_a_day_are_counted_in_one_row
    unique nulls not distinct (organization_id, mcp_server_user_id, day, what, merge_id),
  constraint counted_outcome_is_known check (
    outcome in (
      'ok', 'tool_error', 'rpc_error', 'http_error', 'refused', 'cancelled', 'unanswered', 'unreadable'
    )
  ),
  constraint counted_call_is_named_in_short check (
    char_length(method) <= 100 and char_length(name) <= 256 and char_length(client_id) <= 2048
    and char_length(merge_id) <= 100
  )
) with (fillfactor = 90);

alter table public.mcp_call_days enable row level security;

create policy "Members read their organization's days of calls"
  on public.mcp_call_days for select to authenticated
  using (organization_id = any (array(select public.organizations_of_platform_user())));

revoke all on public.mcp_call_days from public, anon, authenticated, service_role;
grant select (
  organization_id, mcp_server_id, mcp_server_user_id, client_id, method, name, outcome, day, calls, milliseconds,
  bytes_in, bytes_out
) on public.mcp_call_days to authenticated;

-- mcp_call_sums: the calls of a day by server, method and name, without the people.
--
-- name is empty for requests that are counted by method only, and the MCP client
-- where the method is initialize. failed counts tool_error, rpc_error, http_error and
-- unanswered. known_calls are those of people who log in, visitor_calls those of
-- visitors. durations counts calls by how long they took: its place n (from 1) those
-- from 2^((n-1)/4) up to 2^(n/4) milliseconds; the first has all that are shorter, the
-- last, 80, all that are longer.
--
-- last_users counts the people whose last day with this name it is. Whoever comes
-- back moves to the new day, so the sum over the last 30 days is how many different
-- people there were. A sum keeps who has been erased or merged since.

create table public.mcp_call_sums (
  organization_id text not null,
  mcp_server_id text not null,
  day date not null,
  method text not null,
  name text not null,
  calls bigint not null,
  succeeded bigint not null,
  failed bigint not null,
  refused bigint not null,
  cancelled bigint not null,
  known_calls bigint not null,
  visitor_calls bigint not null,
  milliseconds bigint not null,
  bytes_in bigint not null,
  bytes_out bigint not null,
  durations integer[] not null,
  last_users integer not null default 0,
  constraint call_sum_is_one_row primary key (organization_id, day, mcp_server_id, method, name),
  constraint call_sum_is_of_a_server_of_its_organization
    foreign key (organization_id, mcp_server_id)
    references public.mcp_servers (organization_id, id) on delete cascade,
  constraint durations_have_80_places check (cardinality(durations) = 80 and pg_column_size(durations) <= 400),
  constraint call_sum_is_named_in_short check (char_length(method) <= 100 and char_length(name) <= 256)
) with (fillfactor = 50);

alter table public.mcp_call_sums enable row level security;

create policy "Members read their organization's sums of calls"
  on public.mcp_call_sums for select to authenticated
  using (organization_id = any (array(select public.organizations_of_platform_user())));

revoke all on public.mcp_call_sums from public, anon, authenticated, service_role;
grant select on public.mcp_call_sums to authenticated;

-- mcp_calls: each named MCP request (tools/call, prompts/get, resources/read): who made it, and what came of it.
--
-- A row stands in the partition of the day on which it goes, keep_until: the day
-- of the call and the retention that its organization has then. So clean-up drops
-- a day's partition whatever retentions there are, and deletes no row
-- (keep_call_partitions). A row whose day has no partition stands in the default
-- one. The partitions have a schema of their own, which nobody else may use: whoever
-- reads, reads this table and its policy.
--
-- Like the audit's, its rows name a server and a user without a foreign key:
-- record_mcp_calls compares both and holds them meanwhile. mcp_server_user_id is null
-- where nobody knows the caller, mcp_session_id where the transport had no session.
-- merge_id is the merge that brought the row to its user, so that it can go back
-- (unmerge_mcp_server_users). arguments and result are null unless the server
-- records payloads.

create schema gatepost_calls;
create sequence public.mcp_calls_id_seq;

create table public.mcp_calls (
  id bigint not null default nextval('public.mcp_calls_id_seq'),
  organization_id text not null,
  mcp_server_id text not null,
  mcp_server_user_id text,
  mcp_session_id text,
  client_id text,
  method text not null,
  name text not null,
  started_at timestamptz not null,
  milliseconds integer not null,
  outcome text not null,
  error_code integer,
  http_status integer,
  bytes_in bigint not null,
  bytes_out bigint not null,
  arguments jsonb,
  result jsonb,
  merge_id text,
  keep_until date not null,
  constraint call_outcome_is_known check (
    outcome in (
      'ok', 'tool_error', 'rpc_error', 'http_error', 'refused', 'cancelled', 'unanswered', 'unreadable'
    )
  ),
  constraint call_is_named_in_short check (
    char_length(method) <= 100 and char_length(name) <= 256 and char_length(client_id) <= 2048
    and char_length(mcp_session_id) <= 100 and char_length(merge_id) <= 100
  ),
  constraint call_arguments_are_short check (octet_length(arguments::text) <= 16384),
  constraint call_result_is_short check (octet_length(result::text) <= 16384)
) partition by range (keep_until);

create table gatepost_calls.rest partition of public.mcp_calls default;

create index mcp_calls_by_user on public.mcp_calls (organization_id, mcp_server_user_id, started_at);
create index mcp_calls_by_time on public.mcp_calls (organization_id, started_at);
create index rest_by_expiry on gatepost_calls.rest (keep_until);

alter table public.mcp_calls enable row level security;
alter table gatepost_calls.rest enable row level security;

-- An array lets every reader's query use an index without naming the organization; a subquery would be a filter.
create policy "Members read their organization's calls"
  on public.mcp_calls for select to authenticated
  using (organization_id = any (array(select public.organizations_of_platform_user())));

revoke all on schema gatepost_calls from public, anon, authenticated, service_role;
revoke all on sequence public.mcp_calls_id_seq from public, anon, authenticated, service_role;
revoke all on public.mcp_calls from public, anon, authenticated, service_role;
grant select (
  id, organization_id, mcp_server_id, mcp_server_user_id, mcp_session_id, client_id, method, name, started_at,
  milliseconds, outcome, error_code, http_status, bytes_in, bytes_out, arguments, result
) on public.mcp_calls to authenticated;

-- mcp_client_assertions: the client assertions that were accepted, so that each is good once.
--
-- A row is the SHA-256 of an assertion's id (jti) and stays until the
-- assertion has expired, an hour at most. It names its client without a
-- foreign key, so that an insert locks no client. slot is its place among those
-- of its client (use_client_assertion).
create table public.mcp_client_assertions (
  organization_id text not null,
  mcp_client_registration_id text not null,
  assertion_hash text not null,
  expires_at timestamptz not null,
  slot integer,
  constraint client_assertion_is_used_once primary key (mcp_client_registration_id, assertion_hash),
  constraint assertion_slot_is_taken_once unique (mcp_client_registration_id, slot),
  constraint client_assertion_is_a_sha256 check (char_length(assertion_hash) = 43)
);

create index mcp_client_assertions_by_expiry on public.mcp_client_assertions (expires_at);

-- No policy: a row says nothing to anybody.
alter table public.mcp_client_assertions enable row level security;

revoke all on public.mcp_client_assertions from public, anon, authenticated, service_role;

-- token_rotation: a refresh token that was replaced, and its successor, sealed so that only that token opens it.
--
-- older_by says how much earlier its first use was than the moment it is
-- counted from: in mcp_proxy_tokens the family's rotated_at.
create type public.token_rotation as (
  refresh_hash text,
  successor_ciphertext text,
  older_by interval
);

-- mcp_proxy_tokens: a token family, one row for as long as it lives.
--
-- A refresh token is a handle and a secret. The handle finds the family; the
-- secret is compared with the present hash and with those of the tokens that
-- were replaced in the last minute: the previous one, and the few before it that
-- were used within a minute of it. Any other secret under a known handle belongs
-- to an older token, so that is reuse. A successor is sealed under a key that is
-- derived from the token it replaces. A family lives no longer than the vault
-- entry of its login. expires_at of a revoked family is in the past, so that
-- clean-up finds both kinds by one index.

create table public.mcp_proxy_tokens (
  id text primary key default public.new_id('mcpt_'),
  organization_id text not null,
  mcp_server_id text not null,
  mcp_client_registration_id text not null references public.mcp_client_registrations (id) on delete cascade,
  mcp_server_user_id text not null,
  upstream_token_id text not null references public.upstream_oauth_tokens (id) on delete cascade,
  resource text not null,
  scope text not null,
  auth_time timestamptz,
  handle_hash text not null,
  refresh_hash text not null,
  previous_refresh_hash text,
  successor_ciphertext text,
  earlier_rotations public.token_rotation[],
  rotated_at timestamptz,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  expires_on date not null generated always as ((expires_at at time zone 'UTC')::date) stored,
  revoked_at timestamptz,
  revoked_reason text,
  constraint token_handle_is_unique unique (handle_hash),
  constraint login_has_one_token_family unique (upstream_token_id),
  constraint token_family_belongs_to_a_server_of_its_organization
    foreign key (organization_id, mcp_server_id)
    references public.mcp_servers (organization_id, id) on delete cascade,
  constraint token_family_belongs_to_a_user_of_its_organization
    foreign key (organization_id, mcp_server_user_id)
    references public.mcp_server_user (organization_id, id) on delete cascade,
  constraint token_secrets_are_sha256 check (
    char_length(handle_hash) = 43 and char_length(refresh_hash) = 43 and char_length(previous_refresh_hash) = 43
  ),
  constraint token_family_is_small check (
    pg_column_size(resource) <= 8192 and pg_column_size(scope) <= 131072
    and pg_column_size(successor_ciphertext) <= 4096 and pg_column_size(earlier_rotations) <= 131072
    and pg_column_size(revoked_reason) <= 200
  ),
  constraint rotation_leaves_a_successor check (
    (rotated_at is null) = (previous_refresh_hash is null)
    and (rotated_at is null) = (successor_ciphertext is null)
  ),
  constraint earlier_rotations_are_few check (
    cardinality(earlier_rotations) < 20 and (earlier_rotations is null or rotated_at is not null)
  ),
  constraint token_family_is_revoked_for_a_reason check ((revoked_at is null) = (revoked_reason is null)),
  constraint revoked_token_family_has_expired check (expires_at <= revoked_at)
) with (fillfactor = 80);

create index mcp_proxy_tokens_by_user on public.mcp_proxy_tokens (organization_id, mcp_server_user_id);
create index mcp_proxy_tokens_by_server on public.mcp_proxy_tokens (organization_id, mcp_server_id);
create index mcp_proxy_tokens_by_client on public.mcp_proxy_tokens (mcp_client_registration_id);
-- The newest living logins (mcp_connections). Nothing in it changes while a family lives.
create index mcp_proxy_tokens_by_login on public.mcp_proxy_tokens (organization_id, created_at)
  where revoked_at is null;
create index mcp_proxy_tokens_revoked on public.mcp_proxy_tokens (organization_id, revoked_at)
  where revoked_at is not null;
-- A day and not a time: a rotation within one day touches no index (a HOT update).
create index mcp_proxy_tokens_by_expiry on public.mcp_proxy_tokens (expires_on);

alter table public.mcp_proxy_tokens enable row level security;

create policy "Members read their organization's token families"
  on public.mcp_proxy_tokens for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.mcp_proxy_tokens from public, anon, authenticated, service_role;
grant select (
  id, organization_id, mcp_server_id, mcp_client_registration_id, mcp_server_user_id, upstream_token_id, resource, scope,
  rotated_at, created_at, expires_at, expires_on, revoked_at, revoked_reason
) on public.mcp_proxy_tokens to authenticated;

-- mcp_resource_servers: who may introspect tokens of an MCP server (RFC 7662).
--
-- An MCP server that is not behind the gateway authenticates with an id and a
-- secret. create_mcp_resource_server makes them; the secret is a SHA-256 here.

create table public.mcp_resource_servers (
  id text primary key default public.new_id('mrs_'),
  organization_id text not null,
  mcp_server_id text not null,
  name text not null,
  secret_hash text not null,
  created_at timestamptz not null default now(),
  constraint resource_server_belongs_to_a_server_of_its_organization
    foreign key (organization_id, mcp_server_id)
    references public.mcp_servers (organization_id, id) on delete cascade,
  constraint resource_server_name_is_readable check (char_length(name) between 1 and 200),
  constraint resource_server_secret_is_a_sha256 check (char_length(secret_hash) = 43)
);

comment on constraint resource_server_name_is_readable on public.mcp_resource_servers is
  'name: 1 to 200 characters';

create index mcp_resource_servers_by_server on public.mcp_resource_servers (organization_id, mcp_server_id);

alter table public.mcp_resource_servers enable row level security;

create policy "Members read their organization's resource servers"
  on public.mcp_resource_servers for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.mcp_resource_servers from public, anon, authenticated, service_role;
grant select (id, organization_id, mcp_server_id, name, created_at) on public.mcp_resource_servers to authenticated;

-- mcp_server_session: MCP sessions and their user, for analytics.
--
-- Whoever holds the transport's session id can use the session, so only its
-- SHA-256 is stored. keep_until is a day and not a time, so that seeing a session
-- again within one day touches no index (a HOT update).

create table public.mcp_server_session (
  id text primary key default public.new_id('mses_'),
  organization_id text not null,
  mcp_server_id text not null,
  mcp_server_user_id text not null,
  session_hash text not null,
  client_id text,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  keep_until date not null,
  constraint mcp_session_is_unique_on_its_server unique (mcp_server_id, mcp_server_user_id, session_hash),
  constraint mcp_session_belongs_to_a_server_of_its_organization
    foreign key (organization_id, mcp_server_id)
    references public.mcp_servers (organization_id, id) on delete cascade,
  constraint mcp_session_belongs_to_a_user_of_its_organization
    foreign key (organization_id, mcp_server_user_id)
    references public.mcp_server_user (organization_id, id) on delete cascade,
  constraint mcp_session_is_small check (pg_column_size(client_id) <= 8192),
  constraint mcp_session_is_a_sha256 check (char_length(session_hash) = 43)
) with (fillfactor = 90);

-- New sessions of a user are counted before another is recorded.
create index mcp_server_session_by_user
  on public.mcp_server_session (organization_id, mcp_server_user_id, first_seen_at);
create index mcp_server_session_by_expiry on public.mcp_server_session (keep_until);
create index mcp_server_session_by_server on public.mcp_server_session (organization_id, mcp_server_id);

alter table public.mcp_server_session enable row level security;

create policy "Members read their organization's sessions"
  on public.mcp_server_session for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.mcp_server_session from public, anon, authenticated, service_role;
grant select (id, organization_id, mcp_server_id, mcp_server_user_id, client_id, first_seen_at, last_seen_at)
  on public.mcp_server_session to authenticated;

-- mcp_server_user_identities: the only key that a login is matched by.
--
-- source is the provider's issuer, or the id of the config where the provider has
-- no issuer or the config belongs to the platform. So several configs with one
-- issuer lead to one user, and the platform's sign-in stays apart.
-- first_oauth_config_id is the config of the first login: find_linkable_user asks
-- it. It is no foreign key, so that it stays when the config is deleted.

create table public.mcp_server_user_identities (
  organization_id text not null,
  source text not null,
  subject text not null,
  mcp_server_user_id text not null,
  first_oauth_config_id text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, source, subject),
  constraint identity_belongs_to_a_user_of_its_organization
    foreign key (organization_id, mcp_server_user_id)
    references public.mcp_server_user (organization_id, id) on delete cascade,
  constraint identity_is_small check (pg_column_size(source) <= 8192),
  constraint subject_is_not_empty check (char_length(subject) between 1 and 255)
);

-- A member looks for a person by the subject alone. An identity never changes, so only a first login writes it.
create index mcp_server_user_identities_by_subject on public.mcp_server_user_identities (organization_id, subject);
create index mcp_server_user_identities_by_user
  on public.mcp_server_user_identities (organization_id, mcp_server_user_id);

alter table public.mcp_server_user_identities enable row level security;

create policy "Members read their organization's identities"
  on public.mcp_server_user_identities for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.mcp_server_user_identities from public, anon, authenticated, service_role;
grant select on public.mcp_server_user_identities to authenticated;

-- mcp_server_user_merges: which end user was merged into which, so that it can be taken back.
--
-- merged_user is the row that was deleted, identities and session_ids what the
-- other user took over: no secret. A merge goes with the user who stayed, so an
-- erasure takes it along. Members read who was merged into whom, and not what the row held.

create table public.mcp_server_user_merges (
  id text primary key default public.new_id('mrg_'),
  organization_id text not null,
  mcp_server_user_id text not null,
  merged_user_id text not null,
  merged_user jsonb not null,
  identities jsonb not null,
  session_ids text[] not null,
  merged_at timestamptz not null default now(),
  merged_by uuid,
  taken_back_at timestamptz,
  constraint merge_is_of_a_user_of_its_organization
    foreign key (organization_id, mcp_server_user_id)
    references public.mcp_server_user (organization_id, id) on delete cascade,
  constraint nobody_is_merged_with_themselves check (merged_user_id <> mcp_server_user_id)
);

create index mcp_server_user_merges_by_user on public.mcp_server_user_merges (organization_id, mcp_server_user_id);

alter table public.mcp_server_user_merges enable row level security;

create policy "Members read their organization's merges"
  on public.mcp_server_user_merges for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.mcp_server_user_merges from public, anon, authenticated, service_role;
grant select (id, organization_id, mcp_server_user_id, merged_user_id, merged_at, merged_by, taken_back_at)
  on public.mcp_server_user_merges to authenticated;

-- mcp_tool_users: which person used which tool, prompt or resource, and with which MCP client: first, last, how often.
--
-- It follows from mcp_call_days (move_mcp_calls counts it anew). failed as in mcp_call_sums.
-- tool_key stands for the server, the method and the name in the primary key: with all three
-- there, the planner may look for one person's line among everybody's lines of that tool.

create table public.mcp_tool_users (
  organization_id text not null,
  mcp_server_id text not null,
  mcp_server_user_id text not null,
  method text not null,
  name text not null,
  first_called_on date not null,
  last_called_on date not null,
  calls bigint not null,
  failed bigint not null,
  milliseconds bigint not null,
  tool_key uuid not null generated always as (md5(mcp_server_id || ' ' || method || ' ' || name)::uuid) stored,
  constraint tool_user_is_one_row primary key (organization_id, mcp_server_user_id, tool_key),
  constraint tool_user_is_a_user_of_its_organization
    foreign key (organization_id, mcp_server_user_id)
    references public.mcp_server_user (organization_id, id) on delete cascade,
  constraint tool_user_is_of_a_server_of_its_organization
    foreign key (organization_id, mcp_server_id)
    references public.mcp_servers (organization_id, id) on delete cascade,
  constraint tool_is_named_in_short check (char_length(method) <= 100 and char_length(name) <= 256)
) with (fillfactor = 90);

create index mcp_tool_users_by_tool
  on public.mcp_tool_users (organization_id, mcp_server_id, method, name, last_called_on);
create index mcp_tool_users_by_calls
  on public.mcp_tool_users (organization_id, mcp_server_id, method, name, calls);

alter table public.mcp_tool_users enable row level security;

create policy "Members read their organization's users of tools"
  on public.mcp_tool_users for select to authenticated
  using (organization_id = any (array(select public.organizations_of_platform_user())));

revoke all on public.mcp_tool_users from public, anon, authenticated, service_role;
grant select on public.mcp_tool_users to authenticated;

-- mcp_user_activity: when each person called first, last, and again after three days.
--
-- It follows from mcp_call_days (move_mcp_calls counts it anew): named requests count, and
-- not what a client does by itself. last_day_calls are the calls of last_called_on:
-- beyond a number a day they are counted and not recorded (row_bounds). Whoever writes
-- what a person did holds this row, so that a person's calls are counted one batch
-- after the other. All is null or 0 in a row that somebody holds before the first call.

create table public.mcp_user_activity (
  organization_id text not null,
  mcp_server_user_id text not null,
  first_called_on date,
  last_called_on date,
  came_back_on date,
  calls bigint not null default 0,
  last_day_calls integer not null default 0,
  constraint activity_is_one_row primary key (organization_id, mcp_server_user_id),
  constraint activity_is_of_a_user_of_its_organization
    foreign key (organization_id, mcp_server_user_id)
    references public.mcp_server_user (organization_id, id) on delete cascade
) with (fillfactor = 80);

create index mcp_user_activity_by_day on public.mcp_user_activity (organization_id, last_called_on);

alter table public.mcp_user_activity enable row level security;

create policy "Members read their organization's activity"
  on public.mcp_user_activity for select to authenticated
  using (organization_id = any (array(select public.organizations_of_platform_user())));

revoke all on public.mcp_user_activity from public, anon, authenticated, service_role;
grant select on public.mcp_user_activity to authenticated;

-- organization_foundings: who founded which organization.
--
-- No foreign keys: a row stays when the organization is deleted, so that whoever
-- deletes and founds again takes no more names than the quota allows.
-- No policy: only the definer functions read it.

create table public.organization_foundings (
  organization_id text primary key,
  platform_user_id uuid not null,
  founded_at timestamptz not null default now()
);

create index organization_foundings_by_founder on public.organization_foundings (platform_user_id);

alter table public.organization_foundings enable row level security;

revoke all on public.organization_foundings from public, anon, authenticated, service_role;

-- organization_invitations: who has been asked to join an organization, by email address.
--
-- The person becomes a member by accepting. An invitation holds as long as whoever
-- sent it may send it: see find_open_invitation.

create table public.organization_invitations (
  id text primary key default public.new_id('inv_'),
  organization_id text not null references public.organizations (id) on delete cascade,
  email text not null,
  role text not null,
  invited_by uuid not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '7 days',
  constraint address_is_invited_once unique (organization_id, email),
  constraint invitation_email_is_an_address check (
    email = lower(email) and char_length(email) <= 320 and email ~ '^[^@[:space:][:cntrl:]]+@[^@[:space:][:cntrl:]]+$'
  ),
  constraint invitation_role_is_known check (role in ('owner', 'admin', 'member'))
);

comment on constraint invitation_email_is_an_address on public.organization_invitations is
  'email: an e-mail address of at most 320 characters';
comment on constraint invitation_role_is_known on public.organization_invitations is
  'role: owner, admin or member';

create index organization_invitations_by_email on public.organization_invitations (email);
create index organization_invitations_by_expiry on public.organization_invitations (expires_at);

alter table public.organization_invitations enable row level security;

create policy "Members read the invitations of their organizations"
  on public.organization_invitations for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.organization_invitations from public, anon, authenticated, service_role;
grant select on public.organization_invitations to authenticated;

-- organization_members: the platform users who belong to an organization.
--
-- Platform users are Supabase Auth users. They see dashboards; end users of an
-- MCP server are rows of mcp_server_user and never appear here.

create table public.organization_members (
  organization_id text not null references public.organizations (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  role text not null default 'member',
  created_at timestamptz not null default now(),
  primary key (organization_id, user_id),
  constraint member_role_is_known check (role in ('owner', 'admin', 'member'))
);

comment on constraint member_role_is_known on public.organization_members is
  'role: owner, admin or member';

create index organization_members_by_user on public.organization_members (user_id, organization_id);

alter table public.organization_members enable row level security;

create policy "Members read the members of their organizations"
  on public.organization_members for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.organization_members from public, anon, authenticated, service_role;
grant select on public.organization_members to authenticated;

-- organization_people: how many sign-ins of people an organization has, and how many people came on the last day.
--
-- One row, which first logins of the organization change one after the other: so the
-- check costs the same whatever stands in the other tables, and two logins do not pass
-- a bound together. Logins of known people do not look at it. identities counts the
-- rows of mcp_server_user_identities that came, one for a person, as a rule; those that
-- went again stand in organizations.identities_gone. arrived counts the first logins of
-- counted_on, and those of people whom the provider does not name.
-- No policy: only the definer functions read it.

create table public.organization_people (
  organization_id text primary key references public.organizations (id) on delete cascade,
  identities integer not null default 0,
  counted_on date not null default (now() at time zone 'UTC')::date,
  arrived integer not null default 0
) with (fillfactor = 50);

alter table public.organization_people enable row level security;

revoke all on public.organization_people from public, anon, authenticated, service_role;

-- retired_server_names: slugs and resources that servers had, and have no more.
--
-- Tokens with them as iss and aud may still live, and people and clients still
-- know them. So only the organization that had a name may take it again. A row
-- stays when the organization is deleted: there is no foreign key. A slug has no
-- colon and a resource has one, so the two never meet.
-- No policy: only the definer functions read it.

create table public.retired_server_names (
  name text primary key,
  organization_id text not null,
  retired_at timestamptz not null default now(),
  constraint retired_name_is_short check (pg_column_size(name) <= 4096)
);

create index retired_server_names_by_organization on public.retired_server_names (organization_id);

alter table public.retired_server_names enable row level security;

revoke all on public.retired_server_names from public, anon, authenticated, service_role;

-- row_bounds: how many rows of a kind a source and a server may cause. The one place that says so.
--
-- A source is whoever causes a row: the caller's address group (where that is not
-- known the place that the client's redirect leads to), an end user, a client, an
-- organization that has a provider examined or whose provider names new people, or the MCP server whose calls are named. of_source and of_server are how many
-- rows count at the same time, or are new in one window. Within held_for a row does
-- not make room for another. beyond says what happens to one row more;
-- supabase/README.md has the same table, and a test compares both.
-- No policy: only the definer functions read it.

create table public.row_bounds (
  kind text primary key,
  of_source integer not null,
  of_server integer,
  held_for interval,
  counted_in interval,
  beyond text not null,
  constraint bounds_are_positive check (of_source > 0 and of_server >= of_source)
);

insert into public.row_bounds (kind, of_source, of_server, held_for, counted_in, beyond) values
  ('client', 25000, 60000, '1 minute', null, 'an old one of its source goes, else 429'),
  ('client of one redirect place', 20000, null, null, null, 'an old one of its source goes, else 429'),
  ('login', 25000, 60000, '10 minutes', null, 'one that has ended goes, else 429'),
  ('login by one redirect place', 20000, null, null, null, 'one that has ended goes, else 429'),
  ('login of an unused client', 20, null, null, null, 'an old one of its client goes'),
  ('assertion', 10000, null, null, null, 'refused for the moment'),
  ('assertion of an unused client', 20, null, null, null, 'refused for the moment'),
  ('visitor', 5000, 10000, null, '1 day', 'answered and not recorded'),
  ('MCP session', 200, null, null, '1 hour', 'answered and not recorded'),
  ('MCP session of a visitor', 10, null, null, '1 hour', 'answered and not recorded'),
  ('new person', 50000, null, null, '1 day', 'refused; known people log in'),
  ('connection of a user', 100, null, null, null, 'the oldest with its client ends'),
  ('unredeemed code of a user', 100, null, null, null, 'the oldest goes, with its tokens'),
  ('config check', 30, null, null, '10 minutes', 'refused for the moment'),
  ('audit event', 1, null, null, '1 hour', 'counted in the same row'),
  ('call', 20000, null, null, '1 day', 'counted and not recorded'),
  ('call of a visitor', 2000, null, null, '1 day', 'counted and not recorded'),
  ('call of unknown callers', 50000, null, null, '1 day', 'counted and not recorded'),
  ('name of calls', 500, null, null, '1 day', 'counted as (other)'),
  ('name of calls that fail', 100, null, null, '1 day', 'counted as (other)');

alter table public.row_bounds enable row level security;

revoke all on public.row_bounds from public, anon, authenticated, service_role;

-- anonymous_call_opening: what open_anonymous_call answers.
create type public.anonymous_call_opening as (
  outcome text,
  organization_id text,
  mcp_server_user_id text
);

-- authorization_beginning: what begin_authorization answers.
create type public.authorization_beginning as (
  outcome text,
  server jsonb,
  client jsonb,
  provider_name text,
  account_prompt text
);

-- authorization_claim: what claim_authorization_session answers.
create type public.authorization_claim as (
  outcome text,
  session_id text,
  request_id text,
  request_ciphertext text,
  redirect_uri text,
  client_id text,
  server jsonb,
  config jsonb
);

-- authorization_completion: what complete_authorization answers.
create type public.authorization_completion as (
  outcome text,
  mcp_server_user_id text,
  provisioning text
);

-- authorization_opening: what open_authorization_session answers.
create type public.authorization_opening as (
  outcome text,
  config jsonb
);

-- client_authentication: what authenticate_mcp_client answers.
create type public.client_authentication as (
  outcome text,
  mcp_server_id text,
  mcp_client_registration_id text,
  client_id text,
  kind text,
  access_token_seconds integer,
  refresh_token_seconds integer
);

-- client_secret_reading: what read_client_secret answers.
create type public.client_secret_reading as (
  outcome text,
  client_secret_ciphertext text
);

-- connections_client_opening: what open_connections_client answers.
create type public.connections_client_opening as (
  outcome text,
  client_id text
);

-- connections_revocation: what the functions answer that end logins of an organization.
--
-- ended is how many logins were alive.
create type public.connections_revocation as (
  outcome text,
  id text,
  ended integer
);

-- issuer_move: what move_oauth_config_issuer answers.
--
-- people is how many identities move, conflicts how many of their subjects are
-- known at the new issuer as somebody else.
create type public.issuer_move as (
  outcome text,
  id text,
  people integer,
  conflicts integer,
  reason text,
  argument text,
  expected text
);

-- mcp_call_entry: an element of what record_mcp_calls takes, once it is read and compared.
--
-- place is its number in the batch. is_call says that it is a named request, and so a
-- row of mcp_calls; any other counts by method, or by MCP client where name has one.
create type public.mcp_call_entry as (
  place integer,
  organization_id text,
  mcp_server_id text,
  mcp_server_user_id text,
  is_known boolean,
  session_hash text,
  client_id text,
  is_call boolean,
  method text,
  name text,
  started_at timestamptz,
  day date,
  milliseconds integer,
  outcome text,
  error_code integer,
  http_status integer,
  bytes_in bigint,
  bytes_out bigint,
  arguments jsonb,
  result jsonb,
  keep_until date
);

-- mcp_call_opening: what open_mcp_call answers.
create type public.mcp_call_opening as (
  outcome text,
  organization_id text,
  mcp_server_user_id text,
  client_id text,
  email text,
  email_verified boolean,
  upstream_token_id text,
  access_token_ciphertext text,
  upstream_expires_at timestamptz,
  upstream_refreshed_at timestamptz
);

-- mcp_call_recording: what record_mcp_calls answers. recorded and left_out are numbers of elements.
create type public.mcp_call_recording as (
  outcome text,
  recorded integer,
  left_out integer
);

-- mcp_client_creation: what create_mcp_client answers: a platform_change with the client's credentials.
create type public.mcp_client_creation as (
  outcome text,
  client_id text,
  client_secret text,
  reason text,
  argument text,
  expected text
);

-- mcp_client_finding: what find_mcp_client answers.
create type public.mcp_client_finding as (
  outcome text,
  client_id text,
  kind text,
  keys jsonb
);

-- mcp_client_registration: what register_mcp_client answers.
create type public.mcp_client_registration as (
  outcome text,
  client_id text,
  created_at timestamptz
);

-- mcp_server_finding: what find_mcp_server answers.
create type public.mcp_server_finding as (
  outcome text,
  server jsonb
);

-- member_address: the e-mail address of a member of an organization.
create type public.member_address as (
  user_id uuid,
  email text
);

-- organization_logo: what find_organization_logo answers. image is in base64.
create type public.organization_logo as (
  outcome text,
  media_type text,
  image text
);

-- own_connections: what list_own_connections answers.
--
-- connections is a list, the one used last first: id, server and its slug, what its
-- scopes mean, the client's client_id, kind, client_name and redirect_uris, scopes,
-- first_used_at, last_used_at.
create type public.own_connections as (
  outcome text,
  email text,
  organization_name text,
  connections jsonb
);

-- own_connections_revocation: what revoke_own_connections answers.
--
-- upstream_tokens is a list of what is to be revoked at the provider, each with
-- the fields of token_revocation that say so.
create type public.own_connections_revocation as (
  outcome text,
  family_ids text[],
  upstream_tokens jsonb
);

-- own_invitation: an invitation as the person who is invited sees it.
create type public.own_invitation as (
  id text,
  organization_name text,
  role text,
  expires_at timestamptz
);

-- platform_change: what the functions of platform users answer.
--
-- An outcome invalid says more: reason is the slug of the rule that is broken,
-- argument the argument that breaks it, and expected what that must be.
create type public.platform_change as (
  outcome text,
  id text,
  reason text,
  argument text,
  expected text
);

-- resource_server_creation: what create_mcp_resource_server answers: a platform_change with a secret.
create type public.resource_server_creation as (
  outcome text,
  id text,
  secret text,
  reason text,
  argument text,
  expected text
);

-- sealed_secret: what sealed_secrets lists.
create type public.sealed_secret as (
  id text,
  organization_id text,
  secret text,
  ciphertext text
);

-- sealed_secret_count: what count_sealed_secrets answers.
create type public.sealed_secret_count as (
  examined integer,
  last_id text,
  counts jsonb
);

-- stale_secret_list: what list_stale_secrets answers.
create type public.stale_secret_list as (
  examined integer,
  last_id text,
  secrets jsonb
);

-- token_grant: what redeem_authorization_code and rotate_refresh_token answer.
create type public.token_grant as (
  outcome text,
  family_id text,
  organization_id text,
  mcp_server_user_id text,
  client_id text,
  resource text,
  scope text,
  nonce text,
  auth_time timestamptz,
  access_token_seconds integer,
  email text,
  email_verified boolean,
  profile jsonb,
  successor_ciphertexts text[]
);

-- token_introspection: what introspect_token and introspect_own_token answer.
create type public.token_introspection as (
  outcome text,
  family_id text,
  organization_id text,
  mcp_server_user_id text,
  client_id text,
  resource text,
  scope text,
  auth_time timestamptz,
  created_at timestamptz,
  expires_at timestamptz,
  email text,
  email_verified boolean
);

-- token_revocation: what revoke_token answers.
create type public.token_revocation as (
  outcome text,
  family_id text,
  organization_id text,
  upstream_token_id text,
  refresh_token_id text,
  access_token_ciphertext text,
  refresh_token_ciphertext text,
  config jsonb
);

-- upstream_refresh_lease: what lease_upstream_refresh answers.
create type public.upstream_refresh_lease as (
  outcome text,
  access_token_ciphertext text,
  refresh_token_id text,
  refresh_token_ciphertext text,
  scope text,
  expires_at timestamptz,
  refreshed_at timestamptz,
  leased_until timestamptz,
  lapsed boolean,
  profile_refreshed_at timestamptz,
  config jsonb
);

-- user_erasure: what erase_mcp_server_user answers: a receipt that says what was erased, and not whose it was.
create type public.user_erasure as (
  outcome text,
  receipt jsonb
);

-- user_export: what export_mcp_server_user answers: all that is kept of an end user, but for secrets.
create type public.user_export as (
  outcome text,
  id text,
  export jsonb
);

-- user_provisioning: what provision_mcp_server_user answers.
create type public.user_provisioning as (
  outcome text,
  mcp_server_user_id text,
  upstream_token_id text
);

-- user_resolution: what the helpers of provision_mcp_server_user answer.
create type public.user_resolution as (
  outcome text,
  mcp_server_user_id text
);

-- user_tracking: what track_mcp_server_user answers.
create type public.user_tracking as (
  outcome text,
  mcp_server_user_id text
);

-- userinfo_reading: what read_userinfo answers.
create type public.userinfo_reading as (
  outcome text,
  mcp_server_user_id text,
  organization_id text,
  email text,
  email_verified boolean,
  profile jsonb
);

-- accept_organization_invitation: makes the caller a member, as an invitation says.
--
-- An invitation that is for another address, has expired or never was is answered
-- alike. Who is a member already keeps the present role.
--
-- Caller    a platform user, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, so that changes of its members wait for each other
-- Outcomes  accepted | unknown_invitation | quota_reached
-- Raises    22004 when p_invitation_id is null
create function public.accept_organization_invitation(p_invitation_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_invitation public.organization_invitations;
  v_change public.platform_change;
begin
  if p_invitation_id is null then
    raise exception using errcode = '22004', message = 'p_invitation_id must not be null';
  end if;

  perform from public.organizations as organization
  where organization.id = (
    select invitation.organization_id from public.find_open_invitations() as invitation
    where invitation.id = p_invitation_id
  )
  for no key update;
  select * into v_invitation
  from public.find_open_invitations() as invitation
  where invitation.id = p_invitation_id;
  if not found then
    return public.refuse_platform_change('unknown_invitation');
  end if;
  if public.platform_role(v_invitation.organization_id) is null
    and not public.has_room(p_organization_id => v_invitation.organization_id, p_kind => 'member') then
    return public.refuse_platform_change('quota_reached');
  end if;

  insert into public.organization_members (organization_id, user_id, role)
  values (v_invitation.organization_id, auth.uid(), v_invitation.role)
  on conflict (organization_id, user_id) do nothing;
  delete from public.organization_invitations as invitation where invitation.id = v_invitation.id;
  perform public.record_platform_event(
    p_organization_id => v_invitation.organization_id, p_event => 'invitation_accepted', p_object_id => v_invitation.id
  );
  v_change.outcome := 'accepted';
  v_change.id := v_invitation.organization_id;
  return v_change;
end
$$;

revoke all on function public.accept_organization_invitation from public, anon, authenticated, service_role;
grant execute on function public.accept_organization_invitation to authenticated;

-- add_durations: the sum of two counts of calls by how long they took (mcp_call_sums).
--
-- Caller    count_mcp_calls
-- Rights    invoker, granted to nobody
create function public.add_durations(p_one integer[], p_other integer[])
returns integer[]
language plpgsql
immutable
set search_path = ''
as $$
begin
  return array(
    select pair.one + pair.other
    from unnest(p_one, p_other) with ordinality as pair (one, other, place)
    order by pair.place
  );
end
$$;

revoke all on function public.add_durations from public, anon, authenticated, service_role;

-- admit_person: counts somebody whom an organization does not know yet, or says why it takes nobody more.
--
-- A provider may be the organization's own, and name as many people as it likes. So
-- an organization has a quota of people whom a provider names (gatepost_settings) and
-- a number of new ones a day (row_bounds). People whom no provider names are
-- forgotten, so only the number a day limits them. Where there is no room nothing is
-- locked.
--
-- Caller    resolve_mcp_server_user, before it writes an identity; resolve_anonymous_user
-- Rights    invoker, granted to nobody
-- Locks     the organization's count of people
-- Returns   people_quota_reached | too_many_new_people, or null for somebody who was counted
create function public.admit_person(p_organization_id text, p_is_named boolean)
returns text
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_today date := (now() at time zone 'UTC')::date;
  v_people integer := (select setting.people_per_organization from public.gatepost_settings as setting);
  v_newcomers integer := (select bound.of_source from public.row_bounds as bound where bound.kind = 'new person');
  v_gone integer := (
    select organization.identities_gone from public.organizations as organization where organization.id = p_organization_id
  );
  v_counted public.organization_people;
  v_refusal text;
begin
  select * into v_counted
  from public.organization_people as counted
  where counted.organization_id = p_organization_id;
  for v_attempt in 1..2 loop
    v_refusal := case
      when p_is_named and coalesce(v_counted.identities, 0) - v_gone >= v_people then 'people_quota_reached'
      when v_counted.counted_on >= v_today and v_counted.arrived >= v_newcomers then 'too_many_new_people'
    end;
    exit when v_refusal is not null or v_attempt = 2;
    -- What somebody else has counted meanwhile is looked at under the lock.
    insert into public.organization_people (organization_id)
    values (p_organization_id)
    on conflict (organization_id) do nothing;
    select * into v_counted
    from public.organization_people as counted
    where counted.organization_id = p_organization_id
    for no key update;
  end loop;
  if v_refusal is not null then
    return v_refusal;
  end if;

  update public.organization_people as counted
  set identities = counted.identities + case when p_is_named then 1 else 0 end,
      counted_on = greatest(counted.counted_on, v_today),
      arrived = case when counted.counted_on >= v_today then counted.arrived + 1 else 1 end
  where counted.organization_id = p_organization_id;
  return null;
end
$$;

revoke all on function public.admit_person from public, anon, authenticated, service_role;

-- audit_keep_until: the end of an organization's retention for an event of now.
--
-- Caller    record_audit_event, record_platform_event, and the RPCs that record visitors and MCP sessions
-- Rights    invoker, granted to nobody
create function public.audit_keep_until(p_organization_id text)
returns timestamptz
language plpgsql
stable
set search_path = ''
as $$
begin
  return now() + make_interval(days => coalesce(
    (select organization.audit_retention_days
     from public.organizations as organization
     where organization.id = p_organization_id),
    365
  ));
end
$$;

revoke all on function public.audit_keep_until from public, anon, authenticated, service_role;

-- audit_repeat_key: what two audit events of one hour have in common if they are counted in one row.
--
-- Caller    record_audit_event, purge_expired
-- Rights    invoker, granted to nobody
create function public.audit_repeat_key(
  p_organization_id text,
  p_mcp_server_id text,
  p_mcp_server_user_id text,
  p_client_id text,
  p_event text,
  p_reason text,
  p_detail jsonb,
  p_occurred_at timestamptz
)
returns uuid
language plpgsql
immutable
set search_path = ''
as $$
begin
  return md5(jsonb_build_array(
    p_organization_id, p_mcp_server_id, p_mcp_server_user_id, p_client_id, p_event, p_reason, p_detail,
    floor(extract(epoch from p_occurred_at) / 3600)
  )::text)::uuid;
end
$$;

revoke all on function public.audit_repeat_key from public, anon, authenticated, service_role;

-- authenticate_mcp_client: finds the server and the client, and checks how the client proves itself.
--
-- A client of private_key_jwt must have been authenticated by an assertion; one
-- with a secret must send it, and an assertion does not stand in for it. A
-- public client need prove nothing: a secret that it sends is ignored, an
-- assertion is used up. The assertion's signature is checked by the endpoint.
--
-- Hashes are compared, of secrets with 256 random bits: how long the
-- comparison takes tells nothing.
--
-- Caller    the RPCs of the token, revocation and introspection endpoints
-- Rights    invoker, granted to nobody
-- Locks     those of use_client_assertion, where there is an assertion
-- Outcomes  authenticated | unknown_server | unknown_client | wrong_secret | assertion_required, or a refusal of
--           use_client_assertion
-- Raises    22004 when an assertion comes without its expiry, or the other way round
create function public.authenticate_mcp_client(
  p_slug text,
  p_client_id text,
  p_client_secret_hash text,
  p_assertion_hash text,
  p_assertion_expires_at timestamptz
)
returns public.client_authentication
language plpgsql
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_client public.mcp_client_registrations;
  v_authentication public.client_authentication;
begin
  if num_nulls(p_assertion_hash, p_assertion_expires_at) = 1 then
    raise exception using errcode = '22004', message = 'an assertion comes with its expiry';
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.slug = p_slug and server.disabled_at is null;
  select * into v_client
  from public.mcp_client_registrations as client
  where client.mcp_server_id = v_server.id and client.client_id = p_client_id;

  v_authentication.outcome := case
    when v_server.id is null then 'unknown_server'
    when v_client.id is null then 'unknown_client'
    when v_client.client_secret_hash is distinct from p_client_secret_hash
      and v_client.client_secret_hash is not null then 'wrong_secret'
    when p_assertion_hash is not null
      then public.use_client_assertion(v_client, p_assertion_hash, p_assertion_expires_at)
    when v_client.token_endpoint_auth_method = 'private_key_jwt' then 'assertion_required'
    else 'authenticated'
  end;
  v_authentication.mcp_server_id := v_server.id;
  v_authentication.mcp_client_registration_id := v_client.id;
  v_authentication.client_id := p_client_id;
  v_authentication.kind := v_client.kind;
  v_authentication.access_token_seconds := v_server.access_token_seconds;
  v_authentication.refresh_token_seconds := v_server.refresh_token_seconds;
  return v_authentication;
end
$$;

revoke all on function public.authenticate_mcp_client from public, anon, authenticated, service_role;

-- bare_address: host and path of a URL in one spelling, without scheme, default port and query.
--
-- Caller    leads_to_gateway
-- Rights    invoker, granted to nobody
create function public.bare_address(p_url text)
returns text
language sql
immutable
set search_path = ''
as $$
  select regexp_replace(
    regexp_replace(
      regexp_replace(
        regexp_replace(lower(split_part(p_url, '?', 1)), '^(https://[^/]*):0*443(/|$)', '\1\2'),
        '^(http://[^/]*):0*80(/|$)', '\1\2'
      ),
      '^https?://', ''
    ),
    '/{2,}', '/', 'g'
  )
$$;

revoke all on function public.bare_address from public, anon, authenticated, service_role;

-- begin_authorization: reads what an authorization request is checked against.
--
-- Writes nothing, so that a GET of the authorization endpoint has no effect.
-- A client id metadata document is stored at its first approval. Until then the
-- outcome is unknown_client, and the answer names the server all the same: the
-- endpoint decides by the server's policy.
--
-- Caller    oauth-authorize, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     none
-- Outcomes  ready | unknown_client | unknown_server | no_sign_in
-- Raises    22004 when an argument is null
create function public.begin_authorization(p_slug text, p_client_id text)
returns public.authorization_beginning
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_client public.mcp_client_registrations;
  v_beginning public.authorization_beginning;
begin
  if p_slug is null or p_client_id is null then
    raise exception using errcode = '22004', message = 'p_slug and p_client_id must not be null';
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.slug = p_slug and server.disabled_at is null;
  if not found then
    v_beginning.outcome := 'unknown_server';
    return v_beginning;
  end if;
  v_beginning.server := public.describe_mcp_server(v_server);

  select config.name, config.account_prompt into v_beginning.provider_name, v_beginning.account_prompt
  from public.custom_oauth_configs as config
  where config.id = v_server.custom_oauth_config_id and config.disabled_at is null;
  if not found then
    v_beginning.outcome := 'no_sign_in';
    return v_beginning;
  end if;

  select * into v_client
  from public.mcp_client_registrations as client
  where client.mcp_server_id = v_server.id and client.client_id = p_client_id;
  if not found then
    v_beginning.outcome := 'unknown_client';
    return v_beginning;
  end if;

  v_beginning.outcome := 'ready';
  v_beginning.client := public.describe_mcp_client(v_client);
  return v_beginning;
end
$$;

revoke all on function public.begin_authorization from public, anon, authenticated, service_role;
grant execute on function public.begin_authorization to service_role, gatepost_functions;

-- begin_config_check: whether the caller may have a provider examined, which makes the functions send requests.
--
-- It is recorded, and a burst is refused: somebody who owns an organization
-- should not be able to aim the requests at others. The organization is that of
-- the config, or the one that a draft is for; the answer's id names it.
--
-- Caller    an owner or admin, as authenticated, through the function oauth-configs
-- Rights    definer: the caller may not write the audit
-- Locks     the organization's checks (advisory), so that a burst is counted
-- Outcomes  begun | forbidden | unknown_organization | unknown_config | quota_reached
-- Raises    22004 when neither a config nor an organization is named
create function public.begin_config_check(
  p_oauth_config_id text default null,
  p_organization_id text default null
)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_bound public.row_bounds;
  v_organization_id text;
  v_role text;
  v_change public.platform_change;
begin
  if p_oauth_config_id is null and p_organization_id is null then
    raise exception using errcode = '22004', message = 'p_oauth_config_id or p_organization_id must not be null';
  end if;

  if p_oauth_config_id is null then
    v_organization_id := p_organization_id;
  else
    select config.organization_id into v_organization_id
    from public.custom_oauth_configs as config
    where config.id = p_oauth_config_id;
  end if;
  v_role := public.platform_role(v_organization_id);
  if v_role is null then
    return public.refuse_platform_change(
      case when p_oauth_config_id is null then 'unknown_organization' else 'unknown_config' end
    );
  end if;
  if v_role = 'member' then
    return public.refuse_platform_change('forbidden');
  end if;

  perform pg_advisory_xact_lock(hashtextextended('config check ' || v_organization_id, 0));
  select * into strict v_bound from public.row_bounds as bound where bound.kind = 'config check';
  if v_bound.of_source <= (
    select count(*) from public.mcp_audit_events as event
    where event.organization_id = v_organization_id
      and event.occurred_at > now() - v_bound.counted_in
      and event.event = 'config_checked'
  ) then
    return public.refuse_platform_change('quota_reached');
  end if;
  perform public.record_platform_event(
    p_organization_id => v_organization_id, p_event => 'config_checked', p_object_id => p_oauth_config_id
  );
  v_change.outcome := 'begun';
  v_change.id := v_organization_id;
  return v_change;
end
$$;

revoke all on function public.begin_config_check from public, anon, authenticated, service_role;
grant execute on function public.begin_config_check to authenticated;

-- block_mcp_server_user: keeps an end user out, or lets one in again.
--
-- Nothing is withdrawn: a blocked user's tokens are refused, and are good again
-- once the user is let in again.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the table
-- Locks     the user
-- Outcomes  blocked | unblocked | forbidden | unknown_user
-- Raises    22004 when an argument is null
create function public.block_mcp_server_user(p_mcp_server_user_id text, p_blocked boolean default true)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_user public.mcp_server_user;
  v_role text;
  v_change public.platform_change;
begin
  if p_mcp_server_user_id is null or p_blocked is null then
    raise exception using errcode = '22004', message = 'p_mcp_server_user_id and p_blocked must not be null';
  end if;

  select * into v_user
  from public.mcp_server_user as holder
  where holder.id = p_mcp_server_user_id and public.platform_role(holder.organization_id) is not null
  for no key update;
  v_role := public.platform_role(v_user.organization_id);
  if v_role is null then
    return public.refuse_platform_change('unknown_user');
  end if;
  if v_role = 'member' then
    return public.refuse_platform_change('forbidden');
  end if;

  update public.mcp_server_user as holder
  set blocked_at = case when p_blocked then coalesce(holder.blocked_at, now()) end
  where holder.id = v_user.id;
  v_change.outcome := case when p_blocked then 'blocked' else 'unblocked' end;
  v_change.id := v_user.id;
  perform public.record_platform_event(
    p_organization_id => v_user.organization_id,
    p_event => 'user_' || v_change.outcome,
    p_mcp_server_user_id => v_user.id
  );
  return v_change;
end
$$;

revoke all on function public.block_mcp_server_user from public, anon, authenticated, service_role;
grant execute on function public.block_mcp_server_user to authenticated;

-- check_sealed_table: raises unless a batch of ciphertexts is asked for as it must be.
--
-- Caller    count_sealed_secrets, list_stale_secrets
-- Rights    invoker, granted to nobody
create function public.check_sealed_table(p_table text, p_after text, p_limit integer)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if p_table is null or p_after is null or p_limit is null then
    raise exception using errcode = '22004', message = 'a batch names its table, where it begins and its size';
  end if;
  if p_table not in ('custom_oauth_configs', 'upstream_oauth_tokens', 'mcp_authorization_sessions') then
    raise exception using errcode = '22023', message = 'the table holds no ciphertexts under a key';
  end if;
end
$$;

revoke all on function public.check_sealed_table from public, anon, authenticated, service_role;

-- check_sealed_token: raises unless a token was sealed for a vault entry of this organization.
--
-- Only the shape and the header can be checked here: whether the token opens is
-- known to who has the key. supabase/README.md says how services seal a token.
--
-- Caller    provision_mcp_server_user
-- Rights    invoker, granted to nobody
-- Returns   the id of the vault entry that the token was sealed for; null without a token
-- Raises    22023 that names the argument
create function public.check_sealed_token(p_argument text, p_token text, p_organization_id text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_header jsonb;
begin
  if p_token is null then
    return null;
  end if;
  if char_length(p_token) > 131072 then
    raise exception using errcode = '22023', message = p_argument || ' must be at most 131072 characters';
  end if;
  -- Five parts: no encrypted key, an initialization vector of 96 bits, a tag of 128 bits.
  if p_token !~ '^eyJ[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{22}$' then
    raise exception using errcode = '22023',
      message = p_argument || ' must be a sealed token: a JWE, dir with A256GCM, in compact form';
  end if;
  v_header := public.sealed_header(p_ciphertext => p_token);
  if coalesce(v_header ->> 'kid', '') = ''
    or v_header - array['kid', 'row']
      is distinct from jsonb_build_object(
        'alg', 'dir', 'enc', 'A256GCM', 'typ', 'upstream-token', 'org', p_organization_id
      )
    or coalesce(v_header ->> 'row', '') !~ '^uoat_[A-Za-z0-9_-]{12}$' then
    raise exception using errcode = '22023',
      message = p_argument || ' must be sealed with a key id, as an upstream-token, for the login''s organization and '
        || 'for a row uoat_ with 12 random characters';
  end if;
  return v_header ->> 'row';
end
$$;

revoke all on function public.check_sealed_token from public, anon, authenticated, service_role;

-- claim_authorization_session: binds a callback to the login it answers, once.
--
-- A browser without the session's cookie does not get the session and does not
-- end it: its owner can still present the callback. A server or config that was
-- disabled in the meantime ends the login. So does a new client generation: the
-- code must not go to a place of the provider that did not issue it. What ends
-- here is still to be told as failed: the answer names the session for that, and
-- the id of the request that opened it, which is the id of the whole login.
--
-- Caller    oauth-callback; oauth-authorize where the provider is not found; as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the session
-- Outcomes  claimed | unknown | expired | replayed | other_browser | no_sign_in | config_changed
-- Raises    22004 when an argument is null
create function public.claim_authorization_session(p_state_hash text, p_browser_hash text)
returns public.authorization_claim
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_session public.mcp_authorization_sessions;
  v_server public.mcp_servers;
  v_config public.custom_oauth_configs;
  v_claim public.authorization_claim;
begin
  if p_state_hash is null or p_browser_hash is null then
    raise exception using errcode = '22004', message = 'p_state_hash and p_browser_hash must not be null';
  end if;

  select * into v_session
  from public.mcp_authorization_sessions as session
  where session.state_hash = p_state_hash
  for update;
  v_claim.outcome := case
    when v_session.id is null then 'unknown'
    when v_session.browser_hash <> p_browser_hash then 'other_browser'
    when v_session.claimed_at is not null then 'replayed'
    when v_session.expires_at <= now() then 'expired'
    else 'claimed'
  end;
  v_claim.request_id := v_session.request_id;
  if v_claim.outcome not in ('claimed', 'expired') then
    return v_claim;
  end if;

  update public.mcp_authorization_sessions as session
  set claimed_at = now()
  where session.id = v_session.id;
  v_claim.session_id := v_session.id;
  if v_claim.outcome = 'expired' then
    return v_claim;
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.id = v_session.mcp_server_id and server.disabled_at is null;
  select * into v_config
  from public.custom_oauth_configs as config
  where config.id = v_session.oauth_config_id and config.disabled_at is null;
  if v_server.id is null or v_config.id is null then
    v_claim.outcome := 'no_sign_in';
    return v_claim;
  end if;
  if v_config.client_generation <> v_session.client_generation then
    v_claim.outcome := 'config_changed';
    return v_claim;
  end if;

  v_claim.request_ciphertext := v_session.request_ciphertext;
  v_claim.redirect_uri := v_session.redirect_uri;
  select client.client_id into v_claim.client_id
  from public.mcp_client_registrations as client
  where client.id = v_session.mcp_client_registration_id;
  v_claim.server := public.describe_mcp_server(v_server);
  v_claim.config := public.describe_oauth_config(v_config);
  return v_claim;
end
$$;

revoke all on function public.claim_authorization_session from public, anon, authenticated, service_role;
grant execute on function public.claim_authorization_session to service_role, gatepost_functions;

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

-- complete_authorization: ends a claimed login with a user, its tokens and a code.
--
-- One transaction: the user, the vault entry and the code exist together or
-- not at all. A refusal of provision_mcp_server_user ends the session and is
-- returned. From now on the client counts as used and never expires.
--
-- Caller    oauth-callback, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the session, then those of provision_mcp_server_user, then surplus codes that nobody else holds
--           (skip locked) with their vault entries, then the client at its first login
--           (lock order: supabase/schemas/README.md)
-- Outcomes  completed | unknown, or a refusal of provision_mcp_server_user
-- Raises    22004 when an argument that must be there is null
create function public.complete_authorization(
  p_session_id text,
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
  p_auth_time timestamptz,
  p_code_hash text
)
returns public.authorization_completion
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_session public.mcp_authorization_sessions;
  v_client public.mcp_client_registrations;
  v_provisioning public.user_provisioning;
  v_completion public.authorization_completion;
begin
  if p_session_id is null or p_access_token is null or p_code_hash is null then
    raise exception using errcode = '22004', message = 'a login ends with its session, a token and a code';
  end if;

  select * into v_session
  from public.mcp_authorization_sessions as session
  where session.id = p_session_id
    and session.claimed_at is not null
    and session.completed_at is null
    and session.failed_at is null
  for update;
  if not found then
    v_completion.outcome := 'unknown';
    return v_completion;
  end if;
  select * into v_client
  from public.mcp_client_registrations as client
  where client.id = v_session.mcp_client_registration_id;

  v_provisioning := public.provision_mcp_server_user(
    p_oauth_config_id => v_session.oauth_config_id,
    p_upstream_issuer => p_upstream_issuer,
    p_upstream_sub => p_upstream_sub,
    p_email => p_email,
    p_email_verified => p_email_verified,
    p_profile => p_profile,
    p_tracking_id => p_tracking_id,
    p_access_token => p_access_token,
    p_refresh_token => p_refresh_token,
    p_scope => p_scope,
    p_expires_at => p_expires_at,
    p_organization_id => v_session.organization_id,
    p_client_generation => v_session.client_generation
  );
  if v_provisioning.mcp_server_user_id is null then
    update public.mcp_authorization_sessions as session
    set failed_at = now()
    where session.id = v_session.id;
    perform public.record_audit_event(
      p_organization_id => v_session.organization_id,
      p_event => 'login_failed',
      p_reason => v_provisioning.outcome,
      p_mcp_server_id => v_session.mcp_server_id,
      p_client_id => v_client.client_id,
      p_of_any_client => v_client.first_used_at is null,
      p_began_at => v_session.created_at
    );
    v_completion.outcome := v_provisioning.outcome;
    return v_completion;
  end if;

  perform public.end_surplus_codes(
    p_session => v_session, p_mcp_server_user_id => v_provisioning.mcp_server_user_id
  );
  -- Before the code: the code's reference shares the client's row, and two who share it cannot both give its place back.
  if v_client.first_used_at is null then
    update public.mcp_client_registrations as client
    set first_used_at = now(), expires_at = null, slot = null
    where client.id = v_session.mcp_client_registration_id and client.first_used_at is null;
  end if;
  insert into public.mcp_authorization_codes
    (code_hash, organization_id, mcp_server_id, mcp_client_registration_id, mcp_server_user_id, upstream_token_id,
     redirect_uri, resource, scope, code_challenge, nonce, auth_time, expires_at)
  values
    (p_code_hash, v_session.organization_id, v_session.mcp_server_id, v_session.mcp_client_registration_id,
     v_provisioning.mcp_server_user_id, v_provisioning.upstream_token_id, v_session.redirect_uri, v_session.resource,
     v_session.scope, v_session.code_challenge, v_session.nonce, p_auth_time, now() + interval '60 seconds');
  update public.mcp_authorization_sessions as session
  set completed_at = now()
  where session.id = v_session.id;
  perform public.record_audit_event(
    p_organization_id => v_session.organization_id,
    p_event => 'login_completed',
    p_reason => v_provisioning.outcome,
    p_mcp_server_id => v_session.mcp_server_id,
    p_mcp_server_user_id => v_provisioning.mcp_server_user_id,
    p_client_id => v_client.client_id,
    p_began_at => v_session.created_at
  );
  v_completion.outcome := 'completed';
  v_completion.mcp_server_user_id := v_provisioning.mcp_server_user_id;
  v_completion.provisioning := v_provisioning.outcome;
  return v_completion;
end
$$;

revoke all on function public.complete_authorization from public, anon, authenticated, service_role;
grant execute on function public.complete_authorization to service_role, gatepost_functions;

-- count_active_users: notes of whoever called when that was, and counts the people of each day, week and month.
--
-- Whether somebody is new in a time is asked of mcp_call_days. The row of the
-- activity is held before that, so nobody else counts the same person meanwhile. The
-- question is a subquery of one value: PostgreSQL may plan "not exists" as a scan of
-- the table.
--
-- Caller    record_mcp_calls, before it counts the calls
-- Rights    invoker, granted to nobody
-- Locks     the activity of each user, then the days, weeks and months
create function public.count_active_users(p_entries public.mcp_call_entry[])
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into public.mcp_user_activity as activity
    (organization_id, mcp_server_user_id, first_called_on, last_called_on, calls, last_day_calls)
  select entry.organization_id, entry.mcp_server_user_id, min(entry.day), max(entry.day), count(*),
    (array_agg(entry.calls_of_day order by entry.day desc))[1]
  from (
    select each.organization_id, each.mcp_server_user_id, each.day,
      count(*) over (partition by each.mcp_server_user_id, each.day) as calls_of_day
    from unnest(p_entries) as each
    where each.is_call and each.mcp_server_user_id is not null
  ) as entry
  group by entry.organization_id, entry.mcp_server_user_id
  order by entry.organization_id, entry.mcp_server_user_id
  on conflict on constraint activity_is_one_row do update
  set first_called_on = least(activity.first_called_on, excluded.first_called_on),
      last_called_on = greatest(activity.last_called_on, excluded.last_called_on),
      calls = activity.calls + excluded.calls,
      last_day_calls = case
        when activity.last_called_on = excluded.last_called_on then activity.last_day_calls + excluded.last_day_calls
        when activity.last_called_on > excluded.last_called_on then activity.last_day_calls
        else excluded.last_day_calls
      end;

  insert into public.mcp_active_days as active (organization_id, period, starts_on, known, visitors)
  select newcomer.organization_id, newcomer.period, newcomer.starts_on,
    count(*) filter (where newcomer.is_known), count(*) filter (where not newcomer.is_known)
  from (
    select distinct entry.organization_id, entry.mcp_server_user_id, entry.is_known, time.period, time.starts_on
    from (
      select distinct each.organization_id, each.mcp_server_user_id, each.day, each.is_known
      from unnest(p_entries) as each
      where each.is_call and each.mcp_server_user_id is not null
    ) as entry
    cross join lateral (
      values
        ('day', entry.day, entry.day),
        ('week', date_trunc('week', entry.day::timestamp)::date, date_trunc('week', entry.day::timestamp)::date + 6),
        ('month', date_trunc('month', entry.day::timestamp)::date,
          (date_trunc('month', entry.day::timestamp) + interval '1 month')::date - 1)
    ) as time (period, starts_on, ends_on)
    where (
      select counted.day from public.mcp_call_days as counted
      where counted.organization_id = entry.organization_id
        and counted.mcp_server_user_id = entry.mcp_server_user_id
        and counted.day between time.starts_on and time.ends_on
        and counted.method <> 'initialize'
      limit 1
    ) is null
  ) as newcomer
  group by newcomer.organization_id, newcomer.period, newcomer.starts_on
  order by newcomer.organization_id, newcomer.period, newcomer.starts_on
  on conflict on constraint active_people_are_one_row do update
  set known = active.known + excluded.known,
      visitors = active.visitors + excluded.visitors;
end
$$;

revoke all on function public.count_active_users from public, anon, authenticated, service_role;

-- count_gone_identities: adds to the identities of an organization that went again.
--
-- They stand apart from those that came (organization_people): a first login holds that
-- row and waits for people, and whoever deletes holds people.
--
-- Caller    the RPCs of platform users that delete a person, or move people to another issuer, which hold the
--           organization
-- Rights    invoker, granted to nobody
-- Locks     the organization
create function public.count_gone_identities(p_organization_id text, p_gone integer)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  update public.organizations as organization
  set identities_gone = organization.identities_gone + p_gone
  where organization.id = p_organization_id;
end
$$;

revoke all on function public.count_gone_identities from public, anon, authenticated, service_role;

-- count_mcp_calls: counts calls by day: of each person, of each server, and who uses what.
--
-- Rows that others count in as well are taken in the order of their keys. A person's
-- own rows need none: the activity is held (count_active_users).
--
-- Caller    record_mcp_calls
-- Rights    invoker, granted to nobody
-- Locks     the days of calls, then the sums of calls, then users whom nobody holds
create function public.count_mcp_calls(p_entries public.mcp_call_entry[])
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into public.mcp_call_days as counted
    (organization_id, mcp_server_id, mcp_server_user_id, client_id, method, name, outcome, day, calls, milliseconds,
     bytes_in, bytes_out)
  select entry.organization_id, entry.mcp_server_id, entry.mcp_server_user_id, entry.client_id, entry.method, entry.name,
    entry.outcome, entry.day, count(*), sum(entry.milliseconds), sum(entry.bytes_in), sum(entry.bytes_out)
  from unnest(p_entries) as entry
  where entry.name <> ''
  group by entry.organization_id, entry.mcp_server_user_id, entry.day, entry.mcp_server_id, entry.client_id,
    entry.method, entry.name, entry.outcome
  order by entry.organization_id, entry.mcp_server_user_id, entry.day, entry.mcp_server_id, entry.client_id,
    entry.method, entry.name, entry.outcome
  on conflict on constraint calls_of_a_day_are_counted_in_one_row do update
  set calls = counted.calls + excluded.calls,
      milliseconds = counted.milliseconds + excluded.milliseconds,
      bytes_in = counted.bytes_in + excluded.bytes_in,
      bytes_out = counted.bytes_out + excluded.bytes_out;

  update public.mcp_user_activity as activity
  set came_back_on = (
    select min(counted.day) from public.mcp_call_days as counted
    where counted.organization_id = activity.organization_id
      and counted.mcp_server_user_id = activity.mcp_server_user_id
      and counted.day >= activity.first_called_on + 3
      and counted.method <> 'initialize'
  )
  from (
    select entry.organization_id, entry.mcp_server_user_id, min(entry.day) as day
    from unnest(p_entries) as entry
    where entry.is_call
    group by entry.organization_id, entry.mcp_server_user_id
  ) as called
  where activity.organization_id = called.organization_id
    and activity.mcp_server_user_id = called.mcp_server_user_id
    and activity.last_called_on >= activity.first_called_on + 3
    and (activity.came_back_on is null or activity.came_back_on > called.day);

  perform public.sum_mcp_calls(p_entries => p_entries);

  insert into public.mcp_tool_users as pair
    (organization_id, mcp_server_user_id, mcp_server_id, method, name, first_called_on, last_called_on, calls, failed,
     milliseconds)
  select entry.organization_id, entry.mcp_server_user_id, entry.mcp_server_id, entry.method, entry.name, min(entry.day),
    max(entry.day), count(*),
    count(*) filter (where entry.outcome in ('tool_error', 'rpc_error', 'http_error', 'unanswered')),
    sum(entry.milliseconds)
  from unnest(p_entries) as entry
  where entry.name <> '' and entry.mcp_server_user_id is not null
  group by entry.organization_id, entry.mcp_server_user_id, entry.mcp_server_id, entry.method, entry.name
  on conflict on constraint tool_user_is_one_row do update
  set first_called_on = least(pair.first_called_on, excluded.first_called_on),
      last_called_on = greatest(pair.last_called_on, excluded.last_called_on),
      calls = pair.calls + excluded.calls,
      failed = pair.failed + excluded.failed,
      milliseconds = pair.milliseconds + excluded.milliseconds;

  perform public.note_first_calls(
    p_mcp_server_user_ids => array(
      select distinct entry.mcp_server_user_id from unnest(p_entries) as entry
      where entry.is_call and entry.mcp_server_user_id is not null
    )
  );
end
$$;

revoke all on function public.count_mcp_calls from public, anon, authenticated, service_role;

-- count_sealed_secrets: how many secrets stand under which key, in a batch of rows of one table.
--
-- An old key may go when nothing stands under it any more. The caller goes on
-- after last_id until a batch is empty.
--
-- Caller    `deno task keys --in-use`, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Returns   counts: by what is sealed, then by key id; the empty key id is that of a text that names none
-- Raises    22004 when an argument is null; 22023 when the table holds no ciphertexts
create function public.count_sealed_secrets(p_table text, p_after text, p_limit integer)
returns public.sealed_secret_count
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_count public.sealed_secret_count;
begin
  perform public.check_sealed_table(p_table => p_table, p_after => p_after, p_limit => p_limit);

  with sealed as (
    select listed.id, listed.secret, listed.ciphertext,
      coalesce(public.sealing_key_id(p_ciphertext => listed.ciphertext), '') as key_id
    from public.sealed_secrets(p_table => p_table, p_after => p_after, p_limit => p_limit) as listed
  ), by_key as (
    select sealed.secret, sealed.key_id, count(*) as secrets
    from sealed
    where sealed.ciphertext is not null
    group by sealed.secret, sealed.key_id
  ), by_secret as (
    select by_key.secret, jsonb_object_agg(by_key.key_id, by_key.secrets) as keys
    from by_key
    group by by_key.secret
  )
  select
    (select count(distinct sealed.id)::integer from sealed),
    (select max(sealed.id) from sealed),
    (select coalesce(jsonb_object_agg(by_secret.secret, by_secret.keys), '{}') from by_secret)
  into v_count.examined, v_count.last_id, v_count.counts;
  return v_count;
end
$$;

revoke all on function public.count_sealed_secrets from public, anon, authenticated, service_role;
grant execute on function public.count_sealed_secrets to service_role;

-- count_upstream_refusal: counts a refusal that does not say whether the refresh token is dead, and gives the lease back.
--
-- The third refusal ends every login that lives on the refresh token, if it
-- comes ten minutes or more after the first: a login must not be left that can
-- neither go on nor end. A refresh that succeeds starts the count again. The
-- first refusal of a count is in the audit, the others are not.
--
-- Caller    mcp, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the token family, then the vault entry that holds the refresh token, then the login's
--           (lock order: supabase/schemas/README.md)
-- Outcomes  counted | ended | lease_lost
-- Raises    22004 when an argument is null
create function public.count_upstream_refusal(p_upstream_token_id text, p_lease_hash text, p_reason text)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_holder public.upstream_oauth_tokens;
begin
  if p_upstream_token_id is null or p_lease_hash is null or p_reason is null then
    raise exception using errcode = '22004', message = 'a refusal names its vault entry, its lease and a reason';
  end if;

  perform from public.mcp_proxy_tokens as family
  where family.upstream_token_id = p_upstream_token_id
  for update;
  v_holder := public.lock_refresh_holder(p_upstream_token_id => p_upstream_token_id);
  if v_holder.refresh_lease_hash is distinct from p_lease_hash then
    return 'lease_lost';
  end if;

  if v_holder.refusals >= 2 and v_holder.first_refused_at <= now() - interval '10 minutes' then
    perform public.end_login(p_upstream_token_id => login.id, p_reason => p_reason)
    from public.upstream_oauth_tokens as login
    where login.id = p_upstream_token_id and login.ended_at is null;
    perform public.end_lent_refresh(p_holder_id => v_holder.id, p_reason => p_reason);
    return 'ended';
  end if;

  update public.upstream_oauth_tokens as holder
  set refusals = holder.refusals + 1,
      first_refused_at = coalesce(holder.first_refused_at, now()),
      refresh_leased_until = null,
      refresh_lease_hash = null
  where holder.id = v_holder.id;
  if v_holder.refusals = 0 then
    perform public.record_audit_event(
      p_organization_id => v_holder.organization_id,
      p_event => 'upstream_refresh_refused',
      p_reason => p_reason,
      p_mcp_server_user_id => v_holder.mcp_server_user_id
    );
  end if;
  return 'counted';
end
$$;

revoke all on function public.count_upstream_refusal from public, anon, authenticated, service_role;
grant execute on function public.count_upstream_refusal to service_role, gatepost_functions;

-- create_mcp_client: makes a client of a server, for an MCP client that wants its id and secret given to it.
--
-- A confidential client gets a secret of 244 random bits, which is answered
-- once; only its SHA-256 is stored. A public one has none. The registration
-- policy is for those who register themselves and does not matter here.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the table
-- Locks     none
-- Outcomes  created | forbidden | unknown_server | no_sign_in | invalid (see platform_change)
-- Raises    22004 when an argument is null
create function public.create_mcp_client(
  p_mcp_server_id text,
  p_name text,
  p_redirect_uris text[],
  p_confidential boolean default true
)
returns public.mcp_client_creation
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_role text;
  v_constraint text;
  v_refusal public.platform_change;
  v_creation public.mcp_client_creation;
begin
  if p_mcp_server_id is null or p_name is null or p_redirect_uris is null or p_confidential is null then
    raise exception using errcode = '22004',
      message = 'p_mcp_server_id, p_name, p_redirect_uris and p_confidential must not be null';
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.id = p_mcp_server_id and public.platform_role(server.organization_id) is not null;
  v_role := public.platform_role(v_server.organization_id);
  v_creation.outcome := case
    when v_role is null then 'unknown_server'
    when v_role = 'member' then 'forbidden'
    when v_server.auth_type = 'none' then 'no_sign_in'
  end;
  if v_creation.outcome is not null then
    return v_creation;
  end if;

  v_creation.client_id := public.new_id('mcr_');
  if p_confidential then
    v_creation.client_secret := translate(
      rtrim(encode(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), 'base64'), '='), '+/', '-_'
    );
  end if;
  insert into public.mcp_client_registrations
    (id, organization_id, mcp_server_id, client_id, kind, client_secret_hash, token_endpoint_auth_method, client_name,
     redirect_uris, grant_types, expires_at)
  values (
    v_creation.client_id, v_server.organization_id, v_server.id, v_creation.client_id, 'preregistered',
    translate(rtrim(encode(sha256(convert_to(v_creation.client_secret, 'UTF8')), 'base64'), '='), '+/', '-_'),
    case when p_confidential then 'client_secret_basic' else 'none' end, btrim(p_name), p_redirect_uris,
    array['authorization_code', 'refresh_token'], null
  );
  perform public.record_platform_event(
    p_organization_id => v_server.organization_id,
    p_event => 'client_created',
    p_object_id => v_creation.client_id,
    p_mcp_server_id => v_server.id
  );
  v_creation.outcome := 'created';
  return v_creation;
exception
  when check_violation then
    get stacked diagnostics v_constraint = constraint_name;
    v_refusal := public.refuse_broken_rule(v_constraint);
    v_creation := null;
    v_creation.outcome := v_refusal.outcome;
    v_creation.reason := v_refusal.reason;
    v_creation.argument := v_refusal.argument;
    v_creation.expected := v_refusal.expected;
    return v_creation;
end
$$;

revoke all on function public.create_mcp_client from public, anon, authenticated, service_role;
grant execute on function public.create_mcp_client to authenticated;

-- create_mcp_resource_server: makes the credentials of an MCP server that introspects tokens.
--
-- The secret has 244 random bits. The function answers it once and stores its
-- SHA-256 only.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the table
-- Locks     none
-- Outcomes  created | forbidden | unknown_server | invalid (see platform_change)
-- Raises    22004 when an argument is null
create function public.create_mcp_resource_server(p_mcp_server_id text, p_name text)
returns public.resource_server_creation
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_role text;
  v_secret text := translate(
    rtrim(encode(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), 'base64'), '='), '+/', '-_'
  );
  v_constraint text;
  v_refusal public.platform_change;
  v_creation public.resource_server_creation;
begin
  if p_mcp_server_id is null or p_name is null then
    raise exception using errcode = '22004', message = 'p_mcp_server_id and p_name must not be null';
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.id = p_mcp_server_id and public.platform_role(server.organization_id) is not null;
  v_role := public.platform_role(v_server.organization_id);
  if v_role is null then
    v_creation.outcome := 'unknown_server';
    return v_creation;
  end if;
  if v_role = 'member' then
    v_creation.outcome := 'forbidden';
    return v_creation;
  end if;

  insert into public.mcp_resource_servers (organization_id, mcp_server_id, name, secret_hash)
  values (
    v_server.organization_id, v_server.id, btrim(p_name),
    translate(rtrim(encode(sha256(convert_to(v_secret, 'UTF8')), 'base64'), '='), '+/', '-_')
  )
  returning id into v_creation.id;
  perform public.record_platform_event(
    p_organization_id => v_server.organization_id,
    p_event => 'resource_server_created',
    p_object_id => v_creation.id,
    p_mcp_server_id => v_server.id
  );
  v_creation.outcome := 'created';
  v_creation.secret := v_secret;
  return v_creation;
exception
  when check_violation then
    get stacked diagnostics v_constraint = constraint_name;
    v_refusal := public.refuse_broken_rule(v_constraint);
    v_creation.outcome := v_refusal.outcome;
    v_creation.reason := v_refusal.reason;
    v_creation.argument := v_refusal.argument;
    v_creation.expected := v_refusal.expected;
    return v_creation;
end
$$;

revoke all on function public.create_mcp_resource_server from public, anon, authenticated, service_role;
grant execute on function public.create_mcp_resource_server to authenticated;

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

-- create_organization: makes an organization that the caller owns.
--
-- The operator opens founding (see gatepost_settings) and bounds it for each person.
-- An organization that was deleted counts as long as names of its servers are retired.
--
-- Caller    a platform user, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the founder (advisory), so that two foundings wait for each other
-- Outcomes  created | closed | quota_reached | invalid (see platform_change) | not_signed_in
-- Raises    22004 when p_name is null
create function public.create_organization(p_name text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_settings public.gatepost_settings;
  v_constraint text;
  v_change public.platform_change;
begin
  if p_name is null then
    raise exception using errcode = '22004', message = 'p_name must not be null';
  end if;
  if auth.uid() is null then
    return public.refuse_platform_change('not_signed_in');
  end if;

  select * into strict v_settings from public.gatepost_settings;
  if v_settings.organization_founding <> 'open' then
    return public.refuse_platform_change('closed');
  end if;
  perform pg_advisory_xact_lock(hashtextextended('organization founder ' || auth.uid(), 0));
  if v_settings.organizations_per_founder <= (
    select count(*) from public.organization_foundings as founding
    where founding.platform_user_id = auth.uid()
      and (
        exists (select from public.organizations as own where own.id = founding.organization_id)
        or exists (
          select from public.retired_server_names as retired where retired.organization_id = founding.organization_id
        )
      )
  ) then
    return public.refuse_platform_change('quota_reached');
  end if;

  insert into public.organizations (name) values (btrim(p_name)) returning id into v_change.id;
  insert into public.organization_members (organization_id, user_id, role)
  values (v_change.id, auth.uid(), 'owner');
  insert into public.organization_foundings (organization_id, platform_user_id) values (v_change.id, auth.uid());
  perform public.record_platform_event(p_organization_id => v_change.id, p_event => 'organization_created');
  v_change.outcome := 'created';
  return v_change;
exception
  when check_violation then
    get stacked diagnostics v_constraint = constraint_name;
    return public.refuse_broken_rule(v_constraint);
end
$$;

revoke all on function public.create_organization from public, anon, authenticated, service_role;
grant execute on function public.create_organization to authenticated;

-- current_request_id: the id of the HTTP request on whose behalf SQL runs; null where nobody says it.
--
-- The Edge Functions send it as X-Request-Id, and the REST layer hands on the
-- headers. It says where to look in the log and decides nothing.
--
-- Caller    what records audit events, and open_authorization_session
-- Rights    invoker, granted to nobody
create function public.current_request_id()
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return substring(
    nullif(current_setting('request.headers', true), '')::jsonb ->> 'x-request-id' from '^[0-9a-f-]{36}$'
  );
end
$$;

revoke all on function public.current_request_id from public, anon, authenticated, service_role;

-- decide_revocation: whether the caller may end logins of an organization.
--
-- p_unknown is the answer to whoever is no member of it, and where there is none.
--
-- Caller    the RPCs that end connections, which hold their lock
-- Rights    invoker, granted to nobody
-- Outcomes  revoked | forbidden, or p_unknown
create function public.decide_revocation(p_organization_id text, p_unknown text)
returns public.connections_revocation
language plpgsql
stable
set search_path = ''
as $$
declare
  v_role text := public.platform_role(p_organization_id);
  v_revocation public.connections_revocation;
begin
  v_revocation.outcome := case
    when v_role is null then p_unknown
    when v_role = 'member' then 'forbidden'
    else 'revoked'
  end;
  return v_revocation;
end
$$;

revoke all on function public.decide_revocation from public, anon, authenticated, service_role;

-- decline_organization_invitation: ends an invitation of the caller's.
--
-- Caller    a platform user, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the invitation
-- Outcomes  declined | unknown_invitation
-- Raises    22004 when p_invitation_id is null
create function public.decline_organization_invitation(p_invitation_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_organization_id text;
  v_change public.platform_change;
begin
  if p_invitation_id is null then
    raise exception using errcode = '22004', message = 'p_invitation_id must not be null';
  end if;

  delete from public.organization_invitations as invitation
  where invitation.id = (
    select open.id from public.find_open_invitations() as open where open.id = p_invitation_id
  )
  returning invitation.organization_id into v_organization_id;
  if not found then
    return public.refuse_platform_change('unknown_invitation');
  end if;

  perform public.record_platform_event(
    p_organization_id => v_organization_id, p_event => 'invitation_declined', p_object_id => p_invitation_id
  );
  v_change.outcome := 'declined';
  v_change.id := p_invitation_id;
  return v_change;
end
$$;

revoke all on function public.decline_organization_invitation from public, anon, authenticated, service_role;
grant execute on function public.decline_organization_invitation to authenticated;

-- delete_mcp_client: deletes a client of whatever kind, with every login that it holds.
--
-- A client that registered itself may do so again: this ends what it has, and
-- shuts nobody out. What belongs to the client is deleted one kind at a time, in
-- the lock order of supabase/schemas/README.md, before the client.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, the client's sessions, codes, token families and vault entries, each by key (lenders
--           first), then the client
-- Outcomes  deleted | forbidden | unknown_client
-- Raises    22004 when p_id is null
create function public.delete_mcp_client(p_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_client public.mcp_client_registrations;
  v_role text;
  v_upstream_ids text[];
  v_more_upstream_ids text[];
  v_change public.platform_change;
begin
  if p_id is null then
    raise exception using errcode = '22004', message = 'p_id must not be null';
  end if;

  perform public.hold_organization(p_organization_id => (
    select client.organization_id from public.mcp_client_registrations as client where client.id = p_id
  ));
  select * into v_client
  from public.mcp_client_registrations as client
  where client.id = p_id and public.platform_role(client.organization_id) is not null;
  v_role := public.platform_role(v_client.organization_id);
  if v_role is null then
    return public.refuse_platform_change('unknown_client');
  end if;
  if v_role = 'member' then
    return public.refuse_platform_change('forbidden');
  end if;

  delete from public.mcp_authorization_sessions as session
  where session.id = any (array(
    select own.id from public.mcp_authorization_sessions as own
    where own.mcp_client_registration_id = v_client.id
    order by own.id
    for update
  ));
  with deleted as (
    delete from public.mcp_authorization_codes as code
    where code.code_hash = any (array(
      select own.code_hash from public.mcp_authorization_codes as own
      where own.mcp_client_registration_id = v_client.id
      order by own.code_hash
      for update
    ))
    returning code.upstream_token_id
  )
  select array_agg(deleted.upstream_token_id) into v_upstream_ids from deleted;
  with deleted as (
    delete from public.mcp_proxy_tokens as family
    where family.id = any (array(
      select own.id from public.mcp_proxy_tokens as own
      where own.mcp_client_registration_id = v_client.id
      order by own.id
      for update
    ))
    returning family.upstream_token_id
  )
  select array_agg(deleted.upstream_token_id) into v_more_upstream_ids from deleted;
  perform public.delete_vault_entries(
    p_upstream_token_ids => v_upstream_ids || v_more_upstream_ids, p_reason => 'client_deleted'
  );
  delete from public.mcp_client_registrations as client where client.id = v_client.id;
  perform public.record_platform_event(
    p_organization_id => v_client.organization_id,
    p_event => 'client_deleted',
    p_object_id => v_client.id,
    p_mcp_server_id => v_client.mcp_server_id
  );
  v_change.outcome := 'deleted';
  v_change.id := v_client.id;
  return v_change;
end
$$;

revoke all on function public.delete_mcp_client from public, anon, authenticated, service_role;
grant execute on function public.delete_mcp_client to authenticated;

-- delete_mcp_resource_server: deletes the credentials of an MCP server that introspects tokens.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the table
-- Locks     the resource server
-- Outcomes  deleted | forbidden | unknown_resource_server
-- Raises    22004 when p_id is null
create function public.delete_mcp_resource_server(p_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_resource_server public.mcp_resource_servers;
  v_role text;
  v_change public.platform_change;
begin
  if p_id is null then
    raise exception using errcode = '22004', message = 'p_id must not be null';
  end if;

  select * into v_resource_server
  from public.mcp_resource_servers as resource_server
  where resource_server.id = p_id and public.platform_role(resource_server.organization_id) is not null
  for update;
  v_role := public.platform_role(v_resource_server.organization_id);
  if v_role is null then
    return public.refuse_platform_change('unknown_resource_server');
  end if;
  if v_role = 'member' then
    return public.refuse_platform_change('forbidden');
  end if;

  delete from public.mcp_resource_servers as resource_server where resource_server.id = v_resource_server.id;
  perform public.record_platform_event(
    p_organization_id => v_resource_server.organization_id,
    p_event => 'resource_server_deleted',
    p_object_id => p_id,
    p_mcp_server_id => v_resource_server.mcp_server_id
  );
  v_change.outcome := 'deleted';
  v_change.id := p_id;
  return v_change;
end
$$;

revoke all on function public.delete_mcp_resource_server from public, anon, authenticated, service_role;
grant execute on function public.delete_mcp_resource_server to authenticated;

-- delete_mcp_server: deletes a server with its clients, sessions and tokens.
--
-- Its slug and resource are retired: no other organization may take them. End
-- users stay: they belong to the organization. The vault entries of logins through
-- this server are deleted with it, and so are its calls, recorded and counted. An entry whose refresh token a login at another
-- server lives on ends only, and is deleted after that login. The function deletes
-- what belongs to the server one kind at a time, in the lock order of
-- supabase/schemas/README.md, and the server last: a cascade would lock in the
-- opposite order.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, the server, then its sessions, MCP sessions, codes, token families, vault entries and
--           clients, each by key (lenders first)
-- Outcomes  deleted | forbidden | unknown_server
-- Raises    22004 when p_id is null
create function public.delete_mcp_server(p_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_server public.mcp_servers;
  v_role text;
  v_upstream_ids text[];
  v_more_upstream_ids text[];
  v_change public.platform_change;
begin
  if p_id is null then
    raise exception using errcode = '22004', message = 'p_id must not be null';
  end if;

  perform public.hold_organization(p_organization_id => (
    select server.organization_id from public.mcp_servers as server where server.id = p_id
  ));
  select * into v_server
  from public.mcp_servers as server
  where server.id = p_id and public.platform_role(server.organization_id) is not null
  for no key update;
  v_role := public.platform_role(v_server.organization_id);
  if v_role is null then
    return public.refuse_platform_change('unknown_server');
  end if;
  if v_role = 'member' then
    return public.refuse_platform_change('forbidden');
  end if;

  delete from public.mcp_authorization_sessions as session
  where session.id = any (array(
    select own.id from public.mcp_authorization_sessions as own
    where own.organization_id = v_server.organization_id and own.mcp_server_id = v_server.id
    order by own.id
    for update
  ));
  delete from public.mcp_server_session as history
  where history.id = any (array(
    select own.id from public.mcp_server_session as own
    where own.organization_id = v_server.organization_id and own.mcp_server_id = v_server.id
    order by own.id
    for update
  ));
  with deleted as (
    delete from public.mcp_authorization_codes as code
    where code.code_hash = any (array(
      select own.code_hash from public.mcp_authorization_codes as own
      where own.organization_id = v_server.organization_id and own.mcp_server_id = v_server.id
      order by own.code_hash
      for update
    ))
    returning code.upstream_token_id
  )
  select array_agg(deleted.upstream_token_id) into v_upstream_ids from deleted;
  with deleted as (
    delete from public.mcp_proxy_tokens as family
    where family.id = any (array(
      select own.id from public.mcp_proxy_tokens as own
      where own.organization_id = v_server.organization_id and own.mcp_server_id = v_server.id
      order by own.id
      for update
    ))
    returning family.upstream_token_id
  )
  select array_agg(deleted.upstream_token_id) into v_more_upstream_ids from deleted;
  perform public.delete_vault_entries(
    p_upstream_token_ids => v_upstream_ids || v_more_upstream_ids, p_reason => 'server_deleted'
  );
  delete from public.mcp_client_registrations as client
  where client.id = any (array(
    select own.id from public.mcp_client_registrations as own
    where own.organization_id = v_server.organization_id and own.mcp_server_id = v_server.id
    order by own.id
    for update
  ));
  perform public.retire_server_names(
    p_organization_id => v_server.organization_id, p_names => array[v_server.slug, v_server.resource]
  );
  delete from public.mcp_servers as server where server.id = v_server.id;
  -- Whoever records calls holds the server, so there are no more of them now.
  delete from public.mcp_calls as recorded
  where recorded.organization_id = v_server.organization_id and recorded.mcp_server_id = v_server.id;
  delete from public.mcp_call_days as counted
  where counted.organization_id = v_server.organization_id and counted.mcp_server_id = v_server.id;
  perform public.record_platform_event(
    p_organization_id => v_server.organization_id, p_event => 'server_deleted', p_mcp_server_id => v_server.id
  );
  v_change.outcome := 'deleted';
  v_change.id := v_server.id;
  return v_change;
end
$$;

revoke all on function public.delete_mcp_server from public, anon, authenticated, service_role;
grant execute on function public.delete_mcp_server to authenticated;

-- delete_mcp_server_user: deletes an end user, with identities, sessions and tokens.
--
-- Recorded calls go, and what was counted of them is nobody's. Audit events stay for
-- the organization's retention: they name the user by id only.
-- A later login of the same person makes a new user.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, the user, then its codes, token families and vault entries, then days of calls
--           (lock order: supabase/schemas/README.md)
-- Outcomes  deleted | forbidden | unknown_user
-- Raises    22004 when p_mcp_server_user_id is null
create function public.delete_mcp_server_user(p_mcp_server_user_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_user public.mcp_server_user;
  v_role text;
  v_identities integer;
  v_change public.platform_change;
begin
  if p_mcp_server_user_id is null then
    raise exception using errcode = '22004', message = 'p_mcp_server_user_id must not be null';
  end if;

  perform public.hold_organization(p_organization_id => (
    select holder.organization_id from public.mcp_server_user as holder where holder.id = p_mcp_server_user_id
  ));
  select * into v_user
  from public.mcp_server_user as holder
  where holder.id = p_mcp_server_user_id and public.platform_role(holder.organization_id) is not null
  for no key update;
  v_role := public.platform_role(v_user.organization_id);
  if v_role is null then
    return public.refuse_platform_change('unknown_user');
  end if;
  if v_role = 'member' then
    return public.refuse_platform_change('forbidden');
  end if;

  perform public.withdraw_user_tokens(
    p_organization_id => v_user.organization_id, p_mcp_server_user_id => v_user.id, p_reason => 'user_deleted'
  );
  delete from public.mcp_server_user_identities as identity
  where identity.organization_id = v_user.organization_id and identity.mcp_server_user_id = v_user.id;
  get diagnostics v_identities = row_count;
  delete from public.mcp_server_user as holder where holder.id = v_user.id;
  delete from public.mcp_calls as recorded
  where recorded.organization_id = v_user.organization_id and recorded.mcp_server_user_id = v_user.id;
  perform public.forget_mcp_callers(
    p_organization_ids => array[v_user.organization_id], p_mcp_server_user_ids => array[v_user.id]
  );
  perform public.count_gone_identities(p_organization_id => v_user.organization_id, p_gone => v_identities);
  perform public.record_platform_event(
    p_organization_id => v_user.organization_id, p_event => 'user_deleted', p_mcp_server_user_id => v_user.id
  );
  v_change.outcome := 'deleted';
  v_change.id := v_user.id;
  return v_change;
end
$$;

revoke all on function public.delete_mcp_server_user from public, anon, authenticated, service_role;
grant execute on function public.delete_mcp_server_user to authenticated;

-- delete_oauth_config: deletes a config, the vault entries of its logins and their token families.
--
-- Users and their identities stay: another config of the same issuer finds them
-- again. The function deletes what belongs to the config one kind at a time, in
-- the lock order of supabase/schemas/README.md, and the config last: a cascade
-- would lock in the opposite order.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, the config, then its sessions, codes, token families and vault entries, each by key
--           (lenders first)
-- Outcomes  deleted | forbidden | unknown_config | in_use
-- Raises    22004 when p_id is null
create function public.delete_oauth_config(p_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_config public.custom_oauth_configs;
  v_role text;
  v_change public.platform_change;
begin
  if p_id is null then
    raise exception using errcode = '22004', message = 'p_id must not be null';
  end if;

  perform public.hold_organization(p_organization_id => (
    select config.organization_id from public.custom_oauth_configs as config where config.id = p_id
  ));
  select * into v_config
  from public.custom_oauth_configs as config
  where config.id = p_id and public.platform_role(config.organization_id) is not null
  for no key update;
  v_role := public.platform_role(v_config.organization_id);
  if v_role is null then
    return public.refuse_platform_change('unknown_config');
  end if;
  if v_role = 'member' then
    return public.refuse_platform_change('forbidden');
  end if;
  if exists (
    select from public.mcp_servers as server
    where server.config_owner_id = v_config.owner_id and server.custom_oauth_config_id = v_config.id
  ) then
    return public.refuse_platform_change('in_use');
  end if;

  delete from public.mcp_authorization_sessions as session
  where session.id = any (array(
    select own.id from public.mcp_authorization_sessions as own
    where own.oauth_config_id = v_config.id
    order by own.id
    for update
  ));
  delete from public.mcp_authorization_codes as code
  where code.code_hash = any (array(
    select own.code_hash
    from public.mcp_authorization_codes as own
    join public.upstream_oauth_tokens as upstream on upstream.id = own.upstream_token_id
    where upstream.oauth_config_id = v_config.id
    order by own.code_hash
    for update of own
  ));
  delete from public.mcp_proxy_tokens as family
  where family.id = any (array(
    select own.id
    from public.mcp_proxy_tokens as own
    join public.upstream_oauth_tokens as upstream on upstream.id = own.upstream_token_id
    where upstream.oauth_config_id = v_config.id
    order by own.id
    for update of own
  ));
  perform public.lock_vault_entries(p_upstream_token_ids => array(
    select login.id from public.upstream_oauth_tokens as login where login.oauth_config_id = v_config.id
  ));
  delete from public.upstream_oauth_tokens as upstream where upstream.oauth_config_id = v_config.id;
  delete from public.custom_oauth_configs as config where config.id = v_config.id;
  perform public.record_platform_event(
    p_organization_id => v_config.organization_id, p_event => 'config_deleted', p_object_id => v_config.id
  );
  v_change.outcome := 'deleted';
  v_change.id := v_config.id;
  return v_change;
exception
  when foreign_key_violation then
    return public.refuse_platform_change('in_use');
end
$$;

revoke all on function public.delete_oauth_config from public, anon, authenticated, service_role;
grant execute on function public.delete_oauth_config to authenticated;

-- delete_organization: deletes an organization with everything that is its own.
--
-- Servers, configs, end users, clients, tokens, calls, members and invitations go. The
-- names of its servers are retired, so that nobody can issue tokens with their
-- iss and aud; its audit events stay for their retention. The function deletes
-- one kind at a time, in the lock order of supabase/schemas/README.md.
--
-- Caller    an owner, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, its configs and servers, sessions, end users, MCP
--           sessions, codes, token families, vault entries and clients, each by key
-- Outcomes  deleted | forbidden | unknown_organization
-- Raises    22004 when p_id is null
create function public.delete_organization(p_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_own_role text;
  v_names text[];
  v_change public.platform_change;
begin
  if p_id is null then
    raise exception using errcode = '22004', message = 'p_id must not be null';
  end if;

  perform public.hold_organization(p_organization_id => p_id);
  v_own_role := public.platform_role(p_id);
  if v_own_role is null then
    return public.refuse_platform_change('unknown_organization');
  end if;
  if v_own_role <> 'owner' then
    return public.refuse_platform_change('forbidden');
  end if;

  perform from public.custom_oauth_configs as config
  where config.organization_id = p_id order by config.id for no key update;
  perform from public.mcp_servers as server
  where server.organization_id = p_id order by server.id for no key update;
  delete from public.mcp_authorization_sessions as session
  where session.id = any (array(
    select own.id from public.mcp_authorization_sessions as own
    where own.organization_id = p_id
    order by own.id
    for update
  ));
  perform from public.mcp_server_user as holder
  where holder.organization_id = p_id order by holder.id for no key update;
  delete from public.mcp_server_session as history
  where history.id = any (array(
    select own.id from public.mcp_server_session as own
    where own.organization_id = p_id
    order by own.id
    for update
  ));
  delete from public.mcp_authorization_codes as code
  where code.code_hash = any (array(
    select own.code_hash from public.mcp_authorization_codes as own
    where own.organization_id = p_id
    order by own.code_hash
    for update
  ));
  delete from public.mcp_proxy_tokens as family
  where family.id = any (array(
    select own.id from public.mcp_proxy_tokens as own
    where own.organization_id = p_id
    order by own.id
    for update
  ));
  perform public.lock_vault_entries(p_upstream_token_ids => array(
    select login.id from public.upstream_oauth_tokens as login where login.organization_id = p_id
  ));
  delete from public.upstream_oauth_tokens as upstream where upstream.organization_id = p_id;
  delete from public.mcp_client_registrations as client
  where client.id = any (array(
    select own.id from public.mcp_client_registrations as own
    where own.organization_id = p_id
    order by own.id
    for update
  ));
  delete from public.mcp_server_user as holder where holder.organization_id = p_id;

  select array_agg(server.slug) || array_agg(server.resource) into v_names
  from public.mcp_servers as server where server.organization_id = p_id;
  perform public.retire_server_names(p_organization_id => p_id, p_names => v_names);
  delete from public.mcp_servers as server where server.organization_id = p_id;
  -- Whoever records calls holds the server, so there are no more of them now.
  delete from public.mcp_calls as recorded where recorded.organization_id = p_id;
  delete from public.mcp_call_days as counted where counted.organization_id = p_id;
  delete from public.custom_oauth_configs as config where config.organization_id = p_id;
  perform public.record_platform_event(p_organization_id => p_id, p_event => 'organization_deleted');
  delete from public.organizations as organization where organization.id = p_id;
  v_change.outcome := 'deleted';
  v_change.id := p_id;
  return v_change;
end
$$;

revoke all on function public.delete_organization from public, anon, authenticated, service_role;
grant execute on function public.delete_organization to authenticated;

-- delete_unredeemed_logins: deletes the vault entries of logins whose code is gone and was never redeemed.
--
-- One whose refresh token serves another login stays, and is over itself.
--
-- Caller    purge_expired, end_surplus_codes
-- Rights    invoker, granted to nobody
-- Locks     none: the caller holds the entries
create function public.delete_unredeemed_logins(p_upstream_token_ids text[])
returns void
language plpgsql
set search_path = ''
as $$
begin
  delete from public.upstream_oauth_tokens as upstream
  where upstream.id = any (p_upstream_token_ids)
    and not public.is_lived_on(p_holder_id => upstream.id, p_but_for => upstream.id);
  update public.upstream_oauth_tokens as upstream
  set ended_at = now(), ended_reason = 'code_expired'
  where upstream.id = any (p_upstream_token_ids) and upstream.ended_at is null;
end
$$;

revoke all on function public.delete_unredeemed_logins from public, anon, authenticated, service_role;

-- delete_vault_entries: deletes the vault entries of logins that are gone.
--
-- An entry whose refresh token another login lives on ends only, and is deleted
-- after that login.
--
-- Caller    delete_mcp_server, delete_mcp_client, which have deleted codes and token families before
-- Rights    invoker, granted to nobody
-- Locks     the vault entries (lock_vault_entries)
create function public.delete_vault_entries(p_upstream_token_ids text[], p_reason text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform public.lock_vault_entries(p_upstream_token_ids => p_upstream_token_ids);
  delete from public.upstream_oauth_tokens as upstream
  where upstream.id = any (p_upstream_token_ids) and upstream.lender_id is not null;
  delete from public.upstream_oauth_tokens as upstream
  where upstream.id = any (p_upstream_token_ids)
    and not public.is_lived_on(p_holder_id => upstream.id, p_but_for => upstream.id);
  update public.upstream_oauth_tokens as upstream
  set ended_at = now(), ended_reason = p_reason
  where upstream.id = any (p_upstream_token_ids) and upstream.ended_at is null;
end
$$;

revoke all on function public.delete_vault_entries from public, anon, authenticated, service_role;

-- describe_mcp_client: a client as the functions receive it, without the hash of its secret.
--
-- A client is approved once a login with it has come to its end, or where an
-- owner or admin made it.
--
-- Caller    the RPCs that answer for one client
-- Rights    invoker, granted to nobody
create function public.describe_mcp_client(p_client public.mcp_client_registrations)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', p_client.id,
    'client_id', p_client.client_id,
    'kind', p_client.kind,
    'client_name', p_client.client_name,
    'redirect_uris', p_client.redirect_uris,
    'token_endpoint_auth_method', p_client.token_endpoint_auth_method,
    'approved', p_client.first_used_at is not null or p_client.kind = 'preregistered'
  );
end
$$;

revoke all on function public.describe_mcp_client from public, anon, authenticated, service_role;

-- describe_mcp_server: a server as the functions receive it: its columns but the secret one and the bookkeeping.
--
-- Beside them stands what pages say of its organization.
--
-- A new setting is a new column and reaches the functions without a change here.
--
-- Caller    the RPCs that answer for one server
-- Rights    invoker, granted to nobody
create function public.describe_mcp_server(p_server public.mcp_servers)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return to_jsonb(p_server) - array[
    'initial_access_token_hash', 'custom_oauth_config_id', 'config_owner_id', 'created_at', 'updated_at', 'disabled_at'
  ] || (
    select jsonb_build_object('organization_name', organization.name, 'organization_logo', organization.logo_version)
    from public.organizations as organization
    where organization.id = p_server.organization_id
  );
end
$$;

revoke all on function public.describe_mcp_server from public, anon, authenticated, service_role;

-- describe_oauth_config: a config as the functions receive it: its columns but the bookkeeping, the ciphertext included.
--
-- A new setting is a new column and reaches the functions without a change here.
--
-- Caller    the RPCs that start or finish an upstream request
-- Rights    invoker, granted to nobody
create function public.describe_oauth_config(p_config public.custom_oauth_configs)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return to_jsonb(p_config) - array[
    'owner_id', 'client_refused_at', 'client_refused_reason', 'created_at', 'updated_at', 'disabled_at'
  ];
end
$$;

revoke all on function public.describe_oauth_config from public, anon, authenticated, service_role;

-- draw_slots: eight places, drawn at random, in which a row of a source may stand.
--
-- A server has of_server places for rows of a kind, each for one row: a unique
-- constraint holds that. A source may use of_source of them, always the same,
-- which its hash scatters over all. So a source fills its own places and leaves
-- nearly all of another's, and nothing is counted: a draw costs the same however
-- full the places are. A cause within the source, such as one of its clients, may
-- use p_of_cause of the source's places. A caller looks up the holder of each place
-- by itself (limit 1): the planner, which may not know that a server has been
-- flooded, could read all rows of the server in the place of a join.
--
-- Caller    take_client_slot, take_session_slot, open_anonymous_call
-- Rights    invoker, granted to nobody
-- Locks     none
create function public.draw_slots(
  p_bound public.row_bounds,
  p_source text,
  p_cause text default null,
  p_of_cause integer default null
)
returns integer[]
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_slots integer[] := array[]::integer[];
  v_place bigint;
begin
  for v_draw in 1..8 loop
    v_place := case
      when p_cause is null then floor(random() * p_bound.of_source)::bigint
      else (hashtextextended(p_cause, floor(random() * p_of_cause)::bigint) & 2147483647) % p_bound.of_source
    end;
    v_slots := v_slots || ((hashtextextended(p_source, v_place) & 2147483647) % p_bound.of_server)::integer;
  end loop;
  return v_slots;
end
$$;

revoke all on function public.draw_slots from public, anon, authenticated, service_role;

-- end_connections: ends logins of an organization: those of a server, of a client, of a user, or all.
--
-- A null argument stands for all. Codes are deleted, token families revoked and
-- vault entries ended; what is deleted later finds them by their end. A vault
-- entry that lends its refresh token to a login that stays goes on lending. A
-- login that completes at this moment is not waited for, unless its user is named
-- and the caller holds the user's row.
--
-- Caller    the RPCs of platform users that revoke connections
-- Rights    invoker, granted to nobody
-- Locks     the codes, then token families, then vault entries, each by key (lenders first)
--           (lock order: supabase/schemas/README.md)
-- Returns   how many token families were alive
create function public.end_connections(
  p_organization_id text,
  p_mcp_server_id text default null,
  p_client_id text default null,
  p_mcp_server_user_id text default null
)
returns integer
language plpgsql
set search_path = ''
as $$
declare
  v_registration_ids text[];
  v_upstream_ids text[];
  v_more_upstream_ids text[];
  v_ended integer;
begin
  if p_client_id is not null then
    v_registration_ids := array(
      select client.id from public.mcp_client_registrations as client
      where client.organization_id = p_organization_id
        and client.client_id = p_client_id
        and (p_mcp_server_id is null or client.mcp_server_id = p_mcp_server_id)
    );
  end if;

  with deleted as (
    delete from public.mcp_authorization_codes as code
    where code.code_hash = any (array(
      select own.code_hash from public.mcp_authorization_codes as own
      where own.organization_id = p_organization_id
        and (p_mcp_server_id is null or own.mcp_server_id = p_mcp_server_id)
        and (p_mcp_server_user_id is null or own.mcp_server_user_id = p_mcp_server_user_id)
        and (v_registration_ids is null or own.mcp_client_registration_id = any (v_registration_ids))
      order by own.code_hash
      for update
    ))
    returning code.upstream_token_id
  )
  select array_agg(deleted.upstream_token_id) into v_upstream_ids from deleted;

  with revoked as (
    update public.mcp_proxy_tokens as family
    set revoked_at = now(), revoked_reason = 'organization_revoked', expires_at = least(family.expires_at, now())
    where family.id = any (array(
      select own.id from public.mcp_proxy_tokens as own
      where own.organization_id = p_organization_id
        and (p_mcp_server_id is null or own.mcp_server_id = p_mcp_server_id)
        and (p_mcp_server_user_id is null or own.mcp_server_user_id = p_mcp_server_user_id)
        and (v_registration_ids is null or own.mcp_client_registration_id = any (v_registration_ids))
        and own.revoked_at is null
      order by own.id
      for no key update
    ))
    returning family.upstream_token_id
  )
  select count(*), array_agg(revoked.upstream_token_id) into v_ended, v_more_upstream_ids from revoked;

  v_upstream_ids := v_upstream_ids || v_more_upstream_ids;
  perform public.end_vault_entries(p_upstream_token_ids => v_upstream_ids, p_reason => 'organization_revoked');
  return v_ended;
end
$$;

revoke all on function public.end_connections from public, anon, authenticated, service_role;

-- end_lent_refresh: forgets a refresh token that is dead, and ends the other logins that live on it.
--
-- Their rows are taken only where nobody holds them: they stand before the
-- caller's own in the lock order, so they must not be waited for. A login that
-- is left, or whose code nobody has redeemed yet, finds no refresh token when
-- its access token expires, and ends then.
--
-- Caller    end_upstream_token and count_upstream_refusal, which hold the entry that lent it
-- Rights    invoker, granted to nobody
-- Locks     token families and vault entries that nobody else holds (skip locked)
create function public.end_lent_refresh(p_holder_id text, p_reason text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_login_id text;
begin
  update public.upstream_oauth_tokens as holder
  set refresh_token_ciphertext = null,
      source = null,
      subject = null,
      refresh_leased_until = null,
      refresh_lease_hash = null
  where holder.id = p_holder_id;

  for v_login_id in
    select login.id
    from public.upstream_oauth_tokens as login
    join public.mcp_proxy_tokens as family on family.upstream_token_id = login.id
    where (login.id = p_holder_id or login.lender_id = p_holder_id)
      and login.ended_at is null
      and family.revoked_at is null
    for update of login, family skip locked
  loop
    perform public.end_login(p_upstream_token_id => v_login_id, p_reason => p_reason);
  end loop;
end
$$;

revoke all on function public.end_lent_refresh from public, anon, authenticated, service_role;

-- end_login: ends a vault entry and its token family, and says so in the audit.
--
-- Caller    end_upstream_token, count_upstream_refusal, end_lent_refresh; each holds both rows
-- Rights    invoker, granted to nobody
create function public.end_login(p_upstream_token_id text, p_reason text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_upstream public.upstream_oauth_tokens;
begin
  update public.upstream_oauth_tokens as upstream
  set ended_at = now(), ended_reason = p_reason
  where upstream.id = p_upstream_token_id
  returning * into v_upstream;
  update public.mcp_proxy_tokens as family
  set revoked_at = now(), revoked_reason = 'upstream_ended', expires_at = least(family.expires_at, now())
  where family.upstream_token_id = v_upstream.id and family.revoked_at is null;
  perform public.record_audit_event(
    p_organization_id => v_upstream.organization_id,
    p_event => 'upstream_token_ended',
    p_reason => p_reason,
    p_mcp_server_user_id => v_upstream.mcp_server_user_id
  );
end
$$;

revoke all on function public.end_login from public, anon, authenticated, service_role;

-- end_surplus_codes: makes room for a code: those of a user that nobody redeemed go beyond the bound, with their tokens.
--
-- Whoever logs in again and again, and redeems nothing, keeps the newest codes
-- only. The few behind them are looked at, whatever there is: each login moves a
-- code behind by one, so none is passed over, and a login costs the same for a user
-- with any number of codes. A code that was spent stays, so that a replay of it is
-- seen.
--
-- Caller    complete_authorization
-- Rights    invoker, granted to nobody
-- Locks     codes and their vault entries, where nobody else holds either (skip locked)
create function public.end_surplus_codes(p_session public.mcp_authorization_sessions, p_mcp_server_user_id text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_bound public.row_bounds;
  v_upstream_token_ids text[];
begin
  select * into strict v_bound from public.row_bounds as bound where bound.kind = 'unredeemed code of a user';
  with ended_code as (
    delete from public.mcp_authorization_codes as code
    where code.code_hash = any (array(
      select surplus.code_hash
      from (
        select own.code_hash, own.upstream_token_id from public.mcp_authorization_codes as own
        where own.organization_id = p_session.organization_id
          and own.mcp_server_user_id = p_mcp_server_user_id
        order by own.created_at desc
        offset v_bound.of_source - 1
        limit 8
        for update skip locked
      ) as surplus
      join public.upstream_oauth_tokens as upstream on upstream.id = surplus.upstream_token_id
      for update of upstream skip locked
    ))
      and code.spent_at is null
    returning code.upstream_token_id
  )
  select array_agg(ended_code.upstream_token_id) into v_upstream_token_ids from ended_code;
  if v_upstream_token_ids is null then
    return;
  end if;

  perform public.delete_unredeemed_logins(p_upstream_token_ids => v_upstream_token_ids);
  perform public.record_audit_event(
    p_organization_id => p_session.organization_id,
    p_event => 'tokens_revoked',
    p_reason => 'too_many_connections',
    p_mcp_server_id => p_session.mcp_server_id,
    p_mcp_server_user_id => p_mcp_server_user_id
  );
end
$$;

revoke all on function public.end_surplus_codes from public, anon, authenticated, service_role;

-- end_surplus_families: makes room for a token family of a user with a client, beyond the bound of row_bounds.
--
-- The oldest go. One that somebody holds is in use at this moment, and is passed over.
--
-- Caller    redeem_authorization_code
-- Rights    invoker, granted to nobody
-- Locks     the families that end
create function public.end_surplus_families(p_code public.mcp_authorization_codes, p_client_id text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_bound public.row_bounds;
  v_ended integer;
begin
  select * into strict v_bound from public.row_bounds as bound where bound.kind = 'connection of a user';
  update public.mcp_proxy_tokens as family
  set revoked_at = now(), revoked_reason = 'too_many_connections', expires_at = least(family.expires_at, now())
  where family.id = any (array(
    select surplus.id from public.mcp_proxy_tokens as surplus
    where surplus.organization_id = p_code.organization_id
      and surplus.mcp_server_user_id = p_code.mcp_server_user_id
      and surplus.mcp_client_registration_id = p_code.mcp_client_registration_id
      and surplus.revoked_at is null
      and surplus.expires_at > now()
    order by surplus.created_at desc, surplus.id
    offset v_bound.of_source - 1
    for update skip locked
  ));
  get diagnostics v_ended = row_count;
  if v_ended > 0 then
    perform public.record_audit_event(
      p_organization_id => p_code.organization_id,
      p_event => 'tokens_revoked',
      p_reason => 'too_many_connections',
      p_mcp_server_id => p_code.mcp_server_id,
      p_mcp_server_user_id => p_code.mcp_server_user_id,
      p_client_id => p_client_id
    );
  end if;
end
$$;

revoke all on function public.end_surplus_families from public, anon, authenticated, service_role;

-- end_upstream_token: ends a login whose upstream token is of no use any more.
--
-- The token family ends with it: otherwise its client would go on refreshing
-- tokens that no call can use, and never log in again. The caller names the
-- access token that the provider refused, and holds the lease or finds none. A
-- worker with an outdated token ends nothing: the function compares the token
-- and the lease first. With the lease the caller says that the refresh token is
-- dead: then every login that lives on it ends. Without it this login ends alone.
--
-- Where the MCP server refused the token of the person's last login too, a few
-- minutes ago, another login would not help: this one stays, and the caller says
-- that the owner has to mend the server.
--
-- Caller    mcp, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the token family, then the vault entry that holds the refresh token, then the login's
--           (lock order: supabase/schemas/README.md)
-- Outcomes  ended | already_ended | changed | refused_again
-- Raises    22004 when an argument other than p_lease_hash is null
create function public.end_upstream_token(
  p_upstream_token_id text,
  p_lease_hash text,
  p_known_access_token text,
  p_reason text
)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_holder public.upstream_oauth_tokens;
  v_upstream public.upstream_oauth_tokens;
begin
  if p_upstream_token_id is null or p_known_access_token is null or p_reason is null then
    raise exception using errcode = '22004', message = 'an ending names its vault entry, the known token and a reason';
  end if;

  perform from public.mcp_proxy_tokens as family
  where family.upstream_token_id = p_upstream_token_id
  for update;
  v_holder := public.lock_refresh_holder(p_upstream_token_id => p_upstream_token_id);
  select * into v_upstream
  from public.upstream_oauth_tokens as upstream
  where upstream.id = p_upstream_token_id and upstream.ended_at is null;
  if not found then
    return 'already_ended';
  end if;
  if v_upstream.access_token_ciphertext <> p_known_access_token
    or (v_holder.refresh_leased_until > now() and v_holder.refresh_lease_hash is distinct from p_lease_hash) then
    return 'changed';
  end if;

  if p_reason = 'mcp_server_refused_token' and v_upstream.created_at > now() - interval '10 minutes' and exists (
    select from public.upstream_oauth_tokens as earlier
    where earlier.organization_id = v_upstream.organization_id
      and earlier.mcp_server_user_id = v_upstream.mcp_server_user_id
      and earlier.oauth_config_id = v_upstream.oauth_config_id
      and earlier.ended_reason = p_reason
      and earlier.ended_at > v_upstream.created_at - interval '10 minutes'
  ) then
    return 'refused_again';
  end if;

  perform public.end_login(p_upstream_token_id => v_upstream.id, p_reason => p_reason);
  if p_lease_hash is not null then
    perform public.end_lent_refresh(p_holder_id => v_holder.id, p_reason => p_reason);
  end if;
  return 'ended';
end
$$;

revoke all on function public.end_upstream_token from public, anon, authenticated, service_role;
grant execute on function public.end_upstream_token to service_role, gatepost_functions;

-- end_vault_entries: ends vault entries whose logins have ended.
--
-- An entry that lends its refresh token to a login that stays goes on lending.
--
-- Caller    end_connections, revoke_own_connections, which have ended codes and token families before
-- Rights    invoker, granted to nobody
-- Locks     the vault entries (lock_vault_entries)
create function public.end_vault_entries(p_upstream_token_ids text[], p_reason text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform public.lock_vault_entries(p_upstream_token_ids => p_upstream_token_ids);
  update public.upstream_oauth_tokens as upstream
  set ended_at = now(), ended_reason = p_reason
  where upstream.id = any (p_upstream_token_ids) and upstream.ended_at is null;
end
$$;

revoke all on function public.end_vault_entries from public, anon, authenticated, service_role;

-- erase_mcp_server_user: deletes an end user and takes the id out of the audit.
--
-- Beyond delete_mcp_server_user no audit event names the user any more, the
-- erasure's own included. Recorded calls go; what was counted of them stays as sums
-- without the person. They are deleted after the user, so that none is recorded meanwhile. The receipt counts what was erased and says when and by
-- whom; its id stands in the audit, so that both can be put side by side. The
-- client learns that its login has ended when it calls next.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, the user, then its codes, token families and vault entries, then days of calls
--           (lock order: supabase/schemas/README.md)
-- Outcomes  erased | forbidden | unknown_user
-- Raises    22004 when p_mcp_server_user_id is null
create function public.erase_mcp_server_user(p_mcp_server_user_id text)
returns public.user_erasure
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_user public.mcp_server_user;
  v_role text;
  v_receipt_id text := public.new_id('era_');
  v_erased jsonb;
  v_events integer;
  v_calls integer;
  v_erasure public.user_erasure;
begin
  if p_mcp_server_user_id is null then
    raise exception using errcode = '22004', message = 'p_mcp_server_user_id must not be null';
  end if;

  perform public.hold_organization(p_organization_id => (
    select holder.organization_id from public.mcp_server_user as holder where holder.id = p_mcp_server_user_id
  ));
  select * into v_user
  from public.mcp_server_user as holder
  where holder.id = p_mcp_server_user_id and public.platform_role(holder.organization_id) is not null
  for no key update;
  v_role := public.platform_role(v_user.organization_id);
  v_erasure.outcome := case
    when v_role is null then 'unknown_user'
    when v_role = 'member' then 'forbidden'
    else 'erased'
  end;
  if v_erasure.outcome <> 'erased' then
    return v_erasure;
  end if;

  perform public.withdraw_user_tokens(
    p_organization_id => v_user.organization_id, p_mcp_server_user_id => v_user.id, p_reason => 'user_deleted'
  );
  v_erased := jsonb_build_object(
    'people', 1,
    'identities', (
      select count(*) from public.mcp_server_user_identities as identity
      where identity.organization_id = v_user.organization_id and identity.mcp_server_user_id = v_user.id
    ),
    'logins', (
      select count(*) from public.mcp_proxy_tokens as family
      where family.organization_id = v_user.organization_id and family.mcp_server_user_id = v_user.id
    ),
    'upstream_tokens', (
      select count(*) from public.upstream_oauth_tokens as upstream
      where upstream.organization_id = v_user.organization_id and upstream.mcp_server_user_id = v_user.id
    ),
    'sessions', (
      select count(*) from public.mcp_server_session as history
      where history.organization_id = v_user.organization_id and history.mcp_server_user_id = v_user.id
    )
  );
  delete from public.mcp_server_user as holder where holder.id = v_user.id;
  delete from public.mcp_calls as recorded
  where recorded.organization_id = v_user.organization_id and recorded.mcp_server_user_id = v_user.id;
  get diagnostics v_calls = row_count;
  v_erased := v_erased || jsonb_build_object(
    'calls', v_calls,
    'days_of_calls', public.forget_mcp_callers(
      p_organization_ids => array[v_user.organization_id], p_mcp_server_user_ids => array[v_user.id]
    )
  );
  update public.mcp_audit_events as entry
  set mcp_server_user_id = null, repeat_key = null
  where entry.organization_id = v_user.organization_id and entry.mcp_server_user_id = v_user.id;
  get diagnostics v_events = row_count;

  perform public.count_gone_identities(
    p_organization_id => v_user.organization_id, p_gone => (v_erased ->> 'identities')::integer
  );
  perform public.record_platform_event(
    p_organization_id => v_user.organization_id, p_event => 'user_erased', p_object_id => v_receipt_id
  );
  v_erasure.receipt := jsonb_build_object(
    'receipt_id', v_receipt_id, 'organization_id', v_user.organization_id, 'erased_at', now(),
    'erased_by', auth.uid(), 'erased', v_erased, 'audit_events_without_name', v_events
  );
  return v_erasure;
end
$$;

revoke all on function public.erase_mcp_server_user from public, anon, authenticated, service_role;
grant execute on function public.erase_mcp_server_user to authenticated;

-- export_mcp_server_user: all that is kept of an end user, as one JSON document for that person.
--
-- Secrets are left out: tokens, their hashes, and the tracking id, which would let
-- its holder act as the visitor. The export itself is in the audit. Recorded calls
-- are the newest, as many as 20 MB have; calls_left_out counts the others.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not read all columns
-- Locks     none
-- Outcomes  exported | forbidden | unknown_user
-- Raises    22004 when p_mcp_server_user_id is null
create function public.export_mcp_server_user(p_mcp_server_user_id text)
returns public.user_export
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_user public.mcp_server_user;
  v_role text;
  v_export public.user_export;
begin
  if p_mcp_server_user_id is null then
    raise exception using errcode = '22004', message = 'p_mcp_server_user_id must not be null';
  end if;

  select * into v_user
  from public.mcp_server_user as holder
  where holder.id = p_mcp_server_user_id and public.platform_role(holder.organization_id) is not null;
  v_role := public.platform_role(v_user.organization_id);
  v_export.outcome := case
    when v_role is null then 'unknown_user'
    when v_role = 'member' then 'forbidden'
    else 'exported'
  end;
  if v_export.outcome <> 'exported' then
    return v_export;
  end if;

  perform public.record_platform_event(
    p_organization_id => v_user.organization_id, p_event => 'user_exported', p_mcp_server_user_id => v_user.id
  );
  v_export.id := v_user.id;
  v_export.export := jsonb_build_object(
    'exported_at', now(),
    'person', jsonb_build_object(
      'mcp_server_user_id', v_user.id, 'organization_id', v_user.organization_id, 'auth_type', v_user.auth_type,
      'email', v_user.email, 'email_verified', v_user.email_verified, 'profile', v_user.profile_data,
      'first_seen_at', v_user.first_seen_at, 'last_seen_at', v_user.last_seen_at,
      'profile_refreshed_at', v_user.profile_refreshed_at, 'blocked_at', v_user.blocked_at
    ),
    'identities', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'issuer', identity.source, 'subject', identity.subject, 'since', identity.created_at
      ) order by identity.created_at, identity.source, identity.subject), '[]')
      from public.mcp_server_user_identities as identity
      where identity.organization_id = v_user.organization_id and identity.mcp_server_user_id = v_user.id
    ),
    'logins', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'server', server.slug, 'client_id', client.client_id, 'client_name', client.client_name,
        'scope', family.scope, 'began_at', family.created_at, 'refreshed_at', family.rotated_at,
        'expires_at', family.expires_at, 'ended_at', family.revoked_at, 'reason', family.revoked_reason
      ) order by family.created_at, family.id), '[]')
      from public.mcp_proxy_tokens as family
      join public.mcp_servers as server on server.id = family.mcp_server_id
      join public.mcp_client_registrations as client on client.id = family.mcp_client_registration_id
      where family.organization_id = v_user.organization_id and family.mcp_server_user_id = v_user.id
    ),
    'upstream_tokens', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'oauth_config_id', upstream.oauth_config_id, 'scope', upstream.scope, 'obtained_at', upstream.created_at,
        'renewed_at', upstream.refreshed_at, 'expires_at', upstream.expires_at, 'ended_at', upstream.ended_at,
        'reason', upstream.ended_reason
      ) order by upstream.created_at, upstream.id), '[]')
      from public.upstream_oauth_tokens as upstream
      where upstream.organization_id = v_user.organization_id and upstream.mcp_server_user_id = v_user.id
    ),
    'sessions', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'mcp_session_id', history.id, 'server', server.slug, 'client_id', history.client_id,
        'first_seen_at', history.first_seen_at, 'last_seen_at', history.last_seen_at
      ) order by history.first_seen_at, history.id), '[]')
      from public.mcp_server_session as history
      join public.mcp_servers as server on server.id = history.mcp_server_id
      where history.organization_id = v_user.organization_id and history.mcp_server_user_id = v_user.id
    ),
    'calls', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'started_at', recorded.started_at, 'server', server.slug, 'mcp_session_id', recorded.mcp_session_id,
        'client_id', recorded.client_id, 'method', recorded.method, 'name', recorded.name,
        'milliseconds', recorded.milliseconds, 'outcome', recorded.outcome, 'error_code', recorded.error_code,
        'http_status', recorded.http_status, 'bytes_in', recorded.bytes_in, 'bytes_out', recorded.bytes_out,
        'arguments', recorded.arguments, 'result', recorded.result
      ) order by recorded.started_at, recorded.id), '[]')
      from (
        select each.*, sum(1000 + coalesce(octet_length(each.arguments::text), 0)
          + coalesce(octet_length(each.result::text), 0)) over (order by each.started_at desc, each.id desc) as bytes
        from public.mcp_calls as each
        where each.organization_id = v_user.organization_id and each.mcp_server_user_id = v_user.id
      ) as recorded
      left join public.mcp_servers as server on server.id = recorded.mcp_server_id
      where recorded.bytes <= 20000000
    ),
    'days_of_calls', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'day', counted.day, 'server', server.slug, 'client_id', counted.client_id, 'method', counted.method,
        'name', counted.name, 'outcome', counted.outcome, 'calls', counted.calls,
        'milliseconds', counted.milliseconds, 'bytes_in', counted.bytes_in, 'bytes_out', counted.bytes_out
      ) order by counted.day, counted.mcp_server_id, counted.method, counted.name, counted.outcome, counted.client_id),
      '[]')
      from public.mcp_call_days as counted
      left join public.mcp_servers as server on server.id = counted.mcp_server_id
      where counted.organization_id = v_user.organization_id and counted.mcp_server_user_id = v_user.id
    ),
    'audit', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'occurred_at', entry.occurred_at, 'event', entry.event, 'reason', entry.reason,
        'mcp_server_id', entry.mcp_server_id, 'client_id', entry.client_id, 'request_id', entry.request_id
      ) order by entry.id), '[]')
      from public.mcp_audit_events as entry
      where entry.organization_id = v_user.organization_id and entry.mcp_server_user_id = v_user.id
    )
  );
  v_export.export := v_export.export || jsonb_build_object('calls_left_out', (
    select count(*) from public.mcp_calls as recorded
    where recorded.organization_id = v_user.organization_id and recorded.mcp_server_user_id = v_user.id
  ) - jsonb_array_length(v_export.export -> 'calls'));
  return v_export;
end
$$;

revoke all on function public.export_mcp_server_user from public, anon, authenticated, service_role;
grant execute on function public.export_mcp_server_user to authenticated;

-- fail_authorization_session: ends a claimed login that cannot complete.
--
-- With p_retry the failure was temporary and the session is set back instead:
-- the same browser may present the same callback again until the session
-- expires.
--
-- p_detail says where the failure happened and what was wrong, in words from
-- fixed lists and numbers; the audit keeps it.
--
-- Caller    oauth-callback; oauth-authorize where the provider is not found; as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the session
-- Outcomes  failed | set_back | unknown
-- Raises    22004 when an argument is null
create function public.fail_authorization_session(
  p_session_id text,
  p_reason text,
  p_retry boolean,
  p_detail jsonb default null
)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_session public.mcp_authorization_sessions;
  v_client public.mcp_client_registrations;
begin
  if p_session_id is null or p_reason is null or p_retry is null then
    raise exception using errcode = '22004', message = 'p_session_id, p_reason and p_retry must not be null';
  end if;

  update public.mcp_authorization_sessions as session
  set claimed_at = case when p_retry then null else session.claimed_at end,
      failed_at = case when p_retry then null else now() end
  where session.id = p_session_id
    and session.claimed_at is not null
    and session.completed_at is null
    and session.failed_at is null
  returning * into v_session;
  if not found then
    return 'unknown';
  end if;

  select * into v_client
  from public.mcp_client_registrations as client
  where client.id = v_session.mcp_client_registration_id;
  perform public.record_audit_event(
    p_organization_id => v_session.organization_id,
    p_event => case when p_retry then 'login_delayed' else 'login_failed' end,
    p_reason => p_reason,
    p_detail => p_detail,
    p_mcp_server_id => v_session.mcp_server_id,
    p_client_id => v_client.client_id,
    p_of_any_client => v_client.first_used_at is null,
    p_began_at => v_session.created_at
  );
  return case when p_retry then 'set_back' else 'failed' end;
end
$$;

revoke all on function public.fail_authorization_session from public, anon, authenticated, service_role;
grant execute on function public.fail_authorization_session to service_role, gatepost_functions;

-- find_connections_login: the living login of a person at Gatepost's own page of a server.
--
-- A token family of any other client is none, whatever its resource and scope are
-- called: an owner chooses those of the MCP server.
--
-- Caller    list_own_connections, revoke_own_connections
-- Rights    invoker, granted to nobody
-- Locks     none
-- Returns   the token family, or nulls where there is no such login
create function public.find_connections_login(p_slug text, p_family_id text)
returns public.mcp_proxy_tokens
language plpgsql
stable
set search_path = ''
as $$
declare
  v_login public.mcp_proxy_tokens;
begin
  select family.* into v_login
  from public.mcp_proxy_tokens as family
  join public.mcp_servers as server on server.id = family.mcp_server_id
  join public.mcp_client_registrations as client on client.id = family.mcp_client_registration_id
  join public.mcp_server_user as holder on holder.id = family.mcp_server_user_id
  where family.id = p_family_id
    and server.slug = p_slug
    and server.disabled_at is null
    and client.kind = 'gatepost'
    and holder.blocked_at is null
    and family.revoked_at is null
    and family.expires_at > now();
  return v_login;
end
$$;

revoke all on function public.find_connections_login from public, anon, authenticated, service_role;

-- find_linkable_user: the one user a verified address may link a new identity to.
--
-- Exactly one user of the organization, of the same kind of sign-in, must have
-- the address verified. Every identity of that user must come from a config that
-- links by address too: otherwise a provider that nobody trusts with addresses
-- could make a user, and a trusted login with the same address would be linked
-- to it. A row without an identity never has a verified address.
--
-- Caller    resolve_mcp_server_user, for a config that links by address
-- Rights    invoker, granted to nobody
-- Locks     the address (advisory), so that two first logins with it wait for each other
-- Returns   the user's id, or null where there is none or more than one
create function public.find_linkable_user(p_organization_id text, p_auth_type text, p_email text)
returns text
language plpgsql
set search_path = ''
as $$
declare
  v_candidates text[];
begin
  perform pg_advisory_xact_lock(
    hashtextextended(jsonb_build_array('address', p_organization_id, lower(p_email collate "C"))::text, 2)
  );
  select array_agg(candidate.id) into v_candidates
  from public.mcp_server_user as candidate
  where candidate.organization_id = p_organization_id
    and lower(candidate.email collate "C") = lower(p_email collate "C")
    and candidate.email_verified
    and candidate.auth_type = p_auth_type
    and not exists (
      select from public.mcp_server_user_identities as identity
      left join public.custom_oauth_configs as config on config.id = identity.first_oauth_config_id
      where identity.organization_id = candidate.organization_id
        and identity.mcp_server_user_id = candidate.id
        and config.link_verified_email is not true
    );
  if cardinality(v_candidates) = 1 then
    return v_candidates[1];
  end if;
  return null;
end
$$;

revoke all on function public.find_linkable_user from public, anon, authenticated, service_role;

-- find_mcp_client: where the keys of a client are, by which its assertions are checked.
--
-- keys holds the members of its metadata that say so, and nothing else of it.
--
-- Caller    oauth-token, oauth-revoke and oauth-introspect, for a request with an assertion, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     none
-- Outcomes  found | unknown_client | unknown_server
-- Raises    22004 when an argument is null
create function public.find_mcp_client(p_slug text, p_client_id text)
returns public.mcp_client_finding
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_server_id text;
  v_client public.mcp_client_registrations;
  v_finding public.mcp_client_finding;
begin
  if p_slug is null or p_client_id is null then
    raise exception using errcode = '22004', message = 'p_slug and p_client_id must not be null';
  end if;

  select server.id into v_server_id
  from public.mcp_servers as server
  where server.slug = p_slug and server.disabled_at is null;
  select * into v_client
  from public.mcp_client_registrations as client
  where client.mcp_server_id = v_server_id and client.client_id = p_client_id;
  if v_client.id is null then
    v_finding.outcome := case when v_server_id is null then 'unknown_server' else 'unknown_client' end;
    return v_finding;
  end if;

  v_finding.outcome := 'found';
  v_finding.client_id := v_client.client_id;
  v_finding.kind := v_client.kind;
  select coalesce(jsonb_object_agg(member.key, member.value), '{}') into v_finding.keys
  from jsonb_each(v_client.client_metadata) as member
  where member.key in (
    'jwks', 'jwks_uri', 'token_endpoint_auth_signing_alg', 'token_endpoint_auth_signing_alg_values_supported'
  );
  return v_finding;
end
$$;

revoke all on function public.find_mcp_client from public, anon, authenticated, service_role;
grant execute on function public.find_mcp_client to service_role, gatepost_functions;

-- find_mcp_server: finds a server by its slug.
--
-- Caller    oauth, mcp and every endpoint that answers for a slug, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     none
-- Outcomes  found | unknown_server
-- Raises    22004 when an argument is null
create function public.find_mcp_server(p_slug text)
returns public.mcp_server_finding
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_finding public.mcp_server_finding;
begin
  if p_slug is null then
    raise exception using errcode = '22004', message = 'p_slug must not be null';
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.slug = p_slug and server.disabled_at is null;
  if not found then
    v_finding.outcome := 'unknown_server';
    return v_finding;
  end if;

  v_finding.outcome := 'found';
  v_finding.server := public.describe_mcp_server(v_server);
  return v_finding;
end
$$;

revoke all on function public.find_mcp_server from public, anon, authenticated, service_role;
grant execute on function public.find_mcp_server to service_role, gatepost_functions;

-- find_open_invitations: the invitations that the caller may accept.
--
-- They are for the caller's verified address, have not expired, and whoever sent
-- them may still send them: an admin who is removed leaves no door open.
--
-- Caller    the RPCs of whoever is invited
-- Rights    invoker, granted to nobody
create function public.find_open_invitations()
returns setof public.organization_invitations
language sql
stable
set search_path = ''
as $$
  select invitation.*
  from public.organization_invitations as invitation
  join public.organization_members as inviter
    on inviter.organization_id = invitation.organization_id and inviter.user_id = invitation.invited_by
  where invitation.email = public.verified_address_of_platform_user()
    and invitation.expires_at > now()
    and (inviter.role = 'owner' or (inviter.role = 'admin' and invitation.role <> 'owner'))
$$;

revoke all on function public.find_open_invitations from public, anon, authenticated, service_role;

-- find_organization_logo: the logo of the organization that a server belongs to.
--
-- Caller    oauth, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     none
-- Outcomes  found | no_logo | unknown_server
-- Raises    22004 when p_slug is null
create function public.find_organization_logo(p_slug text)
returns public.organization_logo
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_image bytea;
  v_logo public.organization_logo;
begin
  if p_slug is null then
    raise exception using errcode = '22004', message = 'p_slug must not be null';
  end if;

  select organization.logo into v_image
  from public.mcp_servers as server
  join public.organizations as organization on organization.id = server.organization_id
  where server.slug = p_slug and server.disabled_at is null;
  if not found then
    v_logo.outcome := 'unknown_server';
    return v_logo;
  end if;
  if v_image is null then
    v_logo.outcome := 'no_logo';
    return v_logo;
  end if;

  v_logo.outcome := 'found';
  v_logo.media_type := public.image_type(p_image => v_image);
  v_logo.image := translate(encode(v_image, 'base64'), E'\n', '');
  return v_logo;
end
$$;

revoke all on function public.find_organization_logo from public, anon, authenticated, service_role;
grant execute on function public.find_organization_logo to service_role, gatepost_functions;

-- find_refresh_lender: the vault entry whose living refresh token serves a login that brought none.
--
-- It is of the same identity, config and client generation, and some login still
-- lives on it. It is locked before that is looked at a second time: from then on
-- nobody ends it before the borrower is there to be seen.
--
-- Caller    provision_mcp_server_user, which holds the user's row
-- Rights    invoker, granted to nobody
-- Locks     the vault entry that lends
-- Returns   its id, or null where there is none
create function public.find_refresh_lender(
  p_organization_id text,
  p_mcp_server_user_id text,
  p_oauth_config_id text,
  p_client_generation integer,
  p_source text,
  p_subject text
)
returns text
language plpgsql
set search_path = ''
as $$
declare
  v_lender_id text;
begin
  select holder.id into v_lender_id
  from public.upstream_oauth_tokens as holder
  where holder.organization_id = p_organization_id
    and holder.mcp_server_user_id = p_mcp_server_user_id
    and holder.oauth_config_id = p_oauth_config_id
    and holder.client_generation = p_client_generation
    and holder.source = p_source
    and holder.subject = p_subject
    and holder.refresh_token_ciphertext is not null
    and public.is_lived_on(p_holder_id => holder.id)
  order by holder.created_at desc
  limit 1;
  if not found then
    return null;
  end if;

  perform from public.upstream_oauth_tokens as holder
  where holder.id = v_lender_id and holder.refresh_token_ciphertext is not null
  for no key update;
  if found and public.is_lived_on(p_holder_id => v_lender_id) then
    return v_lender_id;
  end if;
  return null;
end
$$;

revoke all on function public.find_refresh_lender from public, anon, authenticated, service_role;

-- find_successors: what leads from a replaced refresh token in its grace to the family's present one.
--
-- The presented token opens the first, what is in it the second, and so on; the
-- last holds the present token. Null when the token is not in its grace.
--
-- Caller    rotate_refresh_token
-- Rights    invoker, granted to nobody
-- Locks     none
create function public.find_successors(p_family public.mcp_proxy_tokens, p_refresh_hash text)
returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
  v_rotations public.token_rotation[] := public.rotations_in_grace(p_family => p_family);
begin
  return (
    select array_agg(rotation.successor_ciphertext order by rotation.ordinality)
    from unnest(v_rotations) with ordinality as rotation
    where rotation.ordinality >= (
      select presented.ordinality
      from unnest(v_rotations) with ordinality as presented
      where presented.refresh_hash = p_refresh_hash
    )
  );
end
$$;

revoke all on function public.find_successors from public, anon, authenticated, service_role;

-- forget_mcp_callers: the counted calls of people who are gone, as those of callers whom nobody knows.
--
-- The sums stay as they are: they name nobody.
--
-- Caller    whatever has deleted end users
-- Rights    invoker, granted to nobody
-- Locks     the days of calls
create function public.forget_mcp_callers(p_organization_ids text[], p_mcp_server_user_ids text[])
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_forgotten integer;
begin
  with forgotten as (
    delete from public.mcp_call_days as counted
    using unnest(p_organization_ids, p_mcp_server_user_ids) as gone (organization_id, mcp_server_user_id)
    where counted.organization_id = gone.organization_id and counted.mcp_server_user_id = gone.mcp_server_user_id
    returning counted.*
  ), nobodys as (
    insert into public.mcp_call_days as counted
      (organization_id, mcp_server_id, client_id, method, name, outcome, day, calls, milliseconds, bytes_in, bytes_out)
    select forgotten.organization_id, forgotten.mcp_server_id, forgotten.client_id, forgotten.method, forgotten.name,
      forgotten.outcome, forgotten.day, sum(forgotten.calls), sum(forgotten.milliseconds), sum(forgotten.bytes_in),
      sum(forgotten.bytes_out)
    from forgotten
    group by forgotten.organization_id, forgotten.day, forgotten.mcp_server_id, forgotten.client_id, forgotten.method,
      forgotten.name, forgotten.outcome
    order by forgotten.organization_id, forgotten.day, forgotten.mcp_server_id, forgotten.client_id, forgotten.method,
      forgotten.name, forgotten.outcome
    on conflict on constraint calls_of_a_day_are_counted_in_one_row do update
    set calls = counted.calls + excluded.calls,
        milliseconds = counted.milliseconds + excluded.milliseconds,
        bytes_in = counted.bytes_in + excluded.bytes_in,
        bytes_out = counted.bytes_out + excluded.bytes_out
  )
  select count(*) into v_forgotten from forgotten;
  return v_forgotten;
end
$$;

revoke all on function public.forget_mcp_callers from public, anon, authenticated, service_role;

-- has_room: whether an organization may have one more server, config, member or invitation.
--
-- The lock makes parallel changes wait for each other, so that they cannot pass
-- a quota together.
--
-- Caller    the RPCs of platform users that make one
-- Rights    invoker, granted to nobody
-- Locks     the organization
create function public.has_room(p_organization_id text, p_kind text)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_settings public.gatepost_settings;
begin
  perform from public.organizations as organization where organization.id = p_organization_id for no key update;
  select * into strict v_settings from public.gatepost_settings;
  return case p_kind
    when 'server' then v_settings.servers_per_organization > (
      select count(*) from public.mcp_servers as server where server.organization_id = p_organization_id
    )
    when 'config' then v_settings.configs_per_organization > (
      select count(*) from public.custom_oauth_configs as config where config.organization_id = p_organization_id
    )
    when 'member' then v_settings.members_per_organization > (
      select count(*) from public.organization_members as member where member.organization_id = p_organization_id
    )
    when 'invitation' then v_settings.invitations_per_organization > (
      select count(*) from public.organization_invitations as invitation
      where invitation.organization_id = p_organization_id
    )
  end;
end
$$;

revoke all on function public.has_room from public, anon, authenticated, service_role;

-- hold_mcp_callers: the entries whose organization, server and user belong together, which stay until the end.
--
-- A server or a user that somebody is about to delete is treated as gone: the
-- records of a moment are lost, and nobody waits. An entry learns what its server and
-- user say: whether payloads are recorded, until when, and whether the user logs in.
-- A payload beyond 16 KiB is left out, the call stays: as text it may be longer than
-- as the gateway measured it. An initialize without a client's name takes the
-- registered one.
--
-- Caller    record_mcp_calls
-- Rights    invoker, granted to nobody
-- Locks     the servers, then the end users, against deletion (key share, skip locked)
create function public.hold_mcp_callers(p_entries public.mcp_call_entry[])
returns setof public.mcp_call_entry
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_held record;
  v_entry public.mcp_call_entry;
begin
  for v_held in
    with held_server as (
      select server.id, server.organization_id, server.record_payloads
      from public.mcp_servers as server
      where server.id in (select entry.mcp_server_id from unnest(p_entries) as entry)
      order by server.id
      for key share skip locked
    ), held_user as (
      select holder.id, holder.organization_id, holder.auth_type
      from public.mcp_server_user as holder
      where holder.id in (select entry.mcp_server_user_id from unnest(p_entries) as entry)
      order by holder.id
      for key share skip locked
    )
    select entry, server.record_payloads, holder.auth_type, organization.call_retention_days,
      client.client_name, client.client_metadata ->> 'software_version' as software_version
    from unnest(p_entries) as entry
    join held_server as server
      on server.id = entry.mcp_server_id and server.organization_id = entry.organization_id
    join public.organizations as organization on organization.id = entry.organization_id
    left join held_user as holder
      on holder.id = entry.mcp_server_user_id and holder.organization_id = entry.organization_id
    left join public.mcp_client_registrations as client
      on client.mcp_server_id = entry.mcp_server_id
      and client.client_id = entry.client_id
      and entry.method = 'initialize' and entry.name = ''
    where entry.mcp_server_user_id is null or holder.id is not null
    order by entry.place
  loop
    v_entry := v_held.entry;
    v_entry.is_known := v_held.auth_type is not null and v_held.auth_type <> 'none';
    v_entry.keep_until := v_entry.day + v_held.call_retention_days;
    if v_held.record_payloads = 'none' or octet_length(v_entry.arguments::text) > 16384 then
      v_entry.arguments := null;
    end if;
    if v_held.record_payloads <> 'all' or octet_length(v_entry.result::text) > 16384 then
      v_entry.result := null;
    end if;
    if v_held.client_name is not null then
      v_entry.name := left(v_held.client_name, 100) || '/'
        || translate(left(coalesce(v_held.software_version, ''), 50), '/', '_');
    end if;
    return next v_entry;
  end loop;
end
$$;

revoke all on function public.hold_mcp_callers from public, anon, authenticated, service_role;

-- hold_organization: makes changes of platform users that touch many rows of an organization wait for each other.
--
-- Two of them may reach the same calls, identities or MCP sessions from different
-- sides. Logins and calls do not wait: they only refer to the organization.
--
-- Caller    the RPCs of platform users that end, merge, move or delete
-- Rights    invoker, granted to nobody
-- Locks     the organization, where the caller is a member of it
create function public.hold_organization(p_organization_id text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  perform from public.organizations as organization
  where organization.id = p_organization_id and public.platform_role(p_organization_id) is not null
  for no key update;
end
$$;

revoke all on function public.hold_organization from public, anon, authenticated, service_role;

-- insert_mcp_calls: writes the rows of named requests, as long as their callers have room.
--
-- Caller    record_mcp_calls, once the activity has been counted
-- Rights    invoker, granted to nobody
-- Locks     none
create function public.insert_mcp_calls(p_entries public.mcp_call_entry[])
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_of_user integer := (select bound.of_source from public.row_bounds as bound where bound.kind = 'call');
  v_of_visitor integer := (
    select bound.of_source from public.row_bounds as bound where bound.kind = 'call of a visitor'
  );
  v_of_unknown integer := (
    select bound.of_source from public.row_bounds as bound where bound.kind = 'call of unknown callers'
  );
begin
  insert into public.mcp_calls
    (organization_id, mcp_server_id, mcp_server_user_id, mcp_session_id, client_id, method, name, started_at,
     milliseconds, outcome, error_code, http_status, bytes_in, bytes_out, arguments, result, keep_until)
  select entry.organization_id, entry.mcp_server_id, entry.mcp_server_user_id, history.id, entry.client_id, entry.method,
    entry.name, entry.started_at, entry.milliseconds, entry.outcome, entry.error_code, entry.http_status,
    entry.bytes_in, entry.bytes_out, entry.arguments, entry.result, entry.keep_until
  from unnest(p_entries) as entry
  left join public.mcp_user_activity as activity
    on activity.organization_id = entry.organization_id and activity.mcp_server_user_id = entry.mcp_server_user_id
  left join public.mcp_server_session as history
    on history.mcp_server_id = entry.mcp_server_id
    and history.mcp_server_user_id = entry.mcp_server_user_id
    and history.session_hash = entry.session_hash
  where entry.is_call
    and entry.keep_until >= (now() at time zone 'UTC')::date
    and case
      when entry.mcp_server_user_id is null then v_of_unknown > (
        select coalesce(sum(total.calls - total.known_calls - total.visitor_calls), 0)
        from public.mcp_call_sums as total
        where total.organization_id = entry.organization_id and total.day = entry.day
          and total.mcp_server_id = entry.mcp_server_id and total.name <> ''
      )
      else activity.last_day_calls <= case when entry.is_known then v_of_user else v_of_visitor end
    end
  order by entry.place;
end
$$;

revoke all on function public.insert_mcp_calls from public, anon, authenticated, service_role;

-- introspect_own_token: whether a token is active, for the client it was issued to (RFC 7662).
--
-- For a client that proves itself with an assertion: it may ask about its own
-- tokens, and learns nothing of any other. A resource server, which asks about
-- every token of its server, is answered by introspect_token.
--
-- Caller    oauth-introspect, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the client's assertion
-- Outcomes  active | inactive, or a refusal of authenticate_mcp_client
-- Raises    22004 when the server, the client or its assertion is null, or when no token is named
create function public.introspect_own_token(
  p_slug text,
  p_client_id text,
  p_assertion_hash text,
  p_assertion_expires_at timestamptz,
  p_family_id text,
  p_handle_hash text,
  p_refresh_hash text
)
returns public.token_introspection
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_client public.client_authentication;
  v_nothing public.token_introspection;
begin
  if p_slug is null or p_client_id is null or p_assertion_hash is null or p_assertion_expires_at is null
    or (p_family_id is null and (p_handle_hash is null or p_refresh_hash is null)) then
    raise exception using errcode = '22004', message = 'an introspection names its server, its caller and a token';
  end if;

  v_client := public.authenticate_mcp_client(
    p_slug => p_slug, p_client_id => p_client_id, p_client_secret_hash => null,
    p_assertion_hash => p_assertion_hash, p_assertion_expires_at => p_assertion_expires_at
  );
  if v_client.outcome <> 'authenticated' then
    v_nothing.outcome := v_client.outcome;
    return v_nothing;
  end if;
  return public.read_token_introspection(
    p_mcp_server_id => v_client.mcp_server_id,
    p_mcp_client_registration_id => v_client.mcp_client_registration_id,
    p_family_id => p_family_id, p_handle_hash => p_handle_hash, p_refresh_hash => p_refresh_hash
  );
end
$$;

revoke all on function public.introspect_own_token from public, anon, authenticated, service_role;
grant execute on function public.introspect_own_token to service_role, gatepost_functions;

-- introspect_token: whether a token is active, for a resource server that proves itself (RFC 7662).
--
-- An access token, which the caller has verified, names its family by id. A
-- refresh token names it by handle and hash, and only the present one is active.
-- The function writes nothing, so that a read replica can answer.
--
-- Caller    oauth-introspect, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     none
-- Outcomes  active | inactive | unknown_server | unknown_resource_server | wrong_secret
-- Raises    22004 when the server, the resource server or its secret is null, or when no token is named
create function public.introspect_token(
  p_slug text,
  p_resource_server_id text,
  p_secret_hash text,
  p_family_id text,
  p_handle_hash text,
  p_refresh_hash text
)
returns public.token_introspection
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_server_id text;
  v_secret_hash text;
  v_introspection public.token_introspection;
begin
  if p_slug is null or p_resource_server_id is null or p_secret_hash is null
    or (p_family_id is null and (p_handle_hash is null or p_refresh_hash is null)) then
    raise exception using errcode = '22004', message = 'an introspection names its server, its caller and a token';
  end if;

  select server.id into v_server_id
  from public.mcp_servers as server
  where server.slug = p_slug and server.disabled_at is null;
  if not found then
    v_introspection.outcome := 'unknown_server';
    return v_introspection;
  end if;
  select resource_server.secret_hash into v_secret_hash
  from public.mcp_resource_servers as resource_server
  where resource_server.id = p_resource_server_id and resource_server.mcp_server_id = v_server_id;
  if not found then
    v_introspection.outcome := 'unknown_resource_server';
    return v_introspection;
  end if;
  if v_secret_hash <> p_secret_hash then
    v_introspection.outcome := 'wrong_secret';
    return v_introspection;
  end if;

  return public.read_token_introspection(
    p_mcp_server_id => v_server_id, p_mcp_client_registration_id => null, p_family_id => p_family_id,
    p_handle_hash => p_handle_hash, p_refresh_hash => p_refresh_hash
  );
end
$$;

revoke all on function public.introspect_token from public, anon, authenticated, service_role;
grant execute on function public.introspect_token to service_role, gatepost_functions;

-- invite_organization_member: asks a person to join an organization, by email address.
--
-- The answer is the same whether or not anybody has the address. Another
-- invitation to one address replaces the first. Admins invite admins and members,
-- and do not replace an owner's invitation of an owner.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, so that changes of its members wait for each other
-- Outcomes  invited | forbidden | unknown_organization | quota_reached | invalid (see platform_change)
-- Raises    22004 when an argument is null
create function public.invite_organization_member(p_organization_id text, p_email text, p_role text default 'member')
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_own_role text;
  v_present_role text;
  v_constraint text;
  v_change public.platform_change;
begin
  if p_organization_id is null or p_email is null or p_role is null then
    raise exception using errcode = '22004', message = 'p_organization_id, p_email and p_role must not be null';
  end if;

  perform from public.organizations as organization
  where organization.id = p_organization_id and public.platform_role(p_organization_id) is not null
  for no key update;
  v_own_role := public.platform_role(p_organization_id);
  if v_own_role is null then
    return public.refuse_platform_change('unknown_organization');
  end if;
  delete from public.organization_invitations as invitation
  where invitation.organization_id = p_organization_id and invitation.expires_at <= now();
  select invitation.role into v_present_role
  from public.organization_invitations as invitation
  where invitation.organization_id = p_organization_id and invitation.email = lower(btrim(p_email));
  if v_own_role = 'member' or (v_own_role = 'admin' and 'owner' in (p_role, v_present_role)) then
    return public.refuse_platform_change('forbidden');
  end if;
  if v_present_role is null
    and not public.has_room(p_organization_id => p_organization_id, p_kind => 'invitation') then
    return public.refuse_platform_change('quota_reached');
  end if;

  insert into public.organization_invitations as invitation (organization_id, email, role, invited_by)
  values (p_organization_id, lower(btrim(p_email)), p_role, auth.uid())
  on conflict (organization_id, email) do update
  set role = excluded.role, invited_by = excluded.invited_by, created_at = now(), expires_at = excluded.expires_at
  returning invitation.id into v_change.id;
  perform public.record_platform_event(
    p_organization_id => p_organization_id, p_event => 'member_invited', p_object_id => v_change.id
  );
  v_change.outcome := 'invited';
  return v_change;
exception
  when check_violation then
    get stacked diagnostics v_constraint = constraint_name;
    return public.refuse_broken_rule(v_constraint);
end
$$;

revoke all on function public.invite_organization_member from public, anon, authenticated, service_role;
grant execute on function public.invite_organization_member to authenticated;

-- is_issuer_of_config: whether whom a login names as the issuer may be that of its config.
--
-- It is the same text. For an issuer of many tenants, such as Microsoft's "common",
-- it is the issuer with a tenant in the place of that word. A tenant has a digit or
-- a dot, and is among the allowed ones where a config names some. Whether a provider
-- has tenants is said by its document alone, which the functions read at a login.
--
-- Caller    provision_mcp_server_user
-- Rights    invoker, granted to nobody
create function public.is_issuer_of_config(p_issuer text, p_config_issuer text, p_allowed_tenants text[])
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_given text[] := string_to_array(p_issuer, '/');
  v_names text[] := string_to_array(p_config_issuer, '/');
  v_tenant text;
begin
  if p_config_issuer is null then
    return false;
  end if;
  if p_issuer = p_config_issuer then
    return true;
  end if;
  -- The first three are the scheme, nothing, and the host.
  for v_at in 4..cardinality(v_names) loop
    v_tenant := v_given[v_at];
    if v_names[v_at] ~ '^[a-z]+$'
      and v_tenant ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$'
      and v_tenant ~ '[0-9.]'
      and v_names[:v_at - 1] || v_tenant || v_names[v_at + 1:] = v_given then
      return cardinality(p_allowed_tenants) = 0 or exists (
        select from unnest(p_allowed_tenants) as allowed (tenant)
        where lower(allowed.tenant) = lower(v_tenant)
      );
    end if;
  end loop;
  return false;
end
$$;

revoke all on function public.is_issuer_of_config from public, anon, authenticated, service_role;

-- is_lived_on: whether a login lives on the refresh token that a vault entry holds.
--
-- The entry's own login counts, and every login that borrows from it. One that
-- has ended, or whose token family has expired, does not.
--
-- Caller    the functions that end, lend or delete vault entries
-- Rights    invoker, granted to nobody
create function public.is_lived_on(p_holder_id text, p_but_for text default null)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select from public.upstream_oauth_tokens as login
    where (login.id = p_holder_id or login.lender_id = p_holder_id)
      and login.ended_at is null
      and login.id is distinct from p_but_for
      and not exists (
        select from public.mcp_proxy_tokens as family
        where family.upstream_token_id = login.id and family.expires_at <= now()
      )
  );
end
$$;

revoke all on function public.is_lived_on from public, anon, authenticated, service_role;

-- is_mcp_call: whether an element of what record_mcp_calls takes has the members that it must have, of the right types.
--
-- One expression without a subquery: that is how PostgreSQL needs a tenth of the time for it.
--
-- Caller    read_mcp_calls
-- Rights    invoker, granted to nobody
create function public.is_mcp_call(p_element jsonb)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_typeof(p_element) = 'object'
    and jsonb_typeof(p_element -> 'organization_id') = 'string'
    and jsonb_typeof(p_element -> 'mcp_server_id') = 'string'
    and jsonb_typeof(p_element -> 'method') = 'string'
    and jsonb_typeof(p_element -> 'started_at') = 'string'
    and jsonb_typeof(p_element -> 'outcome') = 'string'
    and jsonb_typeof(p_element -> 'milliseconds') = 'number'
    and jsonb_typeof(p_element -> 'bytes_in') = 'number'
    and jsonb_typeof(p_element -> 'bytes_out') = 'number'
    and coalesce(jsonb_typeof(p_element -> 'mcp_server_user_id'), 'null') in ('string', 'null')
    and coalesce(jsonb_typeof(p_element -> 'session_hash'), 'null') in ('string', 'null')
    and coalesce(jsonb_typeof(p_element -> 'client_id'), 'null') in ('string', 'null')
    and coalesce(jsonb_typeof(p_element -> 'name'), 'null') in ('string', 'null')
    and coalesce(jsonb_typeof(p_element -> 'client_name'), 'null') in ('string', 'null')
    and coalesce(jsonb_typeof(p_element -> 'client_version'), 'null') in ('string', 'null')
    and coalesce(jsonb_typeof(p_element -> 'error_code'), 'null') in ('number', 'null')
    and coalesce(jsonb_typeof(p_element -> 'http_status'), 'null') in ('number', 'null')
    and p_element ->> 'method' <> ''
    and coalesce(char_length(p_element ->> 'client_id'), 0) <= 2048
    and p_element ->> 'outcome' in (
      'ok', 'tool_error', 'rpc_error', 'http_error', 'refused', 'cancelled', 'unanswered', 'unreadable'
    )
    and p_element ->> 'started_at'
      ~ '^2[0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3])(:[0-5][0-9]){2}([.][0-9]{1,9})?Z$';
end
$$;

revoke all on function public.is_mcp_call from public, anon, authenticated, service_role;

-- keep_call_partitions: makes the partitions of mcp_calls that calls of the next days need, and drops those whose day is over.
--
-- Whoever makes or drops a partition locks the table, or its default partition,
-- against everybody. So each waits a tenth of a second for it and gives up: the next
-- clean-up tries again, and calls without a partition stand in the default one
-- meanwhile. A day that has calls there gets no partition any more. Attaching a
-- table locks less than making a partition in place. At most three go at a time.
--
-- The name of a table is no parameter of a statement, so this one function builds
-- statements: their only variable part is a date.
--
-- Caller    purge_expired, last, so that the locks end with it
-- Rights    invoker, granted to nobody
-- Locks     mcp_calls and its default partition, for a moment
create function public.keep_call_partitions()
returns void
language plpgsql
volatile
set search_path = ''
set lock_timeout = '100ms'
as $$
declare
  v_today date := (now() at time zone 'UTC')::date;
  v_day date;
  v_name text;
begin
  for v_day, v_name in
    select distinct needed.day, 'until_' || to_char(needed.day, 'YYYYMMDD')
    from (
      select v_today + retention + ahead as day
      from generate_series(1, 365) as retention
      cross join generate_series(0, 2) as ahead
      where exists (
        select from public.organizations as organization where organization.call_retention_days = retention
      )
    ) as needed
    where to_regclass('gatepost_calls.until_' || to_char(needed.day, 'YYYYMMDD')) is null
      and not exists (select from gatepost_calls.rest as unplaced where unplaced.keep_until = needed.day)
    order by needed.day
  loop
    execute format('create table gatepost_calls.%I (like public.mcp_calls including defaults including constraints)', v_name);
    execute format('alter table gatepost_calls.%I enable row level security', v_name);
    execute format(
      'alter table public.mcp_calls attach partition gatepost_calls.%I for values from (%L) to (%L)',
      v_name, v_day, v_day + 1
    );
  end loop;

  for v_name in
    select partition.relname
    from pg_catalog.pg_inherits as inheritance
    join pg_catalog.pg_class as partition on partition.oid = inheritance.inhrelid
    where inheritance.inhparent = 'public.mcp_calls'::regclass
      and partition.relname like 'until\_%' and partition.relname < 'until_' || to_char(v_today, 'YYYYMMDD')
    order by partition.relname
    limit 3
  loop
    execute format('drop table gatepost_calls.%I', v_name);
  end loop;
exception
  when lock_not_available then
    null;
end
$$;

revoke all on function public.keep_call_partitions from public, anon, authenticated, service_role;

-- leads_to_gateway: whether a URL is one of the gateway's own, by its text.
--
-- The gateway asks the same of each call (functions/mcp/forward/loop.ts), and marks
-- its calls for the names and proxies that lead back to it. A path with dot
-- segments on the own host counts as leading here.
--
-- Caller    save_mcp_server
-- Rights    invoker, granted to nobody
create function public.leads_to_gateway(p_url text, p_public_url text)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_gateway text := public.bare_address(p_public_url);
  v_address text := public.bare_address(p_url);
begin
  return coalesce(
    v_address ~ '/(\.|%2e){1,2}(/|$)' and split_part(v_address, '/', 1) = split_part(v_gateway, '/', 1)
    or starts_with(v_address, v_gateway || '/')
      and substr(v_address, length(v_gateway) + 2) ~ '^(mcp|oauth(-[a-z]+)?)(/|$)',
    false
  );
end
$$;

revoke all on function public.leads_to_gateway from public, anon, authenticated, service_role;

-- lease_upstream_refresh: lets one worker refresh a vault entry while the others wait.
--
-- The caller names the access token that it found too old. If the entry holds
-- another by now, somebody has refreshed it, and the answer is that one. A lease
-- lasts 30 seconds, longer than any request to a provider may take. Where a
-- worker let its lease run out, nobody knows whether the provider has spent the
-- refresh token: the next worker learns it from lapsed, tries once more, and
-- ends the entry if the provider refuses. After a change of the client or of its
-- places the refresh token is not sent at all. A login that borrows its refresh
-- token takes the lease of the entry that holds it.
--
-- Caller    mcp, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the vault entry that holds the refresh token
-- Outcomes  leased | fresh | busy | ended | no_refresh_token | credentials_changed | config_disabled
-- Raises    22004 when an argument is null
create function public.lease_upstream_refresh(
  p_upstream_token_id text,
  p_lease_hash text,
  p_known_access_token text
)
returns public.upstream_refresh_lease
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_holder public.upstream_oauth_tokens;
  v_upstream public.upstream_oauth_tokens;
  v_config public.custom_oauth_configs;
  v_lease public.upstream_refresh_lease;
begin
  if p_upstream_token_id is null or p_lease_hash is null or p_known_access_token is null then
    raise exception using errcode = '22004', message = 'a lease names its vault entry, its holder and the known token';
  end if;

  v_holder := public.lock_refresh_holder(p_upstream_token_id => p_upstream_token_id);
  select * into v_upstream
  from public.upstream_oauth_tokens as upstream
  where upstream.id = p_upstream_token_id and upstream.ended_at is null;
  if not found then
    v_lease.outcome := 'ended';
    return v_lease;
  end if;
  if v_upstream.access_token_ciphertext <> p_known_access_token then
    v_lease.outcome := 'fresh';
    v_lease.access_token_ciphertext := v_upstream.access_token_ciphertext;
    v_lease.scope := v_upstream.scope;
    v_lease.expires_at := v_upstream.expires_at;
    v_lease.refreshed_at := v_upstream.refreshed_at;
    return v_lease;
  end if;

  select * into v_config from public.custom_oauth_configs as config where config.id = v_upstream.oauth_config_id;
  v_lease.outcome := case
    when v_config.disabled_at is not null then 'config_disabled'
    when v_holder.refresh_token_ciphertext is null then 'no_refresh_token'
    when v_upstream.client_generation <> v_config.client_generation then 'credentials_changed'
    when v_holder.refresh_leased_until > now() and v_holder.refresh_lease_hash <> p_lease_hash then 'busy'
    else 'leased'
  end;
  if v_lease.outcome = 'busy' then
    v_lease.leased_until := v_holder.refresh_leased_until;
  end if;
  if v_lease.outcome <> 'leased' then
    return v_lease;
  end if;

  update public.upstream_oauth_tokens as holder
  set refresh_leased_until = now() + interval '30 seconds', refresh_lease_hash = p_lease_hash
  where holder.id = v_holder.id
  returning holder.refresh_leased_until into v_lease.leased_until;
  select known.profile_refreshed_at into v_lease.profile_refreshed_at
  from public.mcp_server_user as known
  where known.id = v_upstream.mcp_server_user_id;
  v_lease.access_token_ciphertext := v_upstream.access_token_ciphertext;
  v_lease.refresh_token_id := v_holder.id;
  v_lease.refresh_token_ciphertext := v_holder.refresh_token_ciphertext;
  v_lease.scope := v_upstream.scope;
  v_lease.expires_at := v_upstream.expires_at;
  v_lease.refreshed_at := v_upstream.refreshed_at;
  v_lease.lapsed := v_holder.refresh_leased_until is not null;
  v_lease.config := public.describe_oauth_config(v_config);
  return v_lease;
end
$$;

revoke all on function public.lease_upstream_refresh from public, anon, authenticated, service_role;
grant execute on function public.lease_upstream_refresh to service_role, gatepost_functions;

-- list_member_addresses: the e-mail addresses of the members of the caller's organizations.
--
-- Definer, because nobody but Supabase Auth reads auth.users. The function takes
-- no organization as an argument: it answers for those of auth.uid() only.
--
-- Caller    the views that members read, as authenticated
-- Rights    definer: reads all addresses, answers those of the caller's organizations
create function public.list_member_addresses()
returns setof public.member_address
language sql
stable
security definer
set search_path = ''
as $$
  select person.id, person.email::text
  from auth.users as person
  where exists (
    select from public.organization_members as member
    where member.user_id = person.id
      and member.organization_id in (select public.organizations_of_platform_user())
  )
$$;

revoke all on function public.list_member_addresses from public, anon, authenticated, service_role;
grant execute on function public.list_member_addresses to authenticated;

-- list_own_connections: which apps are connected in a person's name, for that person.
--
-- Those at every server of the organization: the person is one end user there, and
-- asks what was allowed to an organization, not to one of its addresses. A
-- connection is every living login with one client, as in mcp_connections. Logins
-- at Gatepost's own page are none. At most 500 are answered.
--
-- Caller    oauth-connections, as service_role, with a verified access token in hand
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     none
-- Outcomes  listed | ended
-- Raises    22004 when an argument is null
create function public.list_own_connections(p_slug text, p_family_id text)
returns public.own_connections
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_login public.mcp_proxy_tokens;
  v_own public.own_connections;
begin
  if p_slug is null or p_family_id is null then
    raise exception using errcode = '22004', message = 'p_slug and p_family_id must not be null';
  end if;

  v_login := public.find_connections_login(p_slug => p_slug, p_family_id => p_family_id);
  if v_login.id is null then
    v_own.outcome := 'ended';
    return v_own;
  end if;

  select organization.name into v_own.organization_name
  from public.organizations as organization
  where organization.id = v_login.organization_id;
  select person.email into v_own.email
  from public.mcp_server_user as person
  where person.id = v_login.mcp_server_user_id;
  select coalesce(jsonb_agg(to_jsonb(connection) order by connection.last_used_at desc, connection.id), '[]')
  into v_own.connections
  from (
    select
      client.id,
      server.slug as server_slug,
      server.name as server_name,
      server.scope_descriptions,
      client.client_id,
      client.kind,
      client.client_name,
      client.redirect_uris,
      used.scopes,
      used.first_used_at,
      greatest(used.last_used_at, (
        select max(history.last_seen_at)
        from public.mcp_server_session as history
        where history.organization_id = v_login.organization_id
          and history.mcp_server_user_id = v_login.mcp_server_user_id
          and history.mcp_server_id = client.mcp_server_id
          and history.client_id = client.client_id
      )) as last_used_at
    from (
      select
        family.mcp_client_registration_id,
        array(
          select distinct scope
          from regexp_split_to_table(string_agg(family.scope, ' '), ' ') as scope
          where scope <> '' order by scope
        ) as scopes,
        min(family.created_at) as first_used_at,
        max(greatest(family.created_at, family.rotated_at)) as last_used_at
      from public.mcp_proxy_tokens as family
      where family.organization_id = v_login.organization_id
        and family.mcp_server_user_id = v_login.mcp_server_user_id
        and family.revoked_at is null
        and family.expires_at > now()
      group by family.mcp_client_registration_id
    ) as used
    join public.mcp_client_registrations as client on client.id = used.mcp_client_registration_id
    join public.mcp_servers as server on server.id = client.mcp_server_id
    where client.kind <> 'gatepost'
    order by last_used_at desc, client.id
    limit 500
  ) as connection;
  v_own.outcome := 'listed';
  return v_own;
end
$$;

revoke all on function public.list_own_connections from public, anon, authenticated, service_role;
grant execute on function public.list_own_connections to service_role, gatepost_functions;

-- list_own_invitations: the invitations that the caller may accept or decline.
--
-- Caller    a platform user, as authenticated
-- Rights    definer: the caller is no member yet and reads no table of the organization
create function public.list_own_invitations()
returns setof public.own_invitation
language sql
stable
security definer
set search_path = ''
as $$
  select invitation.id, organization.name, invitation.role, invitation.expires_at
  from public.find_open_invitations() as invitation
  join public.organizations as organization on organization.id = invitation.organization_id
  order by invitation.created_at
$$;

revoke all on function public.list_own_invitations from public, anon, authenticated, service_role;
grant execute on function public.list_own_invitations to authenticated;

-- list_stale_secrets: the secrets that do not stand under the given key, in a batch of rows of one table.
--
-- The caller seals each under that key and goes on after last_id until a batch
-- is empty. Logins under way are left out: they are over before anybody could.
--
-- Caller    `deno task reseal`, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Returns   secrets: a list of id, organization_id, secret, ciphertext
-- Raises    22004 when an argument is null; 22023 when the table holds no ciphertexts
create function public.list_stale_secrets(p_table text, p_key_id text, p_after text, p_limit integer)
returns public.stale_secret_list
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_list public.stale_secret_list;
begin
  perform public.check_sealed_table(p_table => p_table, p_after => p_after, p_limit => p_limit);
  if p_key_id is null then
    raise exception using errcode = '22004', message = 'p_key_id must not be null';
  end if;

  select count(distinct listed.id)::integer, max(listed.id),
    coalesce(
      jsonb_agg(to_jsonb(listed)) filter (
        where listed.ciphertext is not null
          and listed.secret <> 'login_under_way'
          and public.sealing_key_id(p_ciphertext => listed.ciphertext) is distinct from p_key_id
      ),
      '[]'
    )
  into v_list.examined, v_list.last_id, v_list.secrets
  from public.sealed_secrets(p_table => p_table, p_after => p_after, p_limit => p_limit) as listed;
  return v_list;
end
$$;

revoke all on function public.list_stale_secrets from public, anon, authenticated, service_role;
grant execute on function public.list_stale_secrets to service_role;

-- lock_refresh_holder: locks the vault entry that holds the refresh token of a login.
--
-- That is its lender or, where it borrows nothing, the entry itself.
--
-- Caller    the functions that refresh or end vault entries, before they touch the login's own
-- Rights    invoker, granted to nobody
-- Locks     the holder
-- Returns   the holder, or nulls where there is no such entry
create function public.lock_refresh_holder(p_upstream_token_id text)
returns public.upstream_oauth_tokens
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_holder public.upstream_oauth_tokens;
begin
  select holder.* into v_holder
  from public.upstream_oauth_tokens as holder
  where holder.id = (
    select coalesce(login.lender_id, login.id)
    from public.upstream_oauth_tokens as login
    where login.id = p_upstream_token_id
  )
  for update;
  return v_holder;
end
$$;

revoke all on function public.lock_refresh_holder from public, anon, authenticated, service_role;

-- lock_vault_entries: locks vault entries, those that lend to them and those that borrow from them.
--
-- An entry that lends borrows nothing. So those that borrow nothing come first, then
-- those that borrow, each kind by id: two callers never wait for each other in a circle.
-- A refresh of one login takes the same way (lock_refresh_holder).
--
-- Caller    whatever ends or deletes several vault entries
-- Rights    invoker, granted to nobody
-- Locks     the vault entries, lenders first, then by id (lock order: supabase/schemas/README.md)
create function public.lock_vault_entries(p_upstream_token_ids text[])
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  perform from public.upstream_oauth_tokens as upstream
  where upstream.id = any (array(
    select named.id from unnest(p_upstream_token_ids) as named (id)
    union
    select login.lender_id from public.upstream_oauth_tokens as login where login.id = any (p_upstream_token_ids)
    union
    select login.id from public.upstream_oauth_tokens as login where login.lender_id = any (p_upstream_token_ids)
  ))
  order by upstream.lender_id is not null, upstream.id
  for update;
end
$$;

revoke all on function public.lock_vault_entries from public, anon, authenticated, service_role;

-- may_take_names: whether an organization may take names for a server, with those it retired.
--
-- Each name that is taken is retired one day, and stays. The names that are asked
-- for do not count: an organization may always take its own back.
--
-- Caller    save_mcp_server, which holds the organization's lock
-- Rights    invoker, granted to nobody
create function public.may_take_names(p_organization_id text, p_names text[])
returns boolean
language sql
volatile
set search_path = ''
as $$
  select setting.retired_names_per_organization > (
    select count(*) from public.retired_server_names as retired
    where retired.organization_id = p_organization_id
      and not coalesce(retired.name = any (array_remove(p_names, null)), false)
  )
  from public.gatepost_settings as setting
$$;

revoke all on function public.may_take_names from public, anon, authenticated, service_role;

-- merge_mcp_server_users: makes one end user of two who are the same person.
--
-- The user who stays takes over the other's identities, MCP sessions and calls; the
-- other row is deleted, and its tokens end, because they name it: its clients log in
-- again. Both must sign in the same way: a user of the platform's sign-in is never
-- linked with one of an organization's provider, and a visitor is claimed by a
-- login. A blocked user is merged with nobody, so that nobody gets in again that
-- way. What stays keeps its own address and profile. The merge can be taken back
-- (unmerge_mcp_server_users) as long as the user who stays exists.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, both users by id, then the other's MCP sessions, codes, token families and
--           vault entries, then the activity of both, days and sums of calls
--           (lock order: supabase/schemas/README.md)
-- Outcomes  merged | forbidden | unknown_user | same_user | different_sign_in | user_blocked
-- Raises    22004 when an argument is null
create function public.merge_mcp_server_users(p_mcp_server_user_id text, p_merged_user_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_user public.mcp_server_user;
  v_merged public.mcp_server_user;
  v_role text;
  v_identities jsonb;
  v_session_ids text[];
  v_merge_id text := public.new_id('mrg_');
  v_change public.platform_change;
begin
  if p_mcp_server_user_id is null or p_merged_user_id is null then
    raise exception using errcode = '22004', message = 'p_mcp_server_user_id and p_merged_user_id must not be null';
  end if;

  perform public.hold_organization(p_organization_id => (
    select holder.organization_id from public.mcp_server_user as holder where holder.id = p_mcp_server_user_id
  ));
  perform from public.mcp_server_user as holder
  where holder.id in (p_mcp_server_user_id, p_merged_user_id)
    and public.platform_role(holder.organization_id) is not null
  order by holder.id
  for no key update;
  select * into v_user
  from public.mcp_server_user as holder
  where holder.id = p_mcp_server_user_id and public.platform_role(holder.organization_id) is not null;
  select * into v_merged
  from public.mcp_server_user as holder
  where holder.id = p_merged_user_id and holder.organization_id = v_user.organization_id;
  v_role := public.platform_role(v_merged.organization_id);
  v_change.outcome := case
    when v_merged.id is null or v_role is null then 'unknown_user'
    when v_role = 'member' then 'forbidden'
    when v_user.id = v_merged.id then 'same_user'
    when v_user.auth_type <> v_merged.auth_type or v_user.auth_type = 'none' then 'different_sign_in'
    when v_user.blocked_at is not null or v_merged.blocked_at is not null then 'user_blocked'
    else 'merged'
  end;
  if v_change.outcome <> 'merged' then
    return v_change;
  end if;

  with moved as (
    update public.mcp_server_user_identities as identity
    set mcp_server_user_id = v_user.id
    where identity.organization_id = v_merged.organization_id and identity.mcp_server_user_id = v_merged.id
    returning identity.source, identity.subject
  )
  select coalesce(jsonb_agg(jsonb_build_object('source', moved.source, 'subject', moved.subject)), '[]')
  into v_identities from moved;
  with moved as (
    update public.mcp_server_session as history
    set mcp_server_user_id = v_user.id
    where history.organization_id = v_merged.organization_id
      and history.mcp_server_user_id = v_merged.id
      and not exists (
        select from public.mcp_server_session as own
        where own.mcp_server_id = history.mcp_server_id
          and own.mcp_server_user_id = v_user.id
          and own.session_hash = history.session_hash
      )
    returning history.id
  )
  select coalesce(array_agg(moved.id), '{}') into v_session_ids from moved;
  perform public.withdraw_user_tokens(
    p_organization_id => v_merged.organization_id, p_mcp_server_user_id => v_merged.id, p_reason => 'user_merged'
  );
  -- Whoever records calls of the row that goes is waited for, and records no more of it.
  perform from public.mcp_server_user as holder where holder.id = v_merged.id for update;
  perform public.move_mcp_calls(
    p_organization_id => v_merged.organization_id, p_from_user_id => v_merged.id, p_to_user_id => v_user.id,
    p_merge_id => v_merge_id
  );
  delete from public.mcp_server_user as holder where holder.id = v_merged.id;
  update public.mcp_server_user as holder
  set first_seen_at = least(holder.first_seen_at, v_merged.first_seen_at),
      last_seen_at = greatest(holder.last_seen_at, v_merged.last_seen_at),
      tracked_at = least(holder.tracked_at, v_merged.tracked_at),
      claimed_at = least(holder.claimed_at, v_merged.claimed_at)
  where holder.id = v_user.id;

  insert into public.mcp_server_user_merges
    (id, organization_id, mcp_server_user_id, merged_user_id, merged_user, identities, session_ids, merged_by)
  values
    (v_merge_id, v_user.organization_id, v_user.id, v_merged.id, to_jsonb(v_merged), v_identities, v_session_ids, auth.uid())
  returning id into v_change.id;
  perform public.record_platform_event(
    p_organization_id => v_user.organization_id,
    p_event => 'users_merged',
    p_object_id => v_change.id,
    p_mcp_server_user_id => v_user.id
  );
  return v_change;
end
$$;

revoke all on function public.merge_mcp_server_users from public, anon, authenticated, service_role;
grant execute on function public.merge_mcp_server_users to authenticated;

-- merge_tracked_user: gives the history of an anonymous, tracked row to a user who is already known.
--
-- Whoever holds tokens of the anonymous row must not act as the user, so the row
-- is deleted with everything that was issued to it. The user takes over its MCP
-- sessions, its calls, its first appearance and its tracking id. How many calls a
-- visitor may have is limited (row_bounds), and so is what a login does here.
--
-- Caller    resolve_mcp_server_user, which holds the user's row
-- Rights    invoker, granted to nobody
-- Locks     the anonymous row, then its MCP sessions, codes, families and vault entries,
--           then the activity of both, days and sums of calls
--           (lock order: supabase/schemas/README.md)
create function public.merge_tracked_user(p_organization_id text, p_tracking_hash text, p_mcp_server_user_id text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_tracked public.mcp_server_user;
begin
  select * into v_tracked
  from public.mcp_server_user as tracked
  where tracked.organization_id = p_organization_id
    and tracked.tracking_hash = p_tracking_hash
    and tracked.upstream_sub is null
    and tracked.blocked_at is null
  for no key update;
  if not found then
    return;
  end if;

  update public.mcp_server_session as history
  set mcp_server_user_id = p_mcp_server_user_id
  where history.id = any (array(
      select own.id from public.mcp_server_session as own
      where own.organization_id = p_organization_id and own.mcp_server_user_id = v_tracked.id
      order by own.id
      for no key update
    ))
    and not exists (
      select from public.mcp_server_session as own
      where own.mcp_server_id = history.mcp_server_id
        and own.mcp_server_user_id = p_mcp_server_user_id
        and own.session_hash = history.session_hash
    );
  perform public.withdraw_user_tokens(
    p_organization_id => p_organization_id, p_mcp_server_user_id => v_tracked.id, p_reason => 'user_merged'
  );
  -- Whoever records calls of the row that goes is waited for, and records no more of it.
  perform from public.mcp_server_user as tracked where tracked.id = v_tracked.id for update;
  perform public.move_mcp_calls(
    p_organization_id => p_organization_id, p_from_user_id => v_tracked.id, p_to_user_id => p_mcp_server_user_id
  );
  delete from public.mcp_server_user as tracked
  where tracked.id = v_tracked.id;
  update public.mcp_server_user as claimant
  set first_seen_at = least(claimant.first_seen_at, v_tracked.first_seen_at),
      tracked_at = least(claimant.tracked_at, v_tracked.tracked_at),
      claimed_at = coalesce(claimant.claimed_at, now()),
      tracking_hash = coalesce(claimant.tracking_hash, p_tracking_hash)
  where claimant.id = p_mcp_server_user_id;

  perform public.record_audit_event(
    p_organization_id => p_organization_id,
    p_event => 'user_merged',
    p_mcp_server_user_id => p_mcp_server_user_id
  );
end
$$;

revoke all on function public.merge_tracked_user from public, anon, authenticated, service_role;

-- move_mcp_calls: gives the calls of one end user to another, and counts anew what follows from them.
--
-- With p_of_merge_id only those move that this merge had brought, and they name no
-- merge any more: so a merge is taken back. How many people called in a time past is
-- not counted anew (mcp_active_days). A row of the activity is made where there is
-- none, so that it can be held.
--
-- Caller    merge_mcp_server_users, unmerge_mcp_server_users, merge_tracked_user, which hold both users
-- Rights    invoker, granted to nobody
-- Locks     the servers of the calls against deletion (key share), the activity of both, by id, then the days of calls, then the sums of calls
create function public.move_mcp_calls(
  p_organization_id text,
  p_from_user_id text,
  p_to_user_id text,
  p_merge_id text default null,
  p_of_merge_id text default null
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  -- Whoever deletes a server then deletes its calls: wait for that before touching any.
  perform from public.mcp_servers as server
  where server.organization_id = p_organization_id
    and server.id in (
      select counted.mcp_server_id from public.mcp_call_days as counted
      where counted.organization_id = p_organization_id and counted.mcp_server_user_id = p_from_user_id
    )
  order by server.id
  for key share;
  insert into public.mcp_user_activity (organization_id, mcp_server_user_id)
  select p_organization_id, holder.id
  from public.mcp_server_user as holder
  where holder.organization_id = p_organization_id and holder.id in (p_from_user_id, p_to_user_id)
  order by holder.id
  on conflict do nothing;
  perform from public.mcp_user_activity as activity
  where activity.organization_id = p_organization_id
    and activity.mcp_server_user_id in (p_from_user_id, p_to_user_id)
  order by activity.mcp_server_user_id
  for update;

  update public.mcp_calls as recorded
  set mcp_server_user_id = p_to_user_id, merge_id = p_merge_id
  where recorded.organization_id = p_organization_id
    and recorded.mcp_server_user_id = p_from_user_id
    and (p_of_merge_id is null or recorded.merge_id = p_of_merge_id);

  with moved as (
    delete from public.mcp_call_days as counted
    where counted.organization_id = p_organization_id
      and counted.mcp_server_user_id = p_from_user_id
      and (p_of_merge_id is null or counted.merge_id = p_of_merge_id)
    returning counted.*
  )
  insert into public.mcp_call_days as counted
    (organization_id, mcp_server_id, mcp_server_user_id, client_id, method, name, outcome, day, calls, milliseconds,
     bytes_in, bytes_out, merge_id)
  select moved.organization_id, moved.mcp_server_id, p_to_user_id, moved.client_id, moved.method, moved.name,
    moved.outcome, moved.day, sum(moved.calls), sum(moved.milliseconds), sum(moved.bytes_in), sum(moved.bytes_out),
    p_merge_id
  from moved
  group by moved.organization_id, moved.mcp_server_id, moved.client_id, moved.method, moved.name, moved.outcome, moved.day
  on conflict on constraint calls_of_a_day_are_counted_in_one_row do update
  set calls = counted.calls + excluded.calls,
      milliseconds = counted.milliseconds + excluded.milliseconds,
      bytes_in = counted.bytes_in + excluded.bytes_in,
      bytes_out = counted.bytes_out + excluded.bytes_out;

  perform public.recount_mcp_callers(
    p_organization_id => p_organization_id, p_mcp_server_user_ids => array[p_from_user_id, p_to_user_id]
  );
end
$$;

revoke all on function public.move_mcp_calls from public, anon, authenticated, service_role;

-- move_oauth_config_issuer: gives a config another issuer and takes its people along.
--
-- A person is known by issuer and subject. A provider that moves to another host
-- keeps its subjects: with save_oauth_config alone everybody would be a new person
-- at the next login. Here each identity of the old issuer gets the new one, in the
-- transaction that saves it. The old one stays as long as another config of the
-- organization has that issuer. Nothing is changed by a dry run, which is what
-- happens unless the caller says otherwise, nor where a subject is known at the
-- new issuer as somebody else: those are merged first (merge_mcp_server_users).
-- Of an issuer of many tenants nobody is moved: their identities have issuers of
-- their own. What save_oauth_config demands of a new place holds here as well:
-- the client secret comes along, sealed.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, the config
-- Outcomes  would_move | moved | conflict | forbidden | unknown_config | invalid (see platform_change)
-- Raises    22004 when p_oauth_config_id, p_issuer or p_dry_run is null
create function public.move_oauth_config_issuer(
  p_oauth_config_id text,
  p_issuer text,
  p_dry_run boolean default true,
  p_client_secret_ciphertext text default null
)
returns public.issuer_move
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_config public.custom_oauth_configs;
  v_role text;
  v_source text;
  v_came integer;
  v_went integer;
  v_saved public.platform_change;
  v_move public.issuer_move;
begin
  if p_oauth_config_id is null or p_issuer is null or p_dry_run is null then
    raise exception using errcode = '22004', message = 'p_oauth_config_id, p_issuer and p_dry_run must not be null';
  end if;

  perform public.hold_organization(p_organization_id => (
    select config.organization_id from public.custom_oauth_configs as config where config.id = p_oauth_config_id
  ));
  select * into v_config
  from public.custom_oauth_configs as config
  where config.id = p_oauth_config_id and public.platform_role(config.organization_id) is not null
  for no key update;
  v_role := public.platform_role(v_config.organization_id);
  v_source := coalesce(v_config.issuer, v_config.id);
  v_move.outcome := case
    when v_role is null then 'unknown_config'
    when v_role = 'member' then 'forbidden'
    when p_issuer = v_source or not public.is_web_url(p_issuer) then 'invalid'
    else 'moved'
  end;
  if v_move.outcome = 'invalid' then
    v_move.reason := 'issuer_is_another';
    v_move.argument := 'p_issuer';
    v_move.expected := 'an https URL, and another than the present issuer';
  end if;
  if v_move.outcome <> 'moved' then
    return v_move;
  end if;

  select count(*), count(*) filter (where taken.mcp_server_user_id <> identity.mcp_server_user_id)
  into v_move.people, v_move.conflicts
  from public.mcp_server_user_identities as identity
  left join public.mcp_server_user_identities as taken
    on taken.organization_id = identity.organization_id
    and taken.source = p_issuer
    and taken.subject = identity.subject
  where identity.organization_id = v_config.organization_id and identity.source = v_source;
  v_move.id := v_config.id;
  v_move.outcome := case when v_move.conflicts > 0 then 'conflict' when p_dry_run then 'would_move' else 'moved' end;
  if v_move.outcome <> 'moved' then
    return v_move;
  end if;

  v_saved := public.save_oauth_config(
    p_id => v_config.id, p_issuer => p_issuer, p_client_secret_ciphertext => p_client_secret_ciphertext
  );
  if v_saved.outcome <> 'saved' then
    v_move.outcome := v_saved.outcome;
    v_move.reason := v_saved.reason;
    v_move.argument := v_saved.argument;
    v_move.expected := v_saved.expected;
    return v_move;
  end if;
  insert into public.mcp_server_user_identities
    (organization_id, source, subject, mcp_server_user_id, first_oauth_config_id, created_at)
  select
    identity.organization_id, p_issuer, identity.subject, identity.mcp_server_user_id, identity.first_oauth_config_id,
    identity.created_at
  from public.mcp_server_user_identities as identity
  where identity.organization_id = v_config.organization_id and identity.source = v_source
  on conflict do nothing;
  get diagnostics v_came = row_count;
  delete from public.mcp_server_user_identities as identity
  where identity.organization_id = v_config.organization_id
    and identity.source = v_source
    and not exists (
      select from public.custom_oauth_configs as other
      where other.organization_id = v_config.organization_id and other.issuer = v_source
    );
  get diagnostics v_went = row_count;
  perform public.count_gone_identities(p_organization_id => v_config.organization_id, p_gone => v_went - v_came);
  perform public.record_platform_event(
    p_organization_id => v_config.organization_id, p_event => 'issuer_moved', p_object_id => v_config.id
  );
  return v_move;
end
$$;

revoke all on function public.move_oauth_config_issuer from public, anon, authenticated, service_role;
grant execute on function public.move_oauth_config_issuer to authenticated;

-- name_mcp_calls: the entries with names, of which a server has a limited number each day.
--
-- A name comes from whoever calls, so there would be no end of counted rows. Of each
-- method a server has so many different names a day, and fewer that have never
-- succeeded: whoever invents names takes those only, and a tool that works keeps its
-- own. Likewise of the methods that are counted without a name. What is beyond is
-- counted as (other); the recorded call keeps its name. A known name is asked for in a
-- subquery of one value: PostgreSQL may plan "not exists" as a scan of the table.
--
-- Caller    record_mcp_calls
-- Rights    invoker, granted to nobody
-- Locks     the names of a server (advisory), where one is new: in the order of the servers
create function public.name_mcp_calls(p_entries public.mcp_call_entry[])
returns setof public.mcp_call_entry
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_of_all integer := (select bound.of_source from public.row_bounds as bound where bound.kind = 'name of calls');
  v_of_failing integer := (
    select bound.of_source from public.row_bounds as bound where bound.kind = 'name of calls that fail'
  );
  v_server_ids text[];
  v_refused text[];
  v_entry public.mcp_call_entry;
begin
  select array_agg(distinct entry.mcp_server_id order by entry.mcp_server_id) into v_server_ids
  from unnest(p_entries) as entry
  where (
    select known.day from public.mcp_call_sums as known
    where known.organization_id = entry.organization_id and known.day = entry.day
      and known.mcp_server_id = entry.mcp_server_id and known.method = entry.method and known.name = entry.name
  ) is null;
  perform pg_advisory_xact_lock(hashtextextended('names of calls ' || server_id, 0))
  from unnest(v_server_ids) as server_id;

  with newcomer as (
    select entry.mcp_server_id, entry.organization_id, entry.day, entry.method, entry.name,
      case when entry.name <> '' then entry.method else '' end as kind,
      bool_or(entry.outcome = 'ok') as succeeds
    from unnest(p_entries) as entry
    where entry.mcp_server_id = any (v_server_ids) and (
      select known.day from public.mcp_call_sums as known
      where known.organization_id = entry.organization_id and known.day = entry.day
        and known.mcp_server_id = entry.mcp_server_id and known.method = entry.method and known.name = entry.name
    ) is null
    group by entry.mcp_server_id, entry.organization_id, entry.day, entry.method, entry.name
  ), ranked as (
    select newcomer.*,
      row_number() over (all_of_kind order by newcomer.succeeds desc, newcomer.method, newcomer.name) as place,
      count(*) filter (where not newcomer.succeeds)
        over (all_of_kind order by newcomer.succeeds desc, newcomer.method, newcomer.name) as place_of_failing,
      (
        select array[count(*), count(*) filter (where known.succeeded = 0)]
        from public.mcp_call_sums as known
        where known.organization_id = newcomer.organization_id and known.day = newcomer.day
          and known.mcp_server_id = newcomer.mcp_server_id
          and case when newcomer.kind = '' then known.name = '' else known.method = newcomer.kind and known.name <> '' end
      ) as taken
    from newcomer
    window all_of_kind as (partition by newcomer.mcp_server_id, newcomer.day, newcomer.kind)
  )
  select array_agg(format('%s %s %s %s', ranked.mcp_server_id, ranked.day, ranked.method, ranked.name)) into v_refused
  from ranked
  where ranked.taken[1] + ranked.place > v_of_all
    or (not ranked.succeeds and ranked.taken[2] + ranked.place_of_failing > v_of_failing);

  foreach v_entry in array p_entries loop
    if format('%s %s %s %s', v_entry.mcp_server_id, v_entry.day, v_entry.method, v_entry.name) = any (v_refused) then
      v_entry.method := case when v_entry.name = '' then '(other)' else v_entry.method end;
      v_entry.name := case when v_entry.name = '' then '' else '(other)' end;
    end if;
    return next v_entry;
  end loop;
end
$$;

revoke all on function public.name_mcp_calls from public, anon, authenticated, service_role;

-- note_first_calls: copies to people when they called first, and again after three days, where that has changed.
--
-- That is twice in the life of a person. Somebody whom a login holds is skipped, so
-- that nobody waits; the person's next call catches up.
--
-- Caller    count_mcp_calls, and recount_mcp_callers, whose caller holds the users
-- Rights    invoker, granted to nobody
-- Locks     the users who change, where nobody else holds them (skip locked)
create function public.note_first_calls(p_mcp_server_user_ids text[])
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  with changed as (
    select person.id, activity.first_called_on, activity.came_back_on
    from public.mcp_server_user as person
    join public.mcp_user_activity as activity
      on activity.organization_id = person.organization_id and activity.mcp_server_user_id = person.id
    where person.id = any (p_mcp_server_user_ids)
      and (
        person.first_called_on is distinct from activity.first_called_on
        or person.came_back_on is distinct from activity.came_back_on
      )
    order by person.id
    for no key update of person skip locked
  )
  update public.mcp_server_user as person
  set first_called_on = changed.first_called_on, came_back_on = changed.came_back_on
  from changed
  where person.id = changed.id;
end
$$;

revoke all on function public.note_first_calls from public, anon, authenticated, service_role;

-- open_anonymous_call: tells who calls an MCP server without sign-in, and records the visit.
--
-- The tracking id names a visitor and proves nothing. Where a login has claimed
-- the visitor's row since, the outcome is known and the answer names nobody:
-- whoever presents the tracking id need not be that user. Also records the MCP
-- session, where the transport has one.
--
-- Anybody may invent tracking ids and session ids. So an organization has a limited
-- number of places for the new visitors of a day, of which each source, p_source,
-- may use a part, those of unknown sources all, and a visitor a number of new MCP sessions (row_bounds). A
-- visitor beyond that is answered crowded and not recorded, and a session beyond
-- that is not recorded either.
--
-- Caller    mcp, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the row that carries the tracking id, then the MCP session
--           (lock order: supabase/schemas/README.md)
-- Outcomes  tracked | known | crowded | user_blocked | unknown_server
-- Raises    22004 when an argument other than p_session_hash is null; 22023 when the tracking id is too long
create function public.open_anonymous_call(p_slug text, p_tracking_id text, p_session_hash text, p_source text default null)
returns public.anonymous_call_opening
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_tracking_hash text;
  v_bound public.row_bounds;
  v_tracking public.user_tracking;
  v_opening public.anonymous_call_opening;
begin
  if p_slug is null or nullif(p_tracking_id, '') is null then
    raise exception using errcode = '22004', message = 'p_slug and p_tracking_id must not be null';
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.slug = p_slug and server.auth_type = 'none' and server.disabled_at is null;
  if not found then
    v_opening.outcome := 'unknown_server';
    return v_opening;
  end if;

  v_tracking_hash := public.tracking_hash(
    p_organization_id => v_server.organization_id, p_tracking_id => p_tracking_id
  );
  if not exists (
    select from public.mcp_server_user as visitor
    where visitor.organization_id = v_server.organization_id and visitor.tracking_hash = v_tracking_hash
  ) then
    select * into strict v_bound from public.row_bounds as bound where bound.kind = 'visitor';
    insert into public.mcp_server_user (organization_id, auth_type, tracking_hash, tracked_at, keep_until, visitor_slot)
    select v_server.organization_id, 'none', v_tracking_hash, now(),
      (public.audit_keep_until(v_server.organization_id) at time zone 'UTC')::date, place.slot
    from (
      select floor(extract(epoch from now()) / extract(epoch from v_bound.counted_in))::bigint * v_bound.of_server
        + drawn as slot
      from unnest(public.draw_slots(p_bound => v_bound, p_source => coalesce(p_source, random()::text))) as drawn
    ) as place
    where (
      select newcomer.id from public.mcp_server_user as newcomer
      where newcomer.organization_id = v_server.organization_id and newcomer.visitor_slot = place.slot
      limit 1
    ) is null
    limit 1
    on conflict do nothing;
    if not found and not exists (
      select from public.mcp_server_user as visitor
      where visitor.organization_id = v_server.organization_id and visitor.tracking_hash = v_tracking_hash
    ) then
      v_opening.outcome := 'crowded';
      v_opening.organization_id := v_server.organization_id;
      return v_opening;
    end if;
  end if;

  v_tracking := public.track_mcp_server_user(
    p_organization_id => v_server.organization_id, p_tracking_id => p_tracking_id
  );
  v_opening.outcome := v_tracking.outcome;
  if v_tracking.mcp_server_user_id is null then
    return v_opening;
  end if;
  if p_session_hash is not null then
    perform public.record_mcp_session(
      p_organization_id => v_server.organization_id, p_mcp_server_id => v_server.id,
      p_mcp_server_user_id => v_tracking.mcp_server_user_id, p_session_hash => p_session_hash, p_client_id => null
    );
  end if;

  v_opening.organization_id := v_server.organization_id;
  v_opening.mcp_server_user_id := v_tracking.mcp_server_user_id;
  return v_opening;
end
$$;

revoke all on function public.open_anonymous_call from public, anon, authenticated, service_role;
grant execute on function public.open_anonymous_call to service_role, gatepost_functions;

-- open_authorization_session: records an approval and what it approved.
--
-- The consent form is good once: its hash is unique, and a second presentation
-- finds it taken. A client that is known by a metadata document is stored here,
-- at its first approval, with the metadata that the person was shown. An
-- approval is not yet a use, and makes no client last: anybody may post one. The
-- client expires unless a login completes. Logins, and clients of metadata
-- documents, have a limited number of places, by server and by source: p_source
-- names the address group of the browser.
--
-- last_used_at is written once a minute at most, so that the logins of a client
-- that many people share do not wait for each other.
--
-- Caller    oauth-authorize, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the client, then a surplus client or session that nobody else holds (skip locked)
--           (lock order: supabase/schemas/README.md)
-- Outcomes  opened | crowded | form_replayed | unknown_client | unknown_server | no_sign_in
-- Raises    22004 when an argument that must be there is null
create function public.open_authorization_session(
  p_slug text,
  p_client_id text,
  p_metadata_document jsonb,
  p_form_hash text,
  p_state_hash text,
  p_browser_hash text,
  p_request_ciphertext text,
  p_redirect_uri text,
  p_resource text,
  p_scope text,
  p_code_challenge text,
  p_nonce text,
  p_source text default null
)
returns public.authorization_opening
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_config public.custom_oauth_configs;
  v_client public.mcp_client_registrations;
  v_place text := coalesce(public.redirect_place(p_redirect_uri => p_redirect_uri), 'nowhere');
  v_slot integer;
  v_opening public.authorization_opening;
begin
  if p_slug is null or p_client_id is null or p_form_hash is null or p_state_hash is null
    or p_browser_hash is null or p_request_ciphertext is null or p_redirect_uri is null
    or p_resource is null or p_scope is null or p_code_challenge is null then
    raise exception using errcode = '22004', message = 'an approval names its server, client, form and request';
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.slug = p_slug and server.disabled_at is null;
  if not found then
    v_opening.outcome := 'unknown_server';
    return v_opening;
  end if;
  select * into v_config
  from public.custom_oauth_configs as config
  where config.id = v_server.custom_oauth_config_id and config.disabled_at is null;
  if not found then
    v_opening.outcome := 'no_sign_in';
    return v_opening;
  end if;

  for v_attempt in 1..5 loop
    select * into v_client
    from public.mcp_client_registrations as client
    where client.mcp_server_id = v_server.id and client.client_id = p_client_id;
    exit when found or p_metadata_document is null;
    v_slot := public.take_client_slot(p_mcp_server_id => v_server.id, p_source => p_source, p_place => v_place);
    -- Another approval may store the same client meanwhile, or take the same place.
    insert into public.mcp_client_registrations
      (organization_id, mcp_server_id, client_id, kind, token_endpoint_auth_method, client_name, redirect_uris,
       grant_types, client_metadata, last_used_at, source, slot)
    select
      v_server.organization_id, v_server.id, p_client_id, 'metadata_document',
      coalesce(p_metadata_document ->> 'token_endpoint_auth_method', 'none'),
      p_metadata_document ->> 'client_name',
      array(select jsonb_array_elements_text(p_metadata_document -> 'redirect_uris')),
      array['authorization_code', 'refresh_token'], p_metadata_document, now(), coalesce(p_source, v_place), v_slot
    where v_slot is not null
    on conflict do nothing
    returning * into v_client;
    exit when found;
  end loop;
  if v_client.id is null and p_metadata_document is not null then
    v_opening.outcome := 'crowded';
    return v_opening;
  end if;
  if v_client.id is null or (p_metadata_document is not null and v_client.kind <> 'metadata_document') then
    v_opening.outcome := 'unknown_client';
    return v_opening;
  end if;
  update public.mcp_client_registrations as client
  set last_used_at = now(),
      token_endpoint_auth_method = coalesce(
        p_metadata_document ->> 'token_endpoint_auth_method',
        case when p_metadata_document is null then client.token_endpoint_auth_method else 'none' end
      ),
      client_name = case
        when p_metadata_document is null then client.client_name else p_metadata_document ->> 'client_name'
      end,
      redirect_uris = case
        when p_metadata_document is null then client.redirect_uris
        else array(select jsonb_array_elements_text(p_metadata_document -> 'redirect_uris'))
      end,
      client_metadata = coalesce(p_metadata_document, client.client_metadata)
  where client.id = v_client.id
    and (
      client.last_used_at is null
      or client.last_used_at < now() - interval '1 minute'
      or client.client_metadata <> p_metadata_document
    );

  for v_attempt in 1..5 loop
    v_slot := public.take_session_slot(p_client => v_client, p_source => p_source, p_place => v_place);
    insert into public.mcp_authorization_sessions
      (organization_id, mcp_server_id, mcp_client_registration_id, oauth_config_id, client_generation, state_hash,
       browser_hash, form_hash, request_ciphertext, redirect_uri, resource, scope, code_challenge, nonce,
       request_id, expires_at, slot)
    select
      v_server.organization_id, v_server.id, v_client.id, v_config.id, v_config.client_generation,
      p_state_hash, p_browser_hash, p_form_hash, p_request_ciphertext, p_redirect_uri, p_resource, p_scope,
      p_code_challenge, p_nonce, public.current_request_id(), now() + interval '10 minutes', v_slot
    where v_slot is not null
    on conflict do nothing;
    exit when found;
    -- The form was used, or another login has taken the same place meanwhile.
    if exists (
      select from public.mcp_authorization_sessions as session where session.form_hash = p_form_hash
    ) then
      v_opening.outcome := 'form_replayed';
      return v_opening;
    end if;
    if v_attempt = 5 then
      v_opening.outcome := 'crowded';
      return v_opening;
    end if;
  end loop;

  v_opening.outcome := 'opened';
  v_opening.config := public.describe_oauth_config(v_config);
  return v_opening;
end
$$;

revoke all on function public.open_authorization_session from public, anon, authenticated, service_role;
grant execute on function public.open_authorization_session to service_role, gatepost_functions;

-- open_connections_client: the client by which Gatepost's own page logs a person in at a server.
--
-- Each server has one, made when somebody first logs in there. It is public, has
-- one redirect URI, and its tokens are for the page alone: see
-- functions/oauth-connections. It counts as used from the start: nobody but Gatepost
-- makes one, so it has none of the narrow bounds of clients that anybody can make.
--
-- Caller    oauth-connections, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the client, where its redirect URI has changed
-- Outcomes  open | unknown_server | no_sign_in
-- Raises    22004 when an argument is null
create function public.open_connections_client(p_slug text, p_redirect_uri text)
returns public.connections_client_opening
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_opening public.connections_client_opening;
begin
  if p_slug is null or p_redirect_uri is null then
    raise exception using errcode = '22004', message = 'p_slug and p_redirect_uri must not be null';
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.slug = p_slug and server.disabled_at is null;
  if not found then
    v_opening.outcome := 'unknown_server';
    return v_opening;
  end if;
  if v_server.auth_type = 'none' then
    v_opening.outcome := 'no_sign_in';
    return v_opening;
  end if;

  insert into public.mcp_client_registrations as client
    (organization_id, mcp_server_id, client_id, kind, token_endpoint_auth_method, client_name, redirect_uris,
     grant_types, first_used_at, expires_at)
  values
    (v_server.organization_id, v_server.id, 'gatepost-connections', 'gatepost', 'none', 'Connected apps',
     array[p_redirect_uri], array['authorization_code'], now(), null)
  on conflict on constraint client_id_is_unique_on_its_server do update
  set redirect_uris = excluded.redirect_uris
  where client.redirect_uris <> excluded.redirect_uris;
  v_opening.outcome := 'open';
  v_opening.client_id := 'gatepost-connections';
  return v_opening;
end
$$;

revoke all on function public.open_connections_client from public, anon, authenticated, service_role;
grant execute on function public.open_connections_client to service_role, gatepost_functions;

-- open_mcp_call: what the gateway needs to forward calls of one token family.
--
-- Also records the MCP session, where the transport has one, with its user.
--
-- Caller    mcp, as service_role, with a verified access token in hand
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the MCP session
-- Outcomes  open | ended | upstream_ended
-- Raises    22004 when an argument other than p_session_hash is null
create function public.open_mcp_call(p_slug text, p_family_id text, p_session_hash text)
returns public.mcp_call_opening
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_family public.mcp_proxy_tokens;
  v_user public.mcp_server_user;
  v_upstream public.upstream_oauth_tokens;
  v_opening public.mcp_call_opening;
begin
  if p_slug is null or p_family_id is null then
    raise exception using errcode = '22004', message = 'p_slug and p_family_id must not be null';
  end if;

  select family.* into v_family
  from public.mcp_proxy_tokens as family
  join public.mcp_servers as server on server.id = family.mcp_server_id
  where family.id = p_family_id
    and server.slug = p_slug
    and server.disabled_at is null
    and family.revoked_at is null;
  if not found then
    v_opening.outcome := 'ended';
    return v_opening;
  end if;
  select * into v_user
  from public.mcp_server_user as holder
  where holder.id = v_family.mcp_server_user_id and holder.blocked_at is null;
  if not found then
    v_opening.outcome := 'ended';
    return v_opening;
  end if;
  select * into v_upstream
  from public.upstream_oauth_tokens as upstream
  where upstream.id = v_family.upstream_token_id and upstream.ended_at is null;
  if not found then
    v_opening.outcome := 'upstream_ended';
    return v_opening;
  end if;
  select client.client_id into v_opening.client_id
  from public.mcp_client_registrations as client
  where client.id = v_family.mcp_client_registration_id;

  if p_session_hash is not null then
    perform public.record_mcp_session(
      p_organization_id => v_family.organization_id, p_mcp_server_id => v_family.mcp_server_id,
      p_mcp_server_user_id => v_user.id, p_session_hash => p_session_hash, p_client_id => v_opening.client_id
    );
  end if;

  v_opening.outcome := 'open';
  v_opening.organization_id := v_family.organization_id;
  v_opening.mcp_server_user_id := v_user.id;
  v_opening.email := v_user.email;
  v_opening.email_verified := v_user.email_verified;
  v_opening.upstream_token_id := v_upstream.id;
  v_opening.access_token_ciphertext := v_upstream.access_token_ciphertext;
  v_opening.upstream_expires_at := v_upstream.expires_at;
  v_opening.upstream_refreshed_at := v_upstream.refreshed_at;
  return v_opening;
end
$$;

revoke all on function public.open_mcp_call from public, anon, authenticated, service_role;
grant execute on function public.open_mcp_call to service_role, gatepost_functions;

-- platform_role: what the caller may do in an organization.
--
-- Caller    the RPCs of platform users
-- Rights    invoker, granted to nobody
-- Returns   owner, admin or member; null where the caller does not belong
create function public.platform_role(p_organization_id text)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select member.role
    from public.organization_members as member
    where member.organization_id = p_organization_id and member.user_id = (select auth.uid())
  );
end
$$;

revoke all on function public.platform_role from public, anon, authenticated, service_role;

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

-- purge_expired: deletes expired rows, at most p_limit of each kind.
--
-- authorization sessions    an hour after they expire, so that a replay is still seen as one; where the
--                           login neither completed nor failed the audit counts it as login_abandoned,
--                           with what last delayed it, if the person came back
-- authorization codes       an hour after they expire, with the vault entry where nobody redeemed them
-- token families            a day after they expired or were revoked, with their vault entry
-- vault entries             a day after they ended, where they have no family and no code
-- clients without a login   when they expire, ten minutes after their last approval at the earliest
-- MCP sessions              when nobody has seen them for the organization's audit retention
-- people without a name     visitors, and those whom no provider named: likewise, unless they are blocked or a
--                           login of theirs has a vault entry; their counted calls are nobody's then
-- client assertions         when they expire
-- invitations               when they expire
-- recorded calls            after the organization's call retention: a day's partition at once
--                           (keep_call_partitions), and those that stand in the default partition
-- audit events              after that retention
--
-- Users, clients that led to a login, and vault entries that other services made
-- stay, and so does a vault entry whose refresh token serves a login. Each array
-- is read once, by an index, before anything is deleted: PostgreSQL may plan a
-- limit in a joined subquery as a scan of the whole table.
--
-- Caller    pg_cron; where it is missing, and beside it, a few of the functions' requests
--           in the background (functions/_shared/database/clean_up.ts)
-- Rights    definer, granted to service_role
-- Locks     rows that nobody else holds (skip locked), so it waits for nobody, but for
--           the counted calls of a visitor's day, for a moment. A family whose code is
--           still there stays until the next time: the lock order puts codes before
--           families
-- Returns   how many rows it deleted, without those that a foreign key deleted
-- Raises    22004 when p_limit is null
create function public.purge_expired(p_limit integer default 1000)
returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_unredeemed_ids text[];
  v_organization_ids text[];
  v_visitor_ids text[];
  v_deleted integer;
  v_total integer := 0;
begin
  if p_limit is null then
    raise exception using errcode = '22004', message = 'p_limit must not be null';
  end if;

  with expired_session as (
    delete from public.mcp_authorization_sessions as session
    where session.id = any (array(
      select expired.id from public.mcp_authorization_sessions as expired
      where expired.expires_at < now() - interval '1 hour'
      order by expired.expires_at
      limit p_limit
      for update skip locked
    ))
    returning session.*
  ), abandoned_login as (
    select session.organization_id, session.mcp_server_id, session.request_id, session.created_at,
      session.expires_at, client.client_id,
      case when client.first_used_at is not null then client.client_id end as used_client_id,
      coalesce(
        delay.reason,
        case when session.claimed_at is null then 'provider_sent_nobody_back' else 'callback_did_not_finish' end
      ) as reason,
      delay.detail,
      date_bin('1 hour', session.expires_at, 'epoch') as hour
    from expired_session as session
    left join public.mcp_client_registrations as client on client.id = session.mcp_client_registration_id
    left join lateral (
      select delayed.reason, delayed.detail
      from public.mcp_audit_events as delayed
      where delayed.request_id = session.request_id
        and delayed.organization_id = session.organization_id
        and delayed.event = 'login_delayed'
      order by delayed.id desc
      limit 1
    ) as delay on session.claimed_at is null
    where session.completed_at is null and session.failed_at is null
  ), counted_login as (
    insert into public.mcp_audit_events as event
      (organization_id, mcp_server_id, client_id, event, reason, detail, request_id, repeated_request_ids, occurrences,
       began_at, occurred_at, last_occurred_at, keep_until, repeat_key)
    select
      login.organization_id, login.mcp_server_id, max(login.client_id), 'login_abandoned', login.reason, login.detail,
      min(login.request_id), (array_agg(login.request_id))[:20], count(*), min(login.created_at), min(login.expires_at),
      max(login.expires_at), public.audit_keep_until(login.organization_id),
      public.audit_repeat_key(
        p_organization_id => login.organization_id, p_mcp_server_id => login.mcp_server_id,
        p_mcp_server_user_id => null, p_client_id => login.used_client_id, p_event => 'login_abandoned',
        p_reason => login.reason, p_detail => login.detail, p_occurred_at => login.hour
      ) as repeat_key
    from abandoned_login as login
    group by login.organization_id, login.mcp_server_id, login.used_client_id, login.reason, login.detail, login.hour
    order by repeat_key
    on conflict on constraint audit_event_is_repeated_in_one_row do update
    set occurrences = event.occurrences + excluded.occurrences,
        last_occurred_at = greatest(event.last_occurred_at, excluded.last_occurred_at)
  )
  select count(*) into v_deleted from expired_session;
  v_total := v_total + v_deleted;

  with expired_code as (
    delete from public.mcp_authorization_codes as code
    where code.code_hash = any (array(
      select expired.code_hash
      from (
        select old.code_hash, old.upstream_token_id from public.mcp_authorization_codes as old
        where old.expires_at < now() - interval '1 hour'
        order by old.expires_at
        limit p_limit
        for update skip locked
      ) as expired
      join public.upstream_oauth_tokens as upstream on upstream.id = expired.upstream_token_id
      for update of upstream skip locked
    ))
    returning code.upstream_token_id, code.mcp_proxy_token_id
  )
  select count(*), array_agg(expired_code.upstream_token_id) filter (where expired_code.mcp_proxy_token_id is null)
  into v_deleted, v_unredeemed_ids
  from expired_code;
  v_total := v_total + v_deleted;

  perform public.delete_unredeemed_logins(p_upstream_token_ids => v_unredeemed_ids);

  delete from public.upstream_oauth_tokens as upstream
  where upstream.id = any (array(
    select family.upstream_token_id
    from public.mcp_proxy_tokens as family
    join public.upstream_oauth_tokens as own on own.id = family.upstream_token_id
    where family.expires_on < ((now() - interval '1 day') at time zone 'UTC')::date
      and not exists (
        select from public.mcp_authorization_codes as code where code.upstream_token_id = own.id
      )
      and not public.is_lived_on(p_holder_id => own.id)
    order by family.expires_on
    limit p_limit
    for update of family, own skip locked
  ));
  get diagnostics v_deleted = row_count;
  v_total := v_total + v_deleted;

  delete from public.upstream_oauth_tokens as upstream
  where upstream.id = any (array(
    select dead.id from public.upstream_oauth_tokens as dead
    where dead.ended_at < now() - interval '1 day'
      and not exists (select from public.mcp_proxy_tokens as family where family.upstream_token_id = dead.id)
      and not exists (select from public.mcp_authorization_codes as code where code.upstream_token_id = dead.id)
      and not public.is_lived_on(p_holder_id => dead.id)
    order by dead.ended_at
    limit p_limit
    for update skip locked
  ));
  get diagnostics v_deleted = row_count;
  v_total := v_total + v_deleted;

  delete from public.mcp_client_registrations as client
  where client.id = any (array(
    select unused.id from public.mcp_client_registrations as unused
    where unused.expires_at < now()
      and (unused.last_used_at is null or unused.last_used_at < now() - interval '10 minutes')
    order by unused.expires_at
    limit p_limit
    for update skip locked
  ));
  get diagnostics v_deleted = row_count;
  v_total := v_total + v_deleted;

  delete from public.mcp_client_assertions as assertion
  where assertion.ctid = any (array(
    select expired.ctid from public.mcp_client_assertions as expired
    where expired.expires_at < now()
    order by expired.expires_at
    limit p_limit
    for update skip locked
  ));
  get diagnostics v_deleted = row_count;
  v_total := v_total + v_deleted;

  delete from public.organization_invitations as invitation
  where invitation.id = any (array(
    select expired.id from public.organization_invitations as expired
    where expired.expires_at < now()
    order by expired.expires_at
    limit p_limit
    for update skip locked
  ));
  get diagnostics v_deleted = row_count;
  v_total := v_total + v_deleted;

  delete from public.mcp_server_session as history
  where history.id = any (array(
    select old.id from public.mcp_server_session as old
    where old.keep_until < (now() at time zone 'UTC')::date
    order by old.keep_until
    limit p_limit
    for update skip locked
  ));
  get diagnostics v_deleted = row_count;
  v_total := v_total + v_deleted;

  update public.mcp_server_user as holder
  set keep_until = (public.audit_keep_until(holder.organization_id) at time zone 'UTC')::date
  where holder.id = any (array(
    select old.id from public.mcp_server_user as old
    where old.keep_until < (now() at time zone 'UTC')::date
      and exists (
        select from public.upstream_oauth_tokens as login
        where login.organization_id = old.organization_id and login.mcp_server_user_id = old.id
      )
    order by old.keep_until
    limit p_limit
    for update skip locked
  ));
  with forgotten as (
    delete from public.mcp_server_user as visitor
    where visitor.id = any (array(
      select old.id from public.mcp_server_user as old
      where old.keep_until < (now() at time zone 'UTC')::date
        and old.blocked_at is null
        and not exists (
          select from public.upstream_oauth_tokens as login
          where login.organization_id = old.organization_id and login.mcp_server_user_id = old.id
        )
      order by old.keep_until
      limit p_limit
      for update skip locked
    ))
    returning visitor.organization_id, visitor.id
  )
  select count(*), array_agg(forgotten.organization_id), array_agg(forgotten.id)
  into v_deleted, v_organization_ids, v_visitor_ids
  from forgotten;
  v_total := v_total + v_deleted;
  perform public.forget_mcp_callers(
    p_organization_ids => v_organization_ids, p_mcp_server_user_ids => v_visitor_ids
  );

  delete from gatepost_calls.rest as unplaced
  where unplaced.ctid = any (array(
    select old.ctid from gatepost_calls.rest as old
    where old.keep_until < (now() at time zone 'UTC')::date
    order by old.keep_until
    limit p_limit
    for update skip locked
  ));
  get diagnostics v_deleted = row_count;
  v_total := v_total + v_deleted;

  delete from public.mcp_audit_events as event
  where event.id = any (array(
    select old.id from public.mcp_audit_events as old
    where old.keep_until < now()
    order by old.keep_until
    limit p_limit
    for update skip locked
  ));
  get diagnostics v_deleted = row_count;
  v_total := v_total + v_deleted;

  perform public.keep_call_partitions();
  return v_total;
end
$$;

revoke all on function public.purge_expired from public, anon, authenticated, service_role;
grant execute on function public.purge_expired to service_role, gatepost_functions;

-- read_client_secret: the sealed client secret of a config, to be compared with one that is saved.
--
-- Two ciphertexts of one secret differ, so only who opens both can tell that
-- nothing has changed.
--
-- Caller    oauth-configs, as service_role, for a platform user who belongs to the config's organization
-- Rights    definer: service_role may call this, and may not touch the tables
-- Outcomes  found | unknown_config; without a secret client_secret_ciphertext is null
-- Raises    22004 when p_oauth_config_id is null
create function public.read_client_secret(p_oauth_config_id text)
returns public.client_secret_reading
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_reading public.client_secret_reading;
begin
  if p_oauth_config_id is null then
    raise exception using errcode = '22004', message = 'p_oauth_config_id must not be null';
  end if;

  select config.client_secret_ciphertext into v_reading.client_secret_ciphertext
  from public.custom_oauth_configs as config
  where config.id = p_oauth_config_id;
  v_reading.outcome := case when found then 'found' else 'unknown_config' end;
  return v_reading;
end
$$;

revoke all on function public.read_client_secret from public, anon, authenticated, service_role;
grant execute on function public.read_client_secret to service_role, gatepost_functions;

-- read_mcp_calls: the elements of a batch that are well-formed.
--
-- Numbers are brought within what their columns hold, texts are cut. A call that
-- began more than a year ago or begins in an hour is left out like one that is
-- malformed. Of an initialize the name is the MCP client and its version. No more
-- than 1,000 elements are read.
--
-- Caller    record_mcp_calls
-- Rights    invoker, granted to nobody
-- Raises    22023 when p_calls is no list
create function public.read_mcp_calls(p_calls jsonb)
returns setof public.mcp_call_entry
language plpgsql
stable
set search_path = ''
as $$
declare
  v_element jsonb;
  v_started text;
  v_entry public.mcp_call_entry;
begin
  for v_element, v_entry.place in
    select element.value, element.ordinality
    from jsonb_array_elements(p_calls) with ordinality as element
    where element.ordinality <= 1000 and public.is_mcp_call(element.value)
  loop
    v_started := v_element ->> 'started_at';
    -- The last days of a month overflow into the next one instead of raising.
    v_entry.day := make_date(substr(v_started, 1, 4)::integer, substr(v_started, 6, 2)::integer, 1)
      + substr(v_started, 9, 2)::integer - 1;
    v_entry.started_at := (v_entry.day + rtrim(substr(v_started, 12), 'Z')::time) at time zone 'UTC';
    continue when v_entry.started_at not between now() - interval '365 days' and now() + interval '1 hour';

    v_entry.organization_id := v_element ->> 'organization_id';
    v_entry.mcp_server_id := v_element ->> 'mcp_server_id';
    v_entry.mcp_server_user_id := v_element ->> 'mcp_server_user_id';
    v_entry.session_hash := v_element ->> 'session_hash';
    v_entry.client_id := v_element ->> 'client_id';
    v_entry.method := left(v_element ->> 'method', 100);
    v_entry.is_call := v_entry.method in ('tools/call', 'prompts/get', 'resources/read')
      and coalesce(v_element ->> 'name', '') <> '';
    v_entry.name := case
      when v_entry.is_call then left(v_element ->> 'name', 256)
      when v_entry.method = 'initialize' and v_element ->> 'client_name' <> ''
        then left(v_element ->> 'client_name', 100) || '/'
          || translate(left(coalesce(v_element ->> 'client_version', ''), 50), '/', '_')
      else ''
    end;
    v_entry.milliseconds := least(greatest((v_element -> 'milliseconds')::numeric, 0), 2147483647)::integer;
    v_entry.outcome := v_element ->> 'outcome';
    v_entry.error_code := case
      when (nullif(v_element -> 'error_code', 'null'))::numeric between -2147483648 and 2147483647
        then (v_element -> 'error_code')::integer
    end;
    v_entry.http_status := case
      when (nullif(v_element -> 'http_status', 'null'))::numeric between 100 and 599
        then (v_element -> 'http_status')::integer
    end;
    v_entry.bytes_in := least(greatest((v_element -> 'bytes_in')::numeric, 0), 1e15)::bigint;
    v_entry.bytes_out := least(greatest((v_element -> 'bytes_out')::numeric, 0), 1e15)::bigint;
    v_entry.arguments := nullif(v_element -> 'arguments', 'null');
    v_entry.result := nullif(v_element -> 'result', 'null');
    return next v_entry;
  end loop;
end
$$;

revoke all on function public.read_mcp_calls from public, anon, authenticated, service_role;

-- read_token_introspection: what is known of a token of one server.
--
-- An access token, verified by the caller, names its family by id; a refresh
-- token by handle and hash, and only the present one is active. Where a client
-- is named, a token of another one is as inactive as one that never was, and so is
-- one of Gatepost's own page for anybody: it is no token of an MCP server.
--
-- Caller    introspect_token, introspect_own_token
-- Rights    invoker, granted to nobody
-- Locks     none
-- Outcomes  active | inactive
create function public.read_token_introspection(
  p_mcp_server_id text,
  p_mcp_client_registration_id text,
  p_family_id text,
  p_handle_hash text,
  p_refresh_hash text
)
returns public.token_introspection
language plpgsql
stable
set search_path = ''
as $$
declare
  v_family public.mcp_proxy_tokens;
  v_client public.mcp_client_registrations;
  v_user public.mcp_server_user;
  v_introspection public.token_introspection;
begin
  if p_family_id is not null then
    select * into v_family from public.mcp_proxy_tokens as family where family.id = p_family_id;
  else
    select * into v_family
    from public.mcp_proxy_tokens as family
    where family.handle_hash = p_handle_hash and family.refresh_hash = p_refresh_hash and family.expires_at > now();
  end if;
  select * into v_client
  from public.mcp_client_registrations as client
  where client.id = v_family.mcp_client_registration_id;
  if v_family.mcp_server_id = p_mcp_server_id and v_client.kind <> 'gatepost' and v_family.revoked_at is null
    and v_family.mcp_client_registration_id
      = coalesce(p_mcp_client_registration_id, v_family.mcp_client_registration_id) then
    select * into v_user
    from public.mcp_server_user as holder
    where holder.id = v_family.mcp_server_user_id and holder.blocked_at is null;
  end if;
  if v_user.id is null then
    v_introspection.outcome := 'inactive';
    return v_introspection;
  end if;

  v_introspection.outcome := 'active';
  v_introspection.client_id := v_client.client_id;
  v_introspection.family_id := v_family.id;
  v_introspection.organization_id := v_family.organization_id;
  v_introspection.mcp_server_user_id := v_user.id;
  v_introspection.resource := v_family.resource;
  v_introspection.scope := v_family.scope;
  v_introspection.auth_time := v_family.auth_time;
  v_introspection.created_at := v_family.created_at;
  v_introspection.expires_at := v_family.expires_at;
  v_introspection.email := v_user.email;
  v_introspection.email_verified := v_user.email_verified;
  return v_introspection;
end
$$;

revoke all on function public.read_token_introspection from public, anon, authenticated, service_role;

-- read_userinfo: the profile behind a living token family.
--
-- Caller    oauth-userinfo, as service_role, with a verified access token in hand
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     none
-- Outcomes  found | ended
-- Raises    22004 when an argument is null
create function public.read_userinfo(p_slug text, p_family_id text)
returns public.userinfo_reading
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_user public.mcp_server_user;
  v_reading public.userinfo_reading;
begin
  if p_slug is null or p_family_id is null then
    raise exception using errcode = '22004', message = 'p_slug and p_family_id must not be null';
  end if;

  select holder.* into v_user
  from public.mcp_proxy_tokens as family
  join public.mcp_servers as server on server.id = family.mcp_server_id
  join public.mcp_server_user as holder on holder.id = family.mcp_server_user_id
  where family.id = p_family_id
    and server.slug = p_slug
    and server.disabled_at is null
    and family.revoked_at is null
    and holder.blocked_at is null;
  if not found then
    v_reading.outcome := 'ended';
    return v_reading;
  end if;

  v_reading.outcome := 'found';
  v_reading.mcp_server_user_id := v_user.id;
  v_reading.organization_id := v_user.organization_id;
  v_reading.email := v_user.email;
  v_reading.email_verified := v_user.email_verified;
  v_reading.profile := v_user.profile_data;
  return v_reading;
end
$$;

revoke all on function public.read_userinfo from public, anon, authenticated, service_role;
grant execute on function public.read_userinfo to service_role, gatepost_functions;

-- record_audit_event: writes what a client or an end user did; nothing else writes it.
--
-- The same again within an hour is counted in the same row, which then names the
-- last client and up to 20 more request ids: a caller may repeat a request for
-- ever. Anybody may make clients, so the events of those that have led to no
-- login are counted together. The caller says so with p_of_any_client.
--
-- Caller    the RPCs, inside their own transaction
-- Rights    invoker, granted to nobody
-- Locks     the row that counts
create function public.record_audit_event(
  p_organization_id text,
  p_event text,
  p_reason text default null,
  p_mcp_server_id text default null,
  p_mcp_server_user_id text default null,
  p_client_id text default null,
  p_detail jsonb default null,
  p_of_any_client boolean default false,
  p_began_at timestamptz default null
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into public.mcp_audit_events as event
    (organization_id, mcp_server_id, mcp_server_user_id, client_id, event, reason, detail, request_id, began_at,
     keep_until, repeat_key)
  values
    (p_organization_id, p_mcp_server_id, p_mcp_server_user_id, p_client_id, p_event, p_reason, p_detail,
     public.current_request_id(), p_began_at, public.audit_keep_until(p_organization_id),
     public.audit_repeat_key(
       p_organization_id => p_organization_id, p_mcp_server_id => p_mcp_server_id,
       p_mcp_server_user_id => p_mcp_server_user_id,
       p_client_id => case when not p_of_any_client then p_client_id end,
       p_event => p_event, p_reason => p_reason, p_detail => p_detail, p_occurred_at => now()
     ))
  on conflict on constraint audit_event_is_repeated_in_one_row do update
  set occurrences = event.occurrences + 1,
      last_occurred_at = now(),
      client_id = excluded.client_id,
      repeated_request_ids = (coalesce(event.repeated_request_ids, '{}') || excluded.request_id)[
        greatest(1, coalesce(cardinality(event.repeated_request_ids), 0) - 18):
      ];
end
$$;

revoke all on function public.record_audit_event from public, anon, authenticated, service_role;

-- record_mcp_calls: records a batch of MCP requests, and counts them.
--
-- An element that is malformed, or whose organization, server and user do not belong
-- together, is left out and spoils nothing for the others. A person has a number of
-- recorded calls a day (row_bounds); more are counted only, and so is a call whose
-- retention is over. A session that is unknown, or another person's, is left out of
-- the call. The caller cuts and redacts payloads; here they are only refused where the
-- server does not want them.
--
-- An element has organization_id, mcp_server_id, mcp_server_user_id, session_hash,
-- client_id, method, name, started_at (ISO, UTC), milliseconds, outcome, error_code,
-- http_status, bytes_in, bytes_out, arguments, result; of an initialize also
-- client_name and client_version, as its clientInfo says.
--
-- Caller    mcp, as service_role, in the background
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     servers and end users against deletion (skip locked), the names of a server
--           (advisory), the activity of users, active days, days and sums of calls, then
--           users whom nobody holds
--           (lock order: supabase/schemas/README.md)
-- Outcomes  recorded
-- Raises    22004 when p_calls is null; 22023 when it is no list
create function public.record_mcp_calls(p_calls jsonb)
returns public.mcp_call_recording
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_entries public.mcp_call_entry[];
  v_named public.mcp_call_entry[];
  v_recording public.mcp_call_recording;
begin
  if p_calls is null then
    raise exception using errcode = '22004', message = 'p_calls must not be null';
  end if;
  if jsonb_typeof(p_calls) <> 'array' then
    raise exception using errcode = '22023', message = 'p_calls must be a list';
  end if;

  select array_agg(entry) into v_entries from public.read_mcp_calls(p_calls => p_calls) as entry;
  select array_agg(entry) into v_entries from public.hold_mcp_callers(p_entries => v_entries) as entry;
  v_recording.outcome := 'recorded';
  v_recording.recorded := coalesce(cardinality(v_entries), 0);
  v_recording.left_out := jsonb_array_length(p_calls) - v_recording.recorded;
  if v_recording.recorded = 0 then
    return v_recording;
  end if;

  select array_agg(entry) into v_named from public.name_mcp_calls(p_entries => v_entries) as entry;
  perform public.count_active_users(p_entries => v_named);
  perform public.insert_mcp_calls(p_entries => v_entries);
  perform public.count_mcp_calls(p_entries => v_named);
  return v_recording;
end
$$;

revoke all on function public.record_mcp_calls from public, anon, authenticated, service_role;
grant execute on function public.record_mcp_calls to service_role, gatepost_functions;

-- record_mcp_session: notes that an end user or a visitor was seen in an MCP session.
--
-- Anybody may invent session ids, so a user has a number of new ones an hour;
-- more are not recorded. One that is known costs one statement.
--
-- Caller    open_mcp_call, open_anonymous_call
-- Rights    invoker, granted to nobody
-- Locks     the MCP session
create function public.record_mcp_session(
  p_organization_id text,
  p_mcp_server_id text,
  p_mcp_server_user_id text,
  p_session_hash text,
  p_client_id text
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_keep_until date := (public.audit_keep_until(p_organization_id) at time zone 'UTC')::date;
  v_bound public.row_bounds;
begin
  update public.mcp_server_session as known
  set last_seen_at = now(), keep_until = v_keep_until
  where known.mcp_server_id = p_mcp_server_id
    and known.mcp_server_user_id = p_mcp_server_user_id
    and known.session_hash = p_session_hash;
  if found then
    return;
  end if;

  select * into strict v_bound
  from public.row_bounds as bound
  where bound.kind = case when p_client_id is null then 'MCP session of a visitor' else 'MCP session' end;
  if exists (
    select from public.mcp_server_session as newcomer
    where newcomer.organization_id = p_organization_id
      and newcomer.mcp_server_user_id = p_mcp_server_user_id
      and newcomer.first_seen_at > now() - v_bound.counted_in
    offset v_bound.of_source - 1
  ) then
    return;
  end if;
  insert into public.mcp_server_session
    (organization_id, mcp_server_id, mcp_server_user_id, session_hash, client_id, keep_until)
  values
    (p_organization_id, p_mcp_server_id, p_mcp_server_user_id, p_session_hash, p_client_id, v_keep_until)
  on conflict on constraint mcp_session_is_unique_on_its_server do nothing;
end
$$;

revoke all on function public.record_mcp_session from public, anon, authenticated, service_role;

-- record_platform_event: writes what a platform user did; nothing else writes it.
--
-- Caller    the RPCs of platform users, inside their own transaction
-- Rights    invoker, granted to nobody
create function public.record_platform_event(
  p_organization_id text,
  p_event text,
  p_object_id text default null,
  p_mcp_server_id text default null,
  p_mcp_server_user_id text default null
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into public.mcp_audit_events
    (organization_id, mcp_server_id, mcp_server_user_id, platform_user_id, object_id, event, request_id,
     keep_until)
  values
    (p_organization_id, p_mcp_server_id, p_mcp_server_user_id, auth.uid(), p_object_id, p_event,
     public.current_request_id(), public.audit_keep_until(p_organization_id));
end
$$;

revoke all on function public.record_platform_event from public, anon, authenticated, service_role;

-- recount_mcp_callers: what follows from the counted calls of some people: which tools they use, and when they called.
--
-- The sums of a day know how many people had their last day then, so they change by
-- the difference.
--
-- Caller    move_mcp_calls, which holds the activity of these people
-- Rights    invoker, granted to nobody
-- Locks     the sums of calls
create function public.recount_mcp_callers(p_organization_id text, p_mcp_server_user_ids text[])
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into public.mcp_call_sums as total
    (organization_id, mcp_server_id, day, method, name, calls, succeeded, failed, refused, cancelled, known_calls,
     visitor_calls, milliseconds, bytes_in, bytes_out, durations, last_users)
  select p_organization_id, step.mcp_server_id, step.day, step.method, step.name, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    array_fill(0, array[80]), sum(step.users)
  from (
    select known.mcp_server_id, known.last_called_on as day, known.method, known.name, -1 as users
    from public.mcp_tool_users as known
    where known.organization_id = p_organization_id and known.mcp_server_user_id = any (p_mcp_server_user_ids)
    union all
    select counted.mcp_server_id, max(counted.day), counted.method, counted.name, 1
    from public.mcp_call_days as counted
    where counted.organization_id = p_organization_id and counted.mcp_server_user_id = any (p_mcp_server_user_ids)
    group by counted.mcp_server_user_id, counted.mcp_server_id, counted.method, counted.name
  ) as step
  group by step.mcp_server_id, step.day, step.method, step.name
  having sum(step.users) <> 0
  order by step.day, step.mcp_server_id, step.method, step.name
  on conflict on constraint call_sum_is_one_row do update
  set last_users = total.last_users + excluded.last_users;

  delete from public.mcp_tool_users as known
  where known.organization_id = p_organization_id and known.mcp_server_user_id = any (p_mcp_server_user_ids);
  insert into public.mcp_tool_users
    (organization_id, mcp_server_user_id, mcp_server_id, method, name, first_called_on, last_called_on, calls, failed,
     milliseconds)
  select counted.organization_id, counted.mcp_server_user_id, counted.mcp_server_id, counted.method, counted.name,
    min(counted.day), max(counted.day), sum(counted.calls),
    coalesce(
      sum(counted.calls)
        filter (where counted.outcome in ('tool_error', 'rpc_error', 'http_error', 'unanswered')),
      0
    ),
    sum(counted.milliseconds)
  from public.mcp_call_days as counted
  where counted.organization_id = p_organization_id and counted.mcp_server_user_id = any (p_mcp_server_user_ids)
  group by counted.organization_id, counted.mcp_server_user_id, counted.mcp_server_id, counted.method, counted.name;

  update public.mcp_user_activity as activity
  set first_called_on = counted.first_called_on,
      last_called_on = counted.last_called_on,
      calls = coalesce(counted.calls, 0),
      came_back_on = (
        select min(later.day) from public.mcp_call_days as later
        where later.organization_id = p_organization_id
          and later.mcp_server_user_id = person.id
          and later.day >= counted.first_called_on + 3
          and later.method <> 'initialize'
      ),
      last_day_calls = coalesce(
        (
          select sum(latest.calls) from public.mcp_call_days as latest
          where latest.organization_id = p_organization_id
            and latest.mcp_server_user_id = person.id
            and latest.day = counted.last_called_on
            and latest.method <> 'initialize'
        ),
        0
      )
  from unnest(p_mcp_server_user_ids) as person (id)
  left join lateral (
    select min(each.day) as first_called_on, max(each.day) as last_called_on, sum(each.calls) as calls
    from public.mcp_call_days as each
    where each.organization_id = p_organization_id
      and each.mcp_server_user_id = person.id
      and each.method <> 'initialize'
  ) as counted on true
  where activity.organization_id = p_organization_id and activity.mcp_server_user_id = person.id;
  perform public.note_first_calls(p_mcp_server_user_ids => p_mcp_server_user_ids);
end
$$;

revoke all on function public.recount_mcp_callers from public, anon, authenticated, service_role;

-- redeem_authorization_code: spends a code and starts its token family.
--
-- A code is good once. A second presentation means two parties hold it, so
-- the grant it produced is revoked (RFC 6749 section 4.1.2). That revocation
-- has to outlive the refusal, so refusals are returned: raising would roll
-- it back. A refused presentation spends the code as well, unless the client
-- did not prove itself.
--
-- A login at Gatepost's own page (open_connections_client) lasts a quarter of an hour
-- and calls no MCP server. So its vault entry ends at once. The provider is not told:
-- some end all logins of the person then.
--
-- Caller    oauth-token, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the client's assertion, the code, then its token family or those that make room for it, then the vault
--           entry of a login at Gatepost's own page, lender first (lock order: supabase/schemas/README.md)
-- Outcomes  redeemed | unknown | expired | replayed | wrong_client | wrong_redirect_uri | wrong_verifier |
--           wrong_resource | user_blocked, or a refusal of authenticate_mcp_client
-- Raises    22004 when an argument that must be there is null
create function public.redeem_authorization_code(
  p_slug text,
  p_client_id text,
  p_client_secret_hash text,
  p_code_hash text,
  p_redirect_uri text,
  p_code_challenge text,
  p_resource text,
  p_handle_hash text,
  p_refresh_hash text,
  p_assertion_hash text default null,
  p_assertion_expires_at timestamptz default null
)
returns public.token_grant
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_client public.client_authentication;
  v_code public.mcp_authorization_codes;
  v_user public.mcp_server_user;
  v_is_own_page boolean;
  v_refusal text;
  v_grant public.token_grant;
begin
  if p_slug is null or p_client_id is null or p_code_hash is null or p_code_challenge is null
    or p_handle_hash is null or p_refresh_hash is null then
    raise exception using errcode = '22004', message = 'a redemption names its server, client, code and successors';
  end if;

  v_client := public.authenticate_mcp_client(
    p_slug => p_slug, p_client_id => p_client_id, p_client_secret_hash => p_client_secret_hash,
    p_assertion_hash => p_assertion_hash, p_assertion_expires_at => p_assertion_expires_at
  );
  if v_client.outcome <> 'authenticated' then
    v_grant.outcome := v_client.outcome;
    return v_grant;
  end if;

  select * into v_code
  from public.mcp_authorization_codes as code
  where code.code_hash = p_code_hash and code.mcp_server_id = v_client.mcp_server_id
  for update;
  if not found then
    v_grant.outcome := 'unknown';
    return v_grant;
  end if;
  select * into v_user from public.mcp_server_user as holder where holder.id = v_code.mcp_server_user_id;

  v_refusal := case
    when v_code.spent_at is not null then 'replayed'
    when v_code.mcp_client_registration_id <> v_client.mcp_client_registration_id then 'wrong_client'
    when v_code.expires_at <= now() then 'expired'
    when p_redirect_uri is distinct from v_code.redirect_uri then 'wrong_redirect_uri'
    when p_code_challenge <> v_code.code_challenge then 'wrong_verifier'
    when p_resource <> v_code.resource then 'wrong_resource'
    when v_user.blocked_at is not null then 'user_blocked'
  end;
  if v_refusal is not null then
    update public.mcp_authorization_codes as code
    set spent_at = coalesce(code.spent_at, now())
    where code.code_hash = v_code.code_hash;
    update public.mcp_proxy_tokens as family
    set revoked_at = now(), revoked_reason = 'code_replayed', expires_at = least(family.expires_at, now())
    where family.id = v_code.mcp_proxy_token_id and family.revoked_at is null;
    perform public.record_audit_event(
      p_organization_id => v_code.organization_id,
      p_event => 'code_refused',
      p_reason => v_refusal,
      p_mcp_server_id => v_code.mcp_server_id,
      p_mcp_server_user_id => v_code.mcp_server_user_id,
      p_client_id => v_client.client_id
    );
    v_grant.outcome := v_refusal;
    return v_grant;
  end if;

  v_is_own_page := v_client.kind = 'gatepost';
  if v_is_own_page then
    v_client.access_token_seconds := least(v_client.access_token_seconds, 900);
    v_client.refresh_token_seconds := v_client.access_token_seconds;
  end if;
  perform public.end_surplus_families(p_code => v_code, p_client_id => v_client.client_id);
  insert into public.mcp_proxy_tokens
    (organization_id, mcp_server_id, mcp_client_registration_id, mcp_server_user_id, upstream_token_id, resource, scope,
     auth_time, handle_hash, refresh_hash, expires_at)
  values
    (v_code.organization_id, v_code.mcp_server_id, v_code.mcp_client_registration_id, v_user.id,
     v_code.upstream_token_id, v_code.resource, v_code.scope, v_code.auth_time, p_handle_hash, p_refresh_hash,
     now() + make_interval(secs => v_client.refresh_token_seconds))
  returning id into v_grant.family_id;
  update public.mcp_authorization_codes as code
  set spent_at = now(), mcp_proxy_token_id = v_grant.family_id
  where code.code_hash = v_code.code_hash;
  if v_is_own_page then
    perform public.lock_refresh_holder(p_upstream_token_id => v_code.upstream_token_id);
    update public.upstream_oauth_tokens as upstream
    set ended_at = now(), ended_reason = 'not_needed'
    where upstream.id = v_code.upstream_token_id and upstream.ended_at is null;
  end if;

  v_grant.outcome := 'redeemed';
  v_grant.organization_id := v_code.organization_id;
  v_grant.mcp_server_user_id := v_user.id;
  v_grant.client_id := v_client.client_id;
  v_grant.resource := v_code.resource;
  v_grant.scope := v_code.scope;
  v_grant.nonce := v_code.nonce;
  v_grant.auth_time := v_code.auth_time;
  v_grant.access_token_seconds := v_client.access_token_seconds;
  v_grant.email := v_user.email;
  v_grant.email_verified := v_user.email_verified;
  v_grant.profile := v_user.profile_data;
  return v_grant;
end
$$;

revoke all on function public.redeem_authorization_code from public, anon, authenticated, service_role;
grant execute on function public.redeem_authorization_code to service_role, gatepost_functions;

-- redirect_place: where a redirect URI leads, as registration_redirect_hosts names it.
--
-- The host of an https URI without its port; "localhost" for the three loopback
-- hosts; the scheme of an app with its colon. Null for anything else. The URIs
-- have the normal form that the registration endpoint demands, so each place has
-- one spelling.
--
-- Caller    register_mcp_client, open_authorization_session
-- Rights    invoker, granted to nobody
create function public.redirect_place(p_redirect_uri text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case
    when p_redirect_uri ~ '^https:' then substring(p_redirect_uri from '^https://([^/?#:@]+)(?::[0-9]+)?(?:[/?]|$)')
    when p_redirect_uri ~ '^http:' then
      case when p_redirect_uri ~ '^http://(127\.0\.0\.1|\[::1\]|localhost)(:[0-9]+)?([/?]|$)' then 'localhost' end
    else substring(p_redirect_uri from '^[a-z][a-z0-9+.-]*:')
  end;
end
$$;

revoke all on function public.redirect_place from public, anon, authenticated, service_role;

-- refresh_grace: how long after its first use a refresh token is still answered.
--
-- Caller    rotate_refresh_token and its helpers
-- Rights    invoker, granted to nobody
-- Locks     none
create function public.refresh_grace()
returns interval
language plpgsql
immutable
set search_path = ''
as $$
begin
  return interval '60 seconds';
end
$$;

revoke all on function public.refresh_grace from public, anon, authenticated, service_role;

-- refresh_user_profile: stores what the provider says of a user at an upstream refresh.
--
-- The rules are those of a login, as provision_mcp_server_user has them: source
-- and subject must lead to this very user, and an address never moves a login.
-- Members of the profile that the provider's answer does not name stay: a login
-- also has the claims of an id_token.
--
-- Caller    mcp, as service_role, after a refresh, when the profile is older than a day
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the user
-- Outcomes  refreshed | ended | wrong_subject | user_blocked
-- Raises    22004 when the vault entry, the subject or the profile is null; 22023 when an argument is too long
create function public.refresh_user_profile(
  p_upstream_token_id text,
  p_upstream_issuer text,
  p_upstream_sub text,
  p_email text,
  p_email_verified boolean,
  p_profile jsonb
)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_upstream public.upstream_oauth_tokens;
  v_config public.custom_oauth_configs;
  v_email text := nullif(btrim(p_email), '');
begin
  if p_upstream_token_id is null or p_upstream_sub is null or p_profile is null then
    raise exception using errcode = '22004', message = 'a profile comes with its vault entry and its subject';
  end if;
  if char_length(v_email) > 320 or jsonb_typeof(p_profile) <> 'object' then
    raise exception using errcode = '22023', message = 'an address is too long, or a profile is no object';
  end if;

  select * into v_upstream
  from public.upstream_oauth_tokens as upstream
  where upstream.id = p_upstream_token_id and upstream.ended_at is null;
  if not found then
    return 'ended';
  end if;
  select * into v_config from public.custom_oauth_configs as config where config.id = v_upstream.oauth_config_id;
  if not exists (
    select from public.mcp_server_user_identities as identity
    where identity.organization_id = v_upstream.organization_id
      and identity.source = case
        when v_config.organization_id is null then v_config.id
        else coalesce(nullif(p_upstream_issuer, ''), v_config.issuer, v_config.id)
      end
      and identity.subject = p_upstream_sub
      and identity.mcp_server_user_id = v_upstream.mcp_server_user_id
  ) then
    return 'wrong_subject';
  end if;

  update public.mcp_server_user as known
  set email = coalesce(v_email, known.email),
      email_verified = case when v_email is null then known.email_verified else coalesce(p_email_verified, false) end,
      -- A provider that names its claims anew each time must not let a profile grow.
      profile_data = case
        when pg_column_size(known.profile_data || p_profile) <= 65536 then known.profile_data || p_profile
        else p_profile
      end,
      profile_refreshed_at = now()
  where known.id = v_upstream.mcp_server_user_id and known.blocked_at is null;
  return case when found then 'refreshed' else 'user_blocked' end;
end
$$;

revoke all on function public.refresh_user_profile from public, anon, authenticated, service_role;
grant execute on function public.refresh_user_profile to service_role, gatepost_functions;

-- refuse_broken_rule: the answer to a change that breaks a constraint.
--
-- The comment of the constraint says the rule: the argument that breaks it, but
-- for its p_, a colon, and what the argument must be.
--
-- Caller    the RPCs of platform users
-- Rights    invoker, granted to nobody
create function public.refuse_broken_rule(p_constraint text)
returns public.platform_change
language plpgsql
stable
set search_path = ''
as $$
declare
  v_rule text := (
    select obj_description(broken.oid, 'pg_constraint')
    from pg_catalog.pg_constraint as broken
    where broken.connamespace = 'public'::regnamespace and broken.conname = p_constraint
  );
begin
  return public.refuse_platform_change(
    p_outcome => 'invalid',
    p_reason => p_constraint,
    p_argument => 'p_' || split_part(v_rule, ': ', 1),
    p_expected => substring(v_rule from ': (.*)$')
  );
end
$$;

revoke all on function public.refuse_broken_rule from public, anon, authenticated, service_role;

-- refuse_missing_value: the answer to a change that leaves out what a column needs.
--
-- Caller    the RPCs of platform users
-- Rights    invoker, granted to nobody
create function public.refuse_missing_value(p_column text)
returns public.platform_change
language plpgsql
immutable
set search_path = ''
as $$
begin
  return public.refuse_platform_change(
    p_outcome => 'invalid',
    p_reason => p_column || '_is_missing',
    p_argument => 'p_' || p_column,
    p_expected => 'given'
  );
end
$$;

revoke all on function public.refuse_missing_value from public, anon, authenticated, service_role;

-- refuse_platform_change: the answer to a change that was not made.
--
-- Caller    the RPCs of platform users
-- Rights    invoker, granted to nobody
create function public.refuse_platform_change(
  p_outcome text,
  p_reason text default null,
  p_argument text default null,
  p_expected text default null
)
returns public.platform_change
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_change public.platform_change;
begin
  v_change.outcome := p_outcome;
  v_change.reason := p_reason;
  v_change.argument := p_argument;
  v_change.expected := p_expected;
  return v_change;
end
$$;

revoke all on function public.refuse_platform_change from public, anon, authenticated, service_role;

-- register_mcp_client: stores a dynamic registration (RFC 7591 section 3).
--
-- Clients that never led to a login have a limited number of places, by server and
-- by source (row_bounds): p_source, which names the caller's address group, and
-- the place that the first redirect URI leads to. So a flood fills the places of
-- its own source.
--
-- Under the policy redirect_hosts every redirect URI has to lead to a place on
-- the server's list: one that does not refuses the whole registration. A server
-- without a sign-in has no clients.
--
-- Caller    oauth-register, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     a surplus client that nobody else holds (skip locked), then the audit row that counts
-- Outcomes  registered | crowded | unknown_server | closed | token_required | redirect_host_refused
-- Raises    22004 when an argument that must be there is null
create function public.register_mcp_client(
  p_slug text,
  p_initial_access_token_hash text,
  p_client_secret_hash text,
  p_token_endpoint_auth_method text,
  p_client_name text,
  p_redirect_uris text[],
  p_grant_types text[],
  p_client_metadata jsonb,
  p_source text default null
)
returns public.mcp_client_registration
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_id text := public.new_id('mcr_');
  v_place text;
  v_slot integer;
  v_registration public.mcp_client_registration;
begin
  if p_slug is null or p_token_endpoint_auth_method is null or p_redirect_uris is null
    or p_grant_types is null or p_client_metadata is null then
    raise exception using errcode = '22004', message = 'a registration names its server, method, redirects and grants';
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.slug = p_slug and server.disabled_at is null and server.auth_type <> 'none';
  if not found then
    v_registration.outcome := 'unknown_server';
    return v_registration;
  end if;
  if v_server.registration_policy = 'closed' then
    v_registration.outcome := 'closed';
    return v_registration;
  end if;
  if v_server.registration_policy = 'token'
    and v_server.initial_access_token_hash is distinct from p_initial_access_token_hash then
    v_registration.outcome := 'token_required';
    return v_registration;
  end if;
  if v_server.registration_policy = 'redirect_hosts' and exists (
    select from unnest(p_redirect_uris) as uri
    where public.redirect_place(uri) = any (v_server.registration_redirect_hosts) is not true
  ) then
    v_registration.outcome := 'redirect_host_refused';
    return v_registration;
  end if;

  v_place := coalesce(public.redirect_place(p_redirect_uri => p_redirect_uris[1]), 'nowhere');
  -- Another registration may take the same place meanwhile.
  for v_attempt in 1..5 loop
    v_slot := public.take_client_slot(p_mcp_server_id => v_server.id, p_source => p_source, p_place => v_place);
    insert into public.mcp_client_registrations
      (id, organization_id, mcp_server_id, client_id, kind, client_secret_hash, token_endpoint_auth_method,
       client_name, redirect_uris, grant_types, client_metadata, source, slot)
    select
      v_id, v_server.organization_id, v_server.id, v_id, 'dynamic', p_client_secret_hash, p_token_endpoint_auth_method,
      p_client_name, p_redirect_uris, p_grant_types, p_client_metadata,
      coalesce(p_source, v_place), v_slot
    where v_slot is not null
    on conflict on constraint client_slot_is_taken_once do nothing
    returning client_id, created_at into v_registration.client_id, v_registration.created_at;
    exit when found;
  end loop;
  if v_registration.client_id is null then
    v_registration.outcome := 'crowded';
    return v_registration;
  end if;

  perform public.record_audit_event(
    p_organization_id => v_server.organization_id,
    p_event => 'client_registered',
    p_mcp_server_id => v_server.id,
    p_client_id => v_registration.client_id,
    p_of_any_client => true
  );
  v_registration.outcome := 'registered';
  return v_registration;
end
$$;

revoke all on function public.register_mcp_client from public, anon, authenticated, service_role;
grant execute on function public.register_mcp_client to service_role, gatepost_functions;

-- release_upstream_refresh: gives a lease back after a temporary failure.
--
-- Only for a request that the provider has answered, or that was never sent.
-- After a time-out the refresh token may be spent: the worker then lets the
-- lease run out, which tells the next worker.
--
-- Caller    mcp, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the vault entry that holds the refresh token
-- Outcomes  released | lease_lost
-- Raises    22004 when an argument is null
create function public.release_upstream_refresh(p_upstream_token_id text, p_lease_hash text)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_holder public.upstream_oauth_tokens;
begin
  if p_upstream_token_id is null or p_lease_hash is null then
    raise exception using errcode = '22004', message = 'p_upstream_token_id and p_lease_hash must not be null';
  end if;

  v_holder := public.lock_refresh_holder(p_upstream_token_id => p_upstream_token_id);
  update public.upstream_oauth_tokens as holder
  set refresh_leased_until = null, refresh_lease_hash = null
  where holder.id = v_holder.id and holder.refresh_lease_hash = p_lease_hash;
  return case when found then 'released' else 'lease_lost' end;
end
$$;

revoke all on function public.release_upstream_refresh from public, anon, authenticated, service_role;
grant execute on function public.release_upstream_refresh to service_role, gatepost_functions;

-- remove_organization_member: takes a platform user out of an organization.
--
-- Every member may leave. Admins remove admins and members, owners remove
-- anybody. The last owner stays.
--
-- Caller    a platform user, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, so that changes of its members wait for each other
-- Outcomes  removed | forbidden | unknown_organization | unknown_user | last_owner
-- Raises    22004 when an argument is null
create function public.remove_organization_member(p_organization_id text, p_user_id uuid)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_own_role text;
  v_present_role text;
  v_change public.platform_change;
begin
  if p_organization_id is null or p_user_id is null then
    raise exception using errcode = '22004', message = 'p_organization_id and p_user_id must not be null';
  end if;

  perform from public.organizations as organization
  where organization.id = p_organization_id and public.platform_role(p_organization_id) is not null
  for no key update;
  v_own_role := public.platform_role(p_organization_id);
  if v_own_role is null then
    return public.refuse_platform_change('unknown_organization');
  end if;
  select member.role into v_present_role
  from public.organization_members as member
  where member.organization_id = p_organization_id and member.user_id = p_user_id;
  if not found then
    return public.refuse_platform_change('unknown_user');
  end if;
  if p_user_id <> auth.uid() and (v_own_role = 'member' or (v_own_role = 'admin' and v_present_role = 'owner')) then
    return public.refuse_platform_change('forbidden');
  end if;
  if v_present_role = 'owner' and not exists (
    select from public.organization_members as member
    where member.organization_id = p_organization_id and member.role = 'owner' and member.user_id <> p_user_id
  ) then
    return public.refuse_platform_change('last_owner');
  end if;

  delete from public.organization_members as member
  where member.organization_id = p_organization_id and member.user_id = p_user_id;
  perform public.record_platform_event(
    p_organization_id => p_organization_id, p_event => 'member_removed', p_object_id => p_user_id::text
  );
  v_change.outcome := 'removed';
  v_change.id := p_user_id;
  return v_change;
end
$$;

revoke all on function public.remove_organization_member from public, anon, authenticated, service_role;
grant execute on function public.remove_organization_member to authenticated;

-- report_client_refusal: notes that a provider refuses the client itself, and gives the lease back.
--
-- No login ends: the owner alone can mend it, and then all of them go on. The
-- config says so until the provider answers again or the client is saved anew;
-- the audit says so once for each such time and reason.
--
-- Caller    mcp, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the config, then the vault entry that holds the refresh token
--           (lock order: supabase/schemas/README.md)
-- Outcomes  reported | lease_lost
-- Raises    22004 when an argument is null
create function public.report_client_refusal(p_upstream_token_id text, p_lease_hash text, p_reason text)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_config public.custom_oauth_configs;
  v_release text;
begin
  if p_upstream_token_id is null or p_lease_hash is null or p_reason is null then
    raise exception using errcode = '22004', message = 'a refusal names its vault entry, its lease and a reason';
  end if;

  update public.custom_oauth_configs as config
  set client_refused_at = now(), client_refused_reason = p_reason
  where config.id = (
      select login.oauth_config_id
      from public.upstream_oauth_tokens as login
      where login.id = p_upstream_token_id and login.client_generation = config.client_generation
    )
    and config.client_refused_reason is distinct from p_reason
  returning * into v_config;
  if v_config.organization_id is not null then
    perform public.record_audit_event(
      p_organization_id => v_config.organization_id, p_event => 'upstream_client_refused', p_reason => p_reason
    );
  end if;

  v_release := public.release_upstream_refresh(
    p_upstream_token_id => p_upstream_token_id, p_lease_hash => p_lease_hash
  );
  return case v_release when 'released' then 'reported' else v_release end;
end
$$;

revoke all on function public.report_client_refusal from public, anon, authenticated, service_role;
grant execute on function public.report_client_refusal to service_role, gatepost_functions;

-- reseal_oauth_config: replaces a config's client secret by the same secret under a newer key.
--
-- The credentials have not changed, so client_generation stays.
--
-- Caller    the functions that open a client secret and `deno task reseal`, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the config
-- Outcomes  resealed | changed
-- Raises    22004 when an argument is null
create function public.reseal_oauth_config(
  p_oauth_config_id text,
  p_known_ciphertext text,
  p_new_ciphertext text
)
returns text
language plpgsql
security definer
set search_path = ''
as $$
begin
  if p_oauth_config_id is null or p_known_ciphertext is null or p_new_ciphertext is null then
    raise exception using errcode = '22004', message = 'resealing names its config and both ciphertexts';
  end if;

  update public.custom_oauth_configs as config
  set client_secret_ciphertext = p_new_ciphertext
  where config.id = p_oauth_config_id and config.client_secret_ciphertext = p_known_ciphertext;
  return case when found then 'resealed' else 'changed' end;
end
$$;

revoke all on function public.reseal_oauth_config from public, anon, authenticated, service_role;
grant execute on function public.reseal_oauth_config to service_role, gatepost_functions;

-- reseal_upstream_token: replaces a ciphertext of the vault by the same token under a newer key.
--
-- The caller names the ciphertext that it opened, of the access or of the refresh
-- token. If the entry no longer holds it, somebody has refreshed or resealed it,
-- and the function replaces nothing.
--
-- Caller    mcp and `deno task reseal`, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the vault entry
-- Outcomes  resealed | changed
-- Raises    22004 when an argument is null
create function public.reseal_upstream_token(
  p_upstream_token_id text,
  p_known_ciphertext text,
  p_new_ciphertext text
)
returns text
language plpgsql
security definer
set search_path = ''
as $$
begin
  if p_upstream_token_id is null or p_known_ciphertext is null or p_new_ciphertext is null then
    raise exception using errcode = '22004', message = 'resealing names its vault entry and both ciphertexts';
  end if;

  update public.upstream_oauth_tokens as upstream
  set access_token_ciphertext = case upstream.access_token_ciphertext
        when p_known_ciphertext then p_new_ciphertext else upstream.access_token_ciphertext end,
      refresh_token_ciphertext = case upstream.refresh_token_ciphertext
        when p_known_ciphertext then p_new_ciphertext else upstream.refresh_token_ciphertext end
  where upstream.id = p_upstream_token_id
    and p_known_ciphertext in (upstream.access_token_ciphertext, upstream.refresh_token_ciphertext);
  return case when found then 'resealed' else 'changed' end;
end
$$;

revoke all on function public.reseal_upstream_token from public, anon, authenticated, service_role;
grant execute on function public.reseal_upstream_token to service_role, gatepost_functions;

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

-- retire_server_names: keeps names that a server no longer has for its organization.
--
-- Caller    save_mcp_server, delete_mcp_server, delete_organization
-- Rights    invoker, granted to nobody
create function public.retire_server_names(p_organization_id text, p_names text[])
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into public.retired_server_names (name, organization_id)
  select taken.name, p_organization_id from unnest(array_remove(p_names, null)) as taken (name)
  order by taken.name
  on conflict (name) do nothing;
end
$$;

revoke all on function public.retire_server_names from public, anon, authenticated, service_role;

-- revoke_mcp_client_connections: ends all that people have connected with a client, at every server of the organization.
--
-- A client that is known by a URL has one client_id at all servers; one that
-- registered itself has another at each. The client may connect again: whoever
-- does not want that deletes it.
-- The provider's tokens end in the vault; the provider itself is not told: see
-- supabase/README.md.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, then the codes of the client, its token families and vault entries
--           (lock order: supabase/schemas/README.md)
-- Outcomes  revoked | forbidden | unknown_client
-- Raises    22004 when an argument is null
create function public.revoke_mcp_client_connections(p_mcp_client_registration_id text)
returns public.connections_revocation
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_client public.mcp_client_registrations;
  v_revocation public.connections_revocation;
begin
  if p_mcp_client_registration_id is null then
    raise exception using errcode = '22004', message = 'p_mcp_client_registration_id must not be null';
  end if;

  select * into v_client
  from public.mcp_client_registrations as client
  where client.id = p_mcp_client_registration_id and public.platform_role(client.organization_id) is not null;
  perform public.hold_organization(p_organization_id => v_client.organization_id);
  v_revocation := public.decide_revocation(
    p_organization_id => v_client.organization_id, p_unknown => 'unknown_client'
  );
  if v_revocation.outcome <> 'revoked' then
    return v_revocation;
  end if;

  v_revocation.ended := public.end_connections(
    p_organization_id => v_client.organization_id, p_client_id => v_client.client_id
  );
  perform public.record_platform_event(
    p_organization_id => v_client.organization_id,
    p_event => 'connections_revoked',
    p_object_id => v_client.id
  );
  v_revocation.id := v_client.id;
  return v_revocation;
end
$$;

revoke all on function public.revoke_mcp_client_connections from public, anon, authenticated, service_role;
grant execute on function public.revoke_mcp_client_connections to authenticated;

-- revoke_mcp_connection: ends what one person has connected with one client.
--
-- The provider's tokens end in the vault; the provider itself is not told: see
-- supabase/README.md.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, the user, then its codes, token families and vault entries
--           (lock order: supabase/schemas/README.md)
-- Outcomes  revoked | forbidden | unknown_connection
-- Raises    22004 when an argument is null
create function public.revoke_mcp_connection(p_mcp_server_user_id text, p_mcp_client_registration_id text)
returns public.connections_revocation
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_client public.mcp_client_registrations;
  v_revocation public.connections_revocation;
begin
  if p_mcp_server_user_id is null or p_mcp_client_registration_id is null then
    raise exception using errcode = '22004',
      message = 'p_mcp_server_user_id and p_mcp_client_registration_id must not be null';
  end if;

  select * into v_client
  from public.mcp_client_registrations as client
  where client.id = p_mcp_client_registration_id and public.platform_role(client.organization_id) is not null;
  perform public.hold_organization(p_organization_id => v_client.organization_id);
  perform from public.mcp_server_user as holder
  where holder.id = p_mcp_server_user_id and holder.organization_id = v_client.organization_id
  for no key update;
  v_revocation := public.decide_revocation(
    p_organization_id => case when found then v_client.organization_id end, p_unknown => 'unknown_connection'
  );
  if v_revocation.outcome <> 'revoked' then
    return v_revocation;
  end if;

  v_revocation.ended := public.end_connections(
    p_organization_id => v_client.organization_id,
    p_mcp_server_id => v_client.mcp_server_id,
    p_client_id => v_client.client_id,
    p_mcp_server_user_id => p_mcp_server_user_id
  );
  perform public.record_platform_event(
    p_organization_id => v_client.organization_id,
    p_event => 'connections_revoked',
    p_object_id => v_client.id,
    p_mcp_server_id => v_client.mcp_server_id,
    p_mcp_server_user_id => p_mcp_server_user_id
  );
  v_revocation.id := v_client.id;
  return v_revocation;
end
$$;

revoke all on function public.revoke_mcp_connection from public, anon, authenticated, service_role;
grant execute on function public.revoke_mcp_connection to authenticated;

-- revoke_mcp_server_connections: ends all that people have connected to a server.
--
-- The provider's tokens end in the vault; the provider itself is not told: see
-- supabase/README.md.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, then the codes of the server, its token families and vault entries
--           (lock order: supabase/schemas/README.md)
-- Outcomes  revoked | forbidden | unknown_server
-- Raises    22004 when an argument is null
create function public.revoke_mcp_server_connections(p_mcp_server_id text)
returns public.connections_revocation
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_server public.mcp_servers;
  v_revocation public.connections_revocation;
begin
  if p_mcp_server_id is null then
    raise exception using errcode = '22004', message = 'p_mcp_server_id must not be null';
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.id = p_mcp_server_id and public.platform_role(server.organization_id) is not null;
  perform public.hold_organization(p_organization_id => v_server.organization_id);
  v_revocation := public.decide_revocation(
    p_organization_id => v_server.organization_id, p_unknown => 'unknown_server'
  );
  if v_revocation.outcome <> 'revoked' then
    return v_revocation;
  end if;

  v_revocation.ended := public.end_connections(
    p_organization_id => v_server.organization_id, p_mcp_server_id => v_server.id
  );
  perform public.record_platform_event(
    p_organization_id => v_server.organization_id,
    p_event => 'connections_revoked',
    p_mcp_server_id => v_server.id
  );
  v_revocation.id := v_server.id;
  return v_revocation;
end
$$;

revoke all on function public.revoke_mcp_server_connections from public, anon, authenticated, service_role;
grant execute on function public.revoke_mcp_server_connections to authenticated;

-- revoke_mcp_server_user_tokens: logs an end user out everywhere.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, the user, then its codes, token families and vault entries
--           (lock order: supabase/schemas/README.md)
-- Outcomes  revoked | forbidden | unknown_user
-- Raises    22004 when p_mcp_server_user_id is null
create function public.revoke_mcp_server_user_tokens(p_mcp_server_user_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_user public.mcp_server_user;
  v_role text;
  v_change public.platform_change;
begin
  if p_mcp_server_user_id is null then
    raise exception using errcode = '22004', message = 'p_mcp_server_user_id must not be null';
  end if;

  perform public.hold_organization(p_organization_id => (
    select holder.organization_id from public.mcp_server_user as holder where holder.id = p_mcp_server_user_id
  ));
  select * into v_user
  from public.mcp_server_user as holder
  where holder.id = p_mcp_server_user_id and public.platform_role(holder.organization_id) is not null
  for no key update;
  v_role := public.platform_role(v_user.organization_id);
  if v_role is null then
    return public.refuse_platform_change('unknown_user');
  end if;
  if v_role = 'member' then
    return public.refuse_platform_change('forbidden');
  end if;

  perform public.withdraw_user_tokens(
    p_organization_id => v_user.organization_id,
    p_mcp_server_user_id => v_user.id,
    p_reason => 'organization_revoked'
  );
  perform public.record_platform_event(
    p_organization_id => v_user.organization_id,
    p_event => 'user_tokens_revoked',
    p_mcp_server_user_id => v_user.id
  );
  v_change.outcome := 'revoked';
  v_change.id := v_user.id;
  return v_change;
end
$$;

revoke all on function public.revoke_mcp_server_user_tokens from public, anon, authenticated, service_role;
grant execute on function public.revoke_mcp_server_user_tokens to authenticated;

-- revoke_organization_connections: ends all that people have connected to the servers of an organization.
--
-- The provider's tokens end in the vault; the provider itself is not told: see
-- supabase/README.md.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, then the codes of the organization, its token families and vault entries
--           (lock order: supabase/schemas/README.md)
-- Outcomes  revoked | forbidden | unknown_organization
-- Raises    22004 when an argument is null
create function public.revoke_organization_connections(p_organization_id text)
returns public.connections_revocation
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_revocation public.connections_revocation;
begin
  if p_organization_id is null then
    raise exception using errcode = '22004', message = 'p_organization_id must not be null';
  end if;

  perform public.hold_organization(p_organization_id => p_organization_id);
  v_revocation := public.decide_revocation(
    p_organization_id => p_organization_id, p_unknown => 'unknown_organization'
  );
  if v_revocation.outcome <> 'revoked' then
    return v_revocation;
  end if;

  v_revocation.ended := public.end_connections(
    p_organization_id => p_organization_id
  );
  perform public.record_platform_event(
    p_organization_id => p_organization_id, p_event => 'connections_revoked'
  );
  v_revocation.id := p_organization_id;
  return v_revocation;
end
$$;

revoke all on function public.revoke_organization_connections from public, anon, authenticated, service_role;
grant execute on function public.revoke_organization_connections to authenticated;

-- revoke_organization_invitation: takes an invitation back.
--
-- Caller    an owner or admin, as authenticated; only an owner takes an owner's invitation back
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, so that changes of its members wait for each other
-- Outcomes  revoked | forbidden | unknown_invitation
-- Raises    22004 when p_invitation_id is null
create function public.revoke_organization_invitation(p_invitation_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_invitation public.organization_invitations;
  v_own_role text;
  v_change public.platform_change;
begin
  if p_invitation_id is null then
    raise exception using errcode = '22004', message = 'p_invitation_id must not be null';
  end if;

  perform from public.organizations as organization
  where organization.id = (
      select invitation.organization_id from public.organization_invitations as invitation
      where invitation.id = p_invitation_id
    )
    and public.platform_role(organization.id) is not null
  for no key update;
  select * into v_invitation
  from public.organization_invitations as invitation
  where invitation.id = p_invitation_id;
  v_own_role := public.platform_role(v_invitation.organization_id);
  if v_own_role is null then
    return public.refuse_platform_change('unknown_invitation');
  end if;
  if v_own_role = 'member' or (v_own_role = 'admin' and v_invitation.role = 'owner') then
    return public.refuse_platform_change('forbidden');
  end if;

  delete from public.organization_invitations as invitation where invitation.id = v_invitation.id;
  perform public.record_platform_event(
    p_organization_id => v_invitation.organization_id, p_event => 'invitation_revoked', p_object_id => v_invitation.id
  );
  v_change.outcome := 'revoked';
  v_change.id := v_invitation.id;
  return v_change;
end
$$;

revoke all on function public.revoke_organization_invitation from public, anon, authenticated, service_role;
grant execute on function public.revoke_organization_invitation to authenticated;

-- revoke_own_connections: a person ends what an app may do in the person's name, or what all apps may.
--
-- p_connection_id is the client's id as list_own_connections answers it; null stands
-- for all apps at every server of the organization. Logins at Gatepost's own page
-- stay. What is to be revoked at the provider is answered once: the tokens of each
-- login that ended, unless another login lives on the same refresh token, or the
-- config has other credentials by now.
--
-- Caller    oauth-connections, as service_role, with a verified access token in hand
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the user, then codes, token families and vault entries, each by key (lenders first)
--           (lock order: supabase/schemas/README.md)
-- Outcomes  revoked | unknown_connection | ended
-- Raises    22004 when p_slug or p_family_id is null
create function public.revoke_own_connections(p_slug text, p_family_id text, p_connection_id text)
returns public.own_connections_revocation
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_login public.mcp_proxy_tokens;
  v_upstream_ids text[];
  v_more_upstream_ids text[];
  v_revocation public.own_connections_revocation;
begin
  if p_slug is null or p_family_id is null then
    raise exception using errcode = '22004', message = 'p_slug and p_family_id must not be null';
  end if;

  v_login := public.find_connections_login(p_slug => p_slug, p_family_id => p_family_id);
  perform from public.mcp_server_user as holder
  where holder.id = v_login.mcp_server_user_id
  for no key update;
  -- A merge may have given the login to another user meanwhile.
  if (public.find_connections_login(p_slug => p_slug, p_family_id => p_family_id)).mcp_server_user_id
    is distinct from v_login.mcp_server_user_id or v_login.id is null then
    v_revocation.outcome := 'ended';
    return v_revocation;
  end if;

  with deleted as (
    delete from public.mcp_authorization_codes as code
    where code.code_hash = any (array(
      select own.code_hash from public.mcp_authorization_codes as own
      where own.organization_id = v_login.organization_id
        and own.mcp_server_user_id = v_login.mcp_server_user_id
        and (p_connection_id is null or own.mcp_client_registration_id = p_connection_id)
        and (
          select client.kind from public.mcp_client_registrations as client
          where client.id = own.mcp_client_registration_id
        ) <> 'gatepost'
      order by own.code_hash
      for update
    ))
    returning code.upstream_token_id
  )
  select array_agg(deleted.upstream_token_id) into v_upstream_ids from deleted;
  with revoked as (
    update public.mcp_proxy_tokens as family
    set revoked_at = now(), revoked_reason = 'person_revoked', expires_at = least(family.expires_at, now())
    where family.id = any (array(
      select own.id from public.mcp_proxy_tokens as own
      where own.organization_id = v_login.organization_id
        and own.mcp_server_user_id = v_login.mcp_server_user_id
        and (p_connection_id is null or own.mcp_client_registration_id = p_connection_id)
        and (
          select client.kind from public.mcp_client_registrations as client
          where client.id = own.mcp_client_registration_id
        ) <> 'gatepost'
        and own.revoked_at is null
      order by own.id
      for no key update
    ))
    returning family.id, family.upstream_token_id
  )
  select coalesce(array_agg(revoked.id), '{}'), array_agg(revoked.upstream_token_id)
  into v_revocation.family_ids, v_more_upstream_ids
  from revoked;
  if p_connection_id is not null and v_upstream_ids is null and v_more_upstream_ids is null then
    v_revocation.outcome := 'unknown_connection';
    v_revocation.family_ids := null;
    return v_revocation;
  end if;

  v_upstream_ids := v_upstream_ids || v_more_upstream_ids;
  perform public.end_vault_entries(p_upstream_token_ids => v_upstream_ids, p_reason => 'person_revoked');

  select coalesce(jsonb_agg(to_jsonb(given_back)), '[]') into v_revocation.upstream_tokens
  from (
    -- Of the logins that lived on one refresh token, that token once.
    select distinct on (case when holder.refresh_token_ciphertext is null then login.id else holder.id end)
      login.organization_id,
      login.id as upstream_token_id,
      holder.id as refresh_token_id,
      login.access_token_ciphertext,
      holder.refresh_token_ciphertext,
      public.describe_oauth_config(config) as config
    from public.upstream_oauth_tokens as login
    join public.upstream_oauth_tokens as holder on holder.id = coalesce(login.lender_id, login.id)
    join public.custom_oauth_configs as config
      on config.id = login.oauth_config_id and config.client_generation = login.client_generation
    where login.id = any (v_upstream_ids)
      and login.ended_reason = 'person_revoked'
      and not public.is_lived_on(p_holder_id => holder.id)
  ) as given_back;
  perform public.record_audit_event(
    p_organization_id => v_login.organization_id,
    p_event => 'tokens_revoked',
    p_reason => 'person_revoked',
    p_mcp_server_id => case
      when p_connection_id is not null
        then (select client.mcp_server_id from public.mcp_client_registrations as client where client.id = p_connection_id)
    end,
    p_mcp_server_user_id => v_login.mcp_server_user_id,
    p_client_id => (
      select client.client_id from public.mcp_client_registrations as client where client.id = p_connection_id
    )
  );
  v_revocation.outcome := 'revoked';
  return v_revocation;
end
$$;

revoke all on function public.revoke_own_connections from public, anon, authenticated, service_role;
grant execute on function public.revoke_own_connections to service_role, gatepost_functions;

-- revoke_token: ends the token family of a token that its client gives back (RFC 7009).
--
-- A refresh token of any generation names its family by its handle; an access
-- token, which the caller has verified, by its family id. The login's vault
-- entry ends as well, and its ciphertexts are answered once, so that the caller
-- can revoke the tokens at the provider. While another login lives on the same
-- refresh token, no ciphertext is answered: a provider may end the whole grant
-- with either token. A token of another client stays as it is.
--
-- Caller    oauth-revoke, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the client's assertion, the token family, then the vault entry that holds its refresh token, then its own
--           (lock order: supabase/schemas/README.md)
-- Outcomes  revoked | ended | unknown | wrong_client, or a refusal of authenticate_mcp_client
-- Raises    22004 when the server or the client is null, or when not exactly one token is named
create function public.revoke_token(
  p_slug text,
  p_client_id text,
  p_client_secret_hash text,
  p_handle_hash text,
  p_family_id text,
  p_assertion_hash text default null,
  p_assertion_expires_at timestamptz default null
)
returns public.token_revocation
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_client public.client_authentication;
  v_family public.mcp_proxy_tokens;
  v_holder public.upstream_oauth_tokens;
  v_upstream public.upstream_oauth_tokens;
  v_config public.custom_oauth_configs;
  v_revocation public.token_revocation;
begin
  if p_slug is null or p_client_id is null or num_nonnulls(p_handle_hash, p_family_id) <> 1 then
    raise exception using errcode = '22004', message = 'a revocation names its server, its client and one token';
  end if;

  v_client := public.authenticate_mcp_client(
    p_slug => p_slug, p_client_id => p_client_id, p_client_secret_hash => p_client_secret_hash,
    p_assertion_hash => p_assertion_hash, p_assertion_expires_at => p_assertion_expires_at
  );
  if v_client.outcome <> 'authenticated' then
    v_revocation.outcome := v_client.outcome;
    return v_revocation;
  end if;

  if p_handle_hash is not null then
    select * into v_family
    from public.mcp_proxy_tokens as family
    where family.handle_hash = p_handle_hash and family.mcp_server_id = v_client.mcp_server_id
    for update;
  else
    select * into v_family
    from public.mcp_proxy_tokens as family
    where family.id = p_family_id and family.mcp_server_id = v_client.mcp_server_id
    for update;
  end if;
  if not found then
    v_revocation.outcome := 'unknown';
    return v_revocation;
  end if;
  if v_family.mcp_client_registration_id <> v_client.mcp_client_registration_id then
    v_revocation.outcome := 'wrong_client';
    return v_revocation;
  end if;
  v_revocation.family_id := v_family.id;
  if v_family.revoked_at is not null then
    v_revocation.outcome := 'ended';
    return v_revocation;
  end if;

  update public.mcp_proxy_tokens as family
  set revoked_at = now(), revoked_reason = 'client_revoked', expires_at = least(family.expires_at, now())
  where family.id = v_family.id;
  v_holder := public.lock_refresh_holder(p_upstream_token_id => v_family.upstream_token_id);
  update public.upstream_oauth_tokens as upstream
  set ended_at = now(), ended_reason = 'client_revoked'
  where upstream.id = v_family.upstream_token_id and upstream.ended_at is null
  returning * into v_upstream;
  select * into v_config
  from public.custom_oauth_configs as config
  where config.id = v_upstream.oauth_config_id
    and config.client_generation = v_upstream.client_generation
    and not public.is_lived_on(p_holder_id => v_holder.id);
  perform public.record_audit_event(
    p_organization_id => v_family.organization_id,
    p_event => 'tokens_revoked',
    p_reason => 'client_revoked',
    p_mcp_server_id => v_family.mcp_server_id,
    p_mcp_server_user_id => v_family.mcp_server_user_id,
    p_client_id => v_client.client_id
  );

  v_revocation.outcome := 'revoked';
  if v_config.id is not null then
    v_revocation.organization_id := v_upstream.organization_id;
    v_revocation.upstream_token_id := v_upstream.id;
    v_revocation.refresh_token_id := v_holder.id;
    v_revocation.access_token_ciphertext := v_upstream.access_token_ciphertext;
    v_revocation.refresh_token_ciphertext := v_holder.refresh_token_ciphertext;
    v_revocation.config := public.describe_oauth_config(v_config);
  end if;
  return v_revocation;
end
$$;

revoke all on function public.revoke_token from public, anon, authenticated, service_role;
grant execute on function public.revoke_token to service_role, gatepost_functions;

-- rotate_refresh_token: replaces a refresh token, or finds the successor it already has.
--
-- A client that lost the answer, or whose processes refresh in parallel,
-- presents a token again that was replaced meanwhile, once or several times.
-- Within 60 seconds of its first use it is led to the present token, successor
-- by successor, each sealed so that only the token before opens it. Later, two
-- parties hold the family, and the function revokes it (RFC 9700 section
-- 4.14.2). Refusals are returned, so the revocation stays.
--
-- Twenty replaced tokens are kept for that. When that many are used within a
-- minute, the present one rests: it is given again, and no new one, until a
-- minute has passed.
--
-- A refresh does not make a login at Gatepost's own page any longer.
--
-- Caller    oauth-token, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the client's assertion, then the token family
-- Outcomes  rotated | converged | unknown | wrong_client | revoked | expired | reused | wrong_resource |
--           user_blocked, or a refusal of authenticate_mcp_client
-- Raises    22004 when an argument that must be there is null; 40001 when the first check refuses the token
--           and the second finds nothing wrong, because another call changed a row in between
create function public.rotate_refresh_token(
  p_slug text,
  p_client_id text,
  p_client_secret_hash text,
  p_handle_hash text,
  p_refresh_hash text,
  p_next_refresh_hash text,
  p_successor_ciphertext text,
  p_resource text,
  p_assertion_hash text default null,
  p_assertion_expires_at timestamptz default null
)
returns public.token_grant
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_grant public.token_grant;
  v_client public.client_authentication;
  v_family public.mcp_proxy_tokens;
  v_user public.mcp_server_user;
  v_successors text[];
begin
  if p_slug is null or p_client_id is null or p_handle_hash is null or p_refresh_hash is null
    or p_next_refresh_hash is null or p_successor_ciphertext is null then
    raise exception using errcode = '22004', message = 'a rotation names its server, client, token and successor';
  end if;

  -- An assertion is used up before anything else is looked at.
  if p_assertion_hash is not null then
    v_client := public.authenticate_mcp_client(
      p_slug => p_slug, p_client_id => p_client_id, p_client_secret_hash => p_client_secret_hash,
      p_assertion_hash => p_assertion_hash, p_assertion_expires_at => p_assertion_expires_at
    );
    if v_client.outcome <> 'authenticated' then
      v_grant.outcome := v_client.outcome;
      return v_grant;
    end if;
  end if;

  -- Nearly every call ends here: the present token of a living family, from its own client.
  update public.mcp_proxy_tokens as family
  set refresh_hash = p_next_refresh_hash,
      previous_refresh_hash = p_refresh_hash,
      successor_ciphertext = p_successor_ciphertext,
      earlier_rotations = case
        when family.rotated_at > now() - public.refresh_grace() then public.rotations_in_grace(p_family => family)
      end,
      rotated_at = now(),
      expires_at = case
        when client.kind = 'gatepost' then family.expires_at
        else now() + make_interval(secs => server.refresh_token_seconds)
      end
  from public.mcp_servers as server, public.mcp_client_registrations as client, public.mcp_server_user as holder
  where server.slug = p_slug
    and server.disabled_at is null
    and client.mcp_server_id = server.id
    and client.client_id = p_client_id
    and (client.client_secret_hash is null or client.client_secret_hash = p_client_secret_hash)
    and (client.token_endpoint_auth_method <> 'private_key_jwt' or p_assertion_hash is not null)
    and family.handle_hash = p_handle_hash
    and family.refresh_hash = p_refresh_hash
    and family.mcp_server_id = server.id
    and family.mcp_client_registration_id = client.id
    and family.resource = coalesce(p_resource, family.resource)
    and family.revoked_at is null
    and family.expires_at > now()
    and (
      coalesce(cardinality(family.earlier_rotations), 0) < 19
      or family.rotated_at <= now() - public.refresh_grace()
    )
    and holder.id = family.mcp_server_user_id
    and holder.blocked_at is null
  returning
    family.id, family.organization_id, family.resource, family.scope, family.auth_time, server.access_token_seconds,
    holder.id, holder.email, holder.email_verified, holder.profile_data
  into
    v_grant.family_id, v_grant.organization_id, v_grant.resource, v_grant.scope, v_grant.auth_time,
    v_grant.access_token_seconds, v_grant.mcp_server_user_id, v_grant.email, v_grant.email_verified, v_grant.profile;
  if found then
    v_grant.outcome := 'rotated';
    v_grant.client_id := p_client_id;
    return v_grant;
  end if;

  -- For all others, the checks again one by one: the first that fails is the outcome.
  if p_assertion_hash is null then
    v_client := public.authenticate_mcp_client(
      p_slug => p_slug, p_client_id => p_client_id, p_client_secret_hash => p_client_secret_hash,
      p_assertion_hash => null, p_assertion_expires_at => null
    );
    if v_client.outcome <> 'authenticated' then
      v_grant.outcome := v_client.outcome;
      return v_grant;
    end if;
  end if;
  select * into v_family
  from public.mcp_proxy_tokens as family
  where family.handle_hash = p_handle_hash and family.mcp_server_id = v_client.mcp_server_id
  for update;
  if not found then
    v_grant.outcome := 'unknown';
    return v_grant;
  end if;
  select * into v_user from public.mcp_server_user as holder where holder.id = v_family.mcp_server_user_id;

  v_successors := case
    when p_refresh_hash <> v_family.refresh_hash then public.find_successors(
      p_family => v_family, p_refresh_hash => p_refresh_hash
    )
    when cardinality(v_family.earlier_rotations) = 19 and v_family.rotated_at > now() - public.refresh_grace() then '{}'
  end;
  v_grant.outcome := case
    when v_family.mcp_client_registration_id <> v_client.mcp_client_registration_id then 'wrong_client'
    when v_family.revoked_at is not null then 'revoked'
    when v_family.expires_at <= now() then 'expired'
    when v_user.blocked_at is not null then 'user_blocked'
    when p_resource <> v_family.resource then 'wrong_resource'
    when v_successors is not null then 'converged'
    when p_refresh_hash = v_family.refresh_hash then 'changed_meanwhile'
    else 'reused'
  end;

  if v_grant.outcome = 'changed_meanwhile' then
    raise exception using errcode = '40001', message = 'the token family has changed meanwhile: try again';
  end if;
  if v_grant.outcome = 'reused' then
    update public.mcp_proxy_tokens as family
    set revoked_at = now(), revoked_reason = 'refresh_token_reused', expires_at = least(family.expires_at, now())
    where family.id = v_family.id;
    perform public.record_audit_event(
      p_organization_id => v_family.organization_id,
      p_event => 'tokens_revoked',
      p_reason => 'refresh_token_reused',
      p_mcp_server_id => v_family.mcp_server_id,
      p_mcp_server_user_id => v_family.mcp_server_user_id,
      p_client_id => p_client_id
    );
  end if;
  if v_grant.outcome = 'converged' then
    v_grant.family_id := v_family.id;
    v_grant.organization_id := v_family.organization_id;
    v_grant.mcp_server_user_id := v_family.mcp_server_user_id;
    v_grant.client_id := p_client_id;
    v_grant.resource := v_family.resource;
    v_grant.scope := v_family.scope;
    v_grant.auth_time := v_family.auth_time;
    v_grant.access_token_seconds := v_client.access_token_seconds;
    v_grant.email := v_user.email;
    v_grant.email_verified := v_user.email_verified;
    v_grant.profile := v_user.profile_data;
    v_grant.successor_ciphertexts := v_successors;
  end if;
  return v_grant;
end
$$;

revoke all on function public.rotate_refresh_token from public, anon, authenticated, service_role;
grant execute on function public.rotate_refresh_token to service_role, gatepost_functions;

-- rotations_in_grace: the replaced tokens of a family whose grace is not over, the oldest first.
--
-- older_by counts from now here, and not from rotated_at. Null when there is
-- none.
--
-- Caller    rotate_refresh_token
-- Rights    invoker, granted to nobody
-- Locks     none
create function public.rotations_in_grace(p_family public.mcp_proxy_tokens)
returns public.token_rotation[]
language plpgsql
stable
set search_path = ''
as $$
declare
  v_since_rotation interval := now() - p_family.rotated_at;
  v_rotation public.token_rotation;
  v_rotations public.token_rotation[];
begin
  foreach v_rotation in array coalesce(p_family.earlier_rotations, '{}') loop
    v_rotation.older_by := v_rotation.older_by + v_since_rotation;
    if v_rotation.older_by < public.refresh_grace() then
      v_rotations := v_rotations || v_rotation;
    end if;
  end loop;

  if v_since_rotation < public.refresh_grace() then
    v_rotation.refresh_hash := p_family.previous_refresh_hash;
    v_rotation.successor_ciphertext := p_family.successor_ciphertext;
    v_rotation.older_by := v_since_rotation;
    v_rotations := v_rotations || v_rotation;
  end if;
  return v_rotations;
end
$$;

revoke all on function public.rotations_in_grace from public, anon, authenticated, service_role;

-- save_deployment_settings: changes what the operator decides for the whole deployment.
--
-- Null leaves a setting as it is, and an empty text clears the public URL.
--
-- Caller    the operator, as service_role or in the SQL editor
-- Rights    definer: service_role may not write the table
-- Locks     the row of settings
-- Outcomes  saved
-- Raises    23514 when a setting breaks its rule
create function public.save_deployment_settings(
  p_organization_founding text default null,
  p_organizations_per_founder integer default null,
  p_servers_per_organization integer default null,
  p_retired_names_per_organization integer default null,
  p_configs_per_organization integer default null,
  p_members_per_organization integer default null,
  p_invitations_per_organization integer default null,
  p_public_url text default null,
  p_server_slugs text default null,
  p_people_per_organization integer default null
)
returns text
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.gatepost_settings as setting
  set organization_founding = coalesce(p_organization_founding, setting.organization_founding),
      server_slugs = coalesce(p_server_slugs, setting.server_slugs),
      organizations_per_founder = coalesce(p_organizations_per_founder, setting.organizations_per_founder),
      servers_per_organization = coalesce(p_servers_per_organization, setting.servers_per_organization),
      retired_names_per_organization =
        coalesce(p_retired_names_per_organization, setting.retired_names_per_organization),
      configs_per_organization = coalesce(p_configs_per_organization, setting.configs_per_organization),
      members_per_organization = coalesce(p_members_per_organization, setting.members_per_organization),
      invitations_per_organization = coalesce(p_invitations_per_organization, setting.invitations_per_organization),
      people_per_organization = coalesce(p_people_per_organization, setting.people_per_organization),
      public_url = nullif(coalesce(p_public_url, setting.public_url), '')
  where setting.is_only_row;
  return 'saved';
end
$$;

revoke all on function public.save_deployment_settings from public, anon, authenticated, service_role;
grant execute on function public.save_deployment_settings to service_role;

-- save_mcp_server: makes or changes an organization's MCP server.
--
-- Without p_id a server is made. Otherwise null leaves a setting as it is, and
-- an empty text clears one that is optional. auth_type none clears the config,
-- and a registration policy other than token clears the initial access token.
-- A slug or resource that the server no longer has is retired for its organization
-- (see retired_server_names). What the deployment's public URL says of upstream_url
-- and resource is checked here, because a constraint reads no other table. A
-- server without either is nowhere, and refused.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the table
-- Locks     the organization, then the server
-- Outcomes  created | saved | forbidden | unknown_organization | unknown_server | unknown_config | slug_taken |
--           resource_taken | quota_reached | invalid (see platform_change)
-- Raises    22004 when a new server names no organization
create function public.save_mcp_server(
  p_id text default null,
  p_organization_id text default null,
  p_slug text default null,
  p_name text default null,
  p_auth_type text default null,
  p_custom_oauth_config_id text default null,
  p_upstream_url text default null,
  p_upstream_authorization text default null,
  p_resource text default null,
  p_scopes_supported text[] default null,
  p_required_scopes text[] default null,
  p_access_token_seconds integer default null,
  p_refresh_token_seconds integer default null,
  p_registration_policy text default null,
  p_registration_redirect_hosts text[] default null,
  p_initial_access_token_hash text default null,
  p_metadata_document_policy text default null,
  p_metadata_document_hosts text[] default null,
  p_disabled boolean default null,
  p_scope_rules jsonb default null,
  p_scope_hierarchy jsonb default null,
  p_scope_descriptions jsonb default null,
  p_record_payloads text default null,
  p_redacted_paths text[] default null
)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_slug text;
  v_resource text;
  v_public_url text := (select setting.public_url from public.gatepost_settings as setting);
  v_role text;
  v_column text;
  v_constraint text;
  v_change public.platform_change;
begin
  if p_id is null and p_organization_id is null then
    raise exception using errcode = '22004', message = 'p_organization_id must not be null where p_id is';
  end if;

  perform from public.organizations as organization
  where organization.id = coalesce(
      (select server.organization_id from public.mcp_servers as server where server.id = p_id), p_organization_id
    )
    and public.platform_role(organization.id) is not null
  for no key update;
  if p_id is not null then
    select * into v_server
    from public.mcp_servers as server
    where server.id = p_id and public.platform_role(server.organization_id) is not null
    for no key update;
  end if;
  v_role := public.platform_role(case when p_id is null then p_organization_id else v_server.organization_id end);
  if v_role is null then
    return public.refuse_platform_change(case when p_id is null then 'unknown_organization' else 'unknown_server' end);
  end if;
  if v_role = 'member' then
    return public.refuse_platform_change('forbidden');
  end if;

  v_slug := coalesce(p_slug, v_server.slug);
  v_resource := nullif(coalesce(p_resource, v_server.resource), '');
  if p_id is null and not public.has_room(p_organization_id => p_organization_id, p_kind => 'server') then
    return public.refuse_platform_change('quota_reached');
  end if;
  if (v_slug is distinct from v_server.slug or v_resource is distinct from v_server.resource)
    and not public.may_take_names(
      p_organization_id => coalesce(v_server.organization_id, p_organization_id), p_names => array[v_slug, v_resource]
    ) then
    return public.refuse_platform_change('quota_reached');
  end if;
  if v_resource is null and coalesce(p_upstream_url, v_server.upstream_url, '') = '' then
    return public.refuse_platform_change(
      p_outcome => 'invalid',
      p_reason => 'mcp_server_is_somewhere',
      p_argument => 'p_upstream_url',
      p_expected => 'the URL of the MCP server, unless resource is given'
    );
  end if;
  if public.leads_to_gateway(p_url => p_upstream_url, p_public_url => v_public_url) then
    return public.refuse_platform_change(
      p_outcome => 'invalid',
      p_reason => 'mcp_server_is_not_the_gateway',
      p_argument => 'p_upstream_url',
      p_expected => 'a URL that does not lead to the gateway'
    );
  end if;
  if starts_with(lower(v_resource), lower(v_public_url) || '/oauth-connections/')
    or starts_with(lower(v_resource), lower(v_public_url) || '/mcp/')
    and v_resource <> v_public_url || '/mcp/' || v_slug then
    return public.refuse_platform_change(
      p_outcome => 'invalid',
      p_reason => 'mcp_server_resource_is_its_own',
      p_argument => 'p_resource',
      p_expected => 'not the URL of another server at the gateway, nor of Gatepost''s own page'
    );
  end if;

  if p_id is null then
    insert into public.mcp_servers (organization_id, slug, name, auth_type, custom_oauth_config_id)
    values
      (p_organization_id, p_slug, p_name, coalesce(p_auth_type, 'custom_oauth'), nullif(p_custom_oauth_config_id, ''))
    returning * into v_server;
  end if;
  update public.mcp_servers as server
  set slug = coalesce(p_slug, server.slug),
      name = coalesce(p_name, server.name),
      auth_type = coalesce(p_auth_type, server.auth_type),
      custom_oauth_config_id = case
        when p_auth_type = 'none' then null
        else nullif(coalesce(p_custom_oauth_config_id, server.custom_oauth_config_id), '')
      end,
      upstream_url = nullif(coalesce(p_upstream_url, server.upstream_url), ''),
      upstream_authorization = coalesce(p_upstream_authorization, server.upstream_authorization),
      resource = nullif(coalesce(p_resource, server.resource), ''),
      scopes_supported = coalesce(p_scopes_supported, server.scopes_supported),
      required_scopes = coalesce(p_required_scopes, server.required_scopes),
      scope_rules = coalesce(p_scope_rules, server.scope_rules),
      scope_hierarchy = coalesce(p_scope_hierarchy, server.scope_hierarchy),
      scope_descriptions = coalesce(p_scope_descriptions, server.scope_descriptions),
      access_token_seconds = coalesce(p_access_token_seconds, server.access_token_seconds),
      refresh_token_seconds = coalesce(p_refresh_token_seconds, server.refresh_token_seconds),
      registration_policy = coalesce(p_registration_policy, server.registration_policy),
      registration_redirect_hosts = coalesce(p_registration_redirect_hosts, server.registration_redirect_hosts),
      initial_access_token_hash = case
        when coalesce(p_registration_policy, server.registration_policy) = 'token'
          then coalesce(p_initial_access_token_hash, server.initial_access_token_hash)
      end,
      metadata_document_policy = coalesce(p_metadata_document_policy, server.metadata_document_policy),
      metadata_document_hosts = coalesce(p_metadata_document_hosts, server.metadata_document_hosts),
      record_payloads = coalesce(p_record_payloads, server.record_payloads),
      redacted_paths = coalesce(p_redacted_paths, server.redacted_paths),
      updated_at = now(),
      disabled_at = case
        when p_disabled then coalesce(server.disabled_at, now())
        when p_disabled is null then server.disabled_at
      end
  where server.id = v_server.id;
  perform public.take_server_names(
    p_organization_id => v_server.organization_id,
    p_names => array[v_slug, v_resource],
    p_former_names => case when p_id is not null then array[v_server.slug, v_server.resource] else '{}' end
  );

  perform public.record_platform_event(
    p_organization_id => v_server.organization_id, p_event => 'server_saved', p_mcp_server_id => v_server.id
  );
  v_change.outcome := case when p_id is null then 'created' else 'saved' end;
  v_change.id := v_server.id;
  return v_change;
exception
  when unique_violation then
    get stacked diagnostics v_constraint = constraint_name;
    return public.refuse_platform_change(
      case v_constraint when 'mcp_server_resource_is_unique' then 'resource_taken' else 'slug_taken' end
    );
  when foreign_key_violation then
    return public.refuse_platform_change('unknown_config');
  when check_violation then
    get stacked diagnostics v_constraint = constraint_name;
    return public.refuse_broken_rule(v_constraint);
  when not_null_violation then
    get stacked diagnostics v_column = column_name;
    return public.refuse_missing_value(v_column);
end
$$;

revoke all on function public.save_mcp_server from public, anon, authenticated, service_role;
grant execute on function public.save_mcp_server to authenticated;

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

-- save_organization: renames an organization, sets how long its audit and its calls are kept, and takes its logo.
--
-- Null leaves a setting as it is. A retention holds for the events and calls from then on.
-- The logo comes in base64; an empty text takes it away.
--
-- Caller    an owner, as authenticated
-- Rights    definer: the caller may not write the table
-- Locks     the organization
-- Outcomes  saved | forbidden | unknown_organization | invalid (see platform_change)
-- Raises    22004 when p_id is null
create function public.save_organization(
  p_id text,
  p_name text default null,
  p_audit_retention_days integer default null,
  p_call_retention_days integer default null,
  p_logo text default null
)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_own_role text;
  v_constraint text;
  v_change public.platform_change;
begin
  if p_id is null then
    raise exception using errcode = '22004', message = 'p_id must not be null';
  end if;

  perform from public.organizations as organization
  where organization.id = p_id and public.platform_role(p_id) is not null
  for no key update;
  v_own_role := public.platform_role(p_id);
  if v_own_role is null then
    return public.refuse_platform_change('unknown_organization');
  end if;
  if v_own_role <> 'owner' then
    return public.refuse_platform_change('forbidden');
  end if;

  update public.organizations as organization
  set name = coalesce(btrim(p_name), organization.name),
      audit_retention_days = coalesce(p_audit_retention_days, organization.audit_retention_days),
      call_retention_days = coalesce(p_call_retention_days, organization.call_retention_days),
      logo = case
        when p_logo is null then organization.logo
        when p_logo <> '' then decode(p_logo, 'base64')
      end
  where organization.id = p_id;
  perform public.record_platform_event(p_organization_id => p_id, p_event => 'organization_saved');
  v_change.outcome := 'saved';
  v_change.id := p_id;
  return v_change;
exception
  -- What is not base64 is no image.
  when invalid_parameter_value then
    return public.refuse_broken_rule('organization_logo_is_an_image');
  when check_violation then
    get stacked diagnostics v_constraint = constraint_name;
    return public.refuse_broken_rule(v_constraint);
end
$$;

revoke all on function public.save_organization from public, anon, authenticated, service_role;
grant execute on function public.save_organization to authenticated;

-- save_organization_member: changes the role of a member of an organization.
--
-- Who is no member is invited instead (invite_organization_member), and is answered
-- as somebody who does not exist. Admins make members admins, and admins members. Only an owner makes somebody an owner, or
-- changes the role of one. The last owner stays an owner.
--
-- Caller    a platform user, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, so that changes of its members wait for each other
-- Outcomes  saved | forbidden | unknown_organization | unknown_user | last_owner | invalid (see platform_change)
-- Raises    22004 when an argument is null
create function public.save_organization_member(p_organization_id text, p_user_id uuid, p_role text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_own_role text;
  v_present_role text;
  v_change public.platform_change;
begin
  if p_organization_id is null or p_user_id is null or p_role is null then
    raise exception using errcode = '22004', message = 'p_organization_id, p_user_id and p_role must not be null';
  end if;

  perform from public.organizations as organization
  where organization.id = p_organization_id and public.platform_role(p_organization_id) is not null
  for no key update;
  v_own_role := public.platform_role(p_organization_id);
  if v_own_role is null then
    return public.refuse_platform_change('unknown_organization');
  end if;
  if p_role not in ('owner', 'admin', 'member') then
    return public.refuse_broken_rule('member_role_is_known');
  end if;
  select member.role into v_present_role
  from public.organization_members as member
  where member.organization_id = p_organization_id and member.user_id = p_user_id;
  if v_own_role = 'member' or (v_own_role = 'admin' and 'owner' in (p_role, v_present_role)) then
    return public.refuse_platform_change('forbidden');
  end if;
  if v_present_role is null then
    return public.refuse_platform_change('unknown_user');
  end if;
  if v_present_role = 'owner' and p_role <> 'owner' and not exists (
    select from public.organization_members as member
    where member.organization_id = p_organization_id and member.role = 'owner' and member.user_id <> p_user_id
  ) then
    return public.refuse_platform_change('last_owner');
  end if;

  update public.organization_members as member
  set role = p_role
  where member.organization_id = p_organization_id and member.user_id = p_user_id;
  perform public.record_platform_event(
    p_organization_id => p_organization_id, p_event => 'member_saved', p_object_id => p_user_id::text
  );
  v_change.outcome := 'saved';
  v_change.id := p_user_id;
  return v_change;
end
$$;

revoke all on function public.save_organization_member from public, anon, authenticated, service_role;
grant execute on function public.save_organization_member to authenticated;

-- sealed_header: the protected header of a JWE in compact form (RFC 7516 section 3.1), which is not encrypted.
--
-- Nothing here proves it genuine: only who has the key can.
--
-- Caller    sealing_key_id, check_sealed_token, save_oauth_config
-- Rights    invoker, granted to nobody
-- Returns   the header, or null where the text has none
create function public.sealed_header(p_ciphertext text)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_header text := translate(split_part(p_ciphertext, '.', 1), '-_', '+/');
begin
  return convert_from(
    decode(rpad(v_header, (length(v_header) + 3) / 4 * 4, '='), 'base64'), 'UTF8'
  )::jsonb;
exception
  when invalid_parameter_value or character_not_in_repertoire or invalid_text_representation
    or untranslatable_character then
    return null;
end
$$;

revoke all on function public.sealed_header from public, anon, authenticated, service_role;

-- sealed_secrets: the ciphertexts in a batch of rows of one table, in the order of their ids.
--
-- Those of logins under way are listed only while they can still be opened: they
-- live for ten minutes. What is sealed under a refresh token is not listed: no
-- key of the functions opens it.
--
-- Caller    count_sealed_secrets, list_stale_secrets
-- Rights    invoker, granted to nobody
-- Returns   one row for each ciphertext that there can be; a missing one is null, so that every row is seen
create function public.sealed_secrets(p_table text, p_after text, p_limit integer)
returns setof public.sealed_secret
language sql
stable
set search_path = ''
as $$
  (
    select config.id, config.organization_id, 'client_secret', config.client_secret_ciphertext
    from public.custom_oauth_configs as config
    where p_table = 'custom_oauth_configs' and config.id > p_after
    order by config.id
    limit p_limit
  )
  union all
  select upstream.id, upstream.organization_id, secret.name, secret.ciphertext
  from (
    select * from public.upstream_oauth_tokens as batch
    where p_table = 'upstream_oauth_tokens' and batch.id > p_after
    order by batch.id
    limit p_limit
  ) as upstream
  cross join lateral (
    values
      ('access_token', upstream.access_token_ciphertext),
      ('refresh_token', upstream.refresh_token_ciphertext)
  ) as secret (name, ciphertext)
  union all
  (
    select session.id, session.organization_id, 'login_under_way',
      case when session.claimed_at is null and session.expires_at > now() then session.request_ciphertext end
    from public.mcp_authorization_sessions as session
    where p_table = 'mcp_authorization_sessions' and session.id > p_after
    order by session.id
    limit p_limit
  )
$$;

revoke all on function public.sealed_secrets from public, anon, authenticated, service_role;

-- sealing_key_id: the key that sealed a ciphertext, as its protected header names it (RFC 7516 section 4.1.6).
--
-- Caller    count_sealed_secrets, list_stale_secrets
-- Rights    invoker, granted to nobody
-- Returns   the key id, or null where the text is no JWE that names one
create function public.sealing_key_id(p_ciphertext text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return public.sealed_header(p_ciphertext => p_ciphertext) ->> 'kid';
end
$$;

revoke all on function public.sealing_key_id from public, anon, authenticated, service_role;

-- store_upstream_refresh: puts refreshed tokens into the vault and gives the lease back.
--
-- Where the provider sends no refresh token, the old one stays good. Only the
-- holder of the lease stores. A lease that ran out still belongs to its holder
-- until another worker takes it. The refresh token goes to the entry that lent
-- it, even where the login that asked has ended: another may live on it. A
-- refresh that succeeds forgets earlier refusals, of the token and of the client.
--
-- Caller    mcp, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the config, where its client stood refused; the vault entry that holds the refresh token, then the login's
--           (lock order: supabase/schemas/README.md)
-- Outcomes  stored | lease_lost | ended
-- Raises    22004 when the entry, the lease or the access token is null
create function public.store_upstream_refresh(
  p_upstream_token_id text,
  p_lease_hash text,
  p_access_token text,
  p_refresh_token text,
  p_scope text,
  p_expires_at timestamptz
)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_holder public.upstream_oauth_tokens;
begin
  if p_upstream_token_id is null or p_lease_hash is null or p_access_token is null then
    raise exception using errcode = '22004', message = 'a refresh names its vault entry, its lease and a token';
  end if;

  update public.custom_oauth_configs as config
  set client_refused_at = null, client_refused_reason = null
  where config.id = (
      select login.oauth_config_id
      from public.upstream_oauth_tokens as login
      where login.id = p_upstream_token_id
    )
    and config.client_refused_at is not null;

  v_holder := public.lock_refresh_holder(p_upstream_token_id => p_upstream_token_id);
  if v_holder.refresh_lease_hash is distinct from p_lease_hash then
    if exists (
      select from public.upstream_oauth_tokens as upstream
      where upstream.id = p_upstream_token_id and upstream.ended_at is null
    ) then
      return 'lease_lost';
    end if;
    return 'ended';
  end if;

  update public.upstream_oauth_tokens as holder
  set refresh_token_ciphertext = coalesce(p_refresh_token, holder.refresh_token_ciphertext),
      refresh_leased_until = null,
      refresh_lease_hash = null,
      first_refused_at = null,
      refusals = 0
  where holder.id = v_holder.id;
  update public.upstream_oauth_tokens as upstream
  set access_token_ciphertext = p_access_token,
      scope = coalesce(p_scope, upstream.scope),
      expires_at = p_expires_at,
      refreshed_at = now()
  where upstream.id = p_upstream_token_id and upstream.ended_at is null;
  return case when found then 'stored' else 'ended' end;
end
$$;

revoke all on function public.store_upstream_refresh from public, anon, authenticated, service_role;
grant execute on function public.store_upstream_refresh to service_role, gatepost_functions;

-- sum_mcp_calls: adds calls to the sums of their day, and moves whoever comes back to the new last day.
--
-- Caller    count_mcp_calls, before it notes the new last day of each person
-- Rights    invoker, granted to nobody
-- Locks     the sums of calls
create function public.sum_mcp_calls(p_entries public.mcp_call_entry[])
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into public.mcp_call_sums as total
    (organization_id, mcp_server_id, day, method, name, calls, succeeded, failed, refused, cancelled, known_calls,
     visitor_calls, milliseconds, bytes_in, bytes_out, durations, last_users)
  with called as (
    select entry.organization_id, entry.mcp_server_id, entry.day, entry.method, entry.name, count(*) as calls,
      count(*) filter (where entry.outcome = 'ok') as succeeded,
      count(*) filter (where entry.outcome in ('tool_error', 'rpc_error', 'http_error', 'unanswered')) as failed,
      count(*) filter (where entry.outcome = 'refused') as refused,
      count(*) filter (where entry.outcome = 'cancelled') as cancelled,
      count(*) filter (where entry.is_known) as known_calls,
      count(*) filter (where not entry.is_known and entry.mcp_server_user_id is not null) as visitor_calls,
      sum(entry.milliseconds) as milliseconds, sum(entry.bytes_in) as bytes_in, sum(entry.bytes_out) as bytes_out,
      array_agg(least(floor(4 * log(2, greatest(entry.milliseconds, 1)))::integer + 1, 80)) as places
    from unnest(p_entries) as entry
    group by entry.organization_id, entry.mcp_server_id, entry.day, entry.method, entry.name
  ), seen as (
    select entry.organization_id, entry.mcp_server_id, entry.method, entry.name, known.last_called_on as former_day,
      max(entry.day) as day
    from unnest(p_entries) as entry
    left join public.mcp_tool_users as known
      on known.organization_id = entry.organization_id and known.mcp_server_user_id = entry.mcp_server_user_id
      and known.tool_key = md5(entry.mcp_server_id || ' ' || entry.method || ' ' || entry.name)::uuid
    where entry.mcp_server_user_id is not null and entry.name <> ''
    group by entry.organization_id, entry.mcp_server_user_id, entry.mcp_server_id, entry.method, entry.name,
      known.last_called_on
    having known.last_called_on is null or max(entry.day) > known.last_called_on
  ), moved as (
    select step.organization_id, step.mcp_server_id, step.day, step.method, step.name, sum(step.users) as users
    from (
      select seen.organization_id, seen.mcp_server_id, seen.day, seen.method, seen.name, 1 as users from seen
      union all
      select seen.organization_id, seen.mcp_server_id, seen.former_day, seen.method, seen.name, -1 from seen
      where seen.former_day is not null
    ) as step
    group by step.organization_id, step.mcp_server_id, step.day, step.method, step.name
  )
  select organization_id, mcp_server_id, day, method, name, coalesce(called.calls, 0), coalesce(called.succeeded, 0),
    coalesce(called.failed, 0), coalesce(called.refused, 0), coalesce(called.cancelled, 0),
    coalesce(called.known_calls, 0), coalesce(called.visitor_calls, 0), coalesce(called.milliseconds, 0),
    coalesce(called.bytes_in, 0), coalesce(called.bytes_out, 0),
    array(
      select (select count(*) from unnest(called.places) as taken where taken = place)::integer
      from generate_series(1, 80) as place order by place
    ),
    coalesce(moved.users, 0)
  from called
  full join moved using (organization_id, mcp_server_id, day, method, name)
  order by organization_id, day, mcp_server_id, method, name
  on conflict on constraint call_sum_is_one_row do update
  set calls = total.calls + excluded.calls,
      succeeded = total.succeeded + excluded.succeeded,
      failed = total.failed + excluded.failed,
      refused = total.refused + excluded.refused,
      cancelled = total.cancelled + excluded.cancelled,
      known_calls = total.known_calls + excluded.known_calls,
      visitor_calls = total.visitor_calls + excluded.visitor_calls,
      milliseconds = total.milliseconds + excluded.milliseconds,
      bytes_in = total.bytes_in + excluded.bytes_in,
      bytes_out = total.bytes_out + excluded.bytes_out,
      durations = public.add_durations(p_one => total.durations, p_other => excluded.durations),
      last_users = total.last_users + excluded.last_users;
end
$$;

revoke all on function public.sum_mcp_calls from public, anon, authenticated, service_role;

-- take_client_slot: finds room for a client that has not led to a login.
--
-- p_source is the caller's address group, p_place where the redirect leads to. An
-- unknown address group is no source: the place is then.
--
-- Of eight places that are drawn, a free one is best. Otherwise the oldest client
-- there makes room: one of the same source, or any other where the source holds
-- none of the eight. Nobody makes room within a minute of the registration, or
-- within ten minutes of an approval: a person is in the middle of a login then.
-- A client of a finished login has no place and is never looked at.
--
-- Caller    register_mcp_client; open_authorization_session for a metadata document
-- Rights    invoker, granted to nobody
-- Locks     the row that it deletes, where nobody else holds it (skip locked)
-- Returns   the place; null where there is none
create function public.take_client_slot(p_mcp_server_id text, p_source text, p_place text)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_bound public.row_bounds;
  v_login_lasts interval;
  v_source text := coalesce(p_source, p_place);
  v_slots integer[];
  v_slot integer;
  v_holder_id text;
begin
  select * into strict v_bound from public.row_bounds as bound where bound.kind = 'client';
  select bound.held_for into strict v_login_lasts from public.row_bounds as bound where bound.kind = 'login';

  v_slots := public.draw_slots(
    p_bound => v_bound,
    p_source => v_source,
    p_cause => case when p_source is not null then p_place end,
    p_of_cause => (
      select bound.of_source from public.row_bounds as bound where bound.kind = 'client of one redirect place'
    )
  );
  select drawn.slot, drawn.holder_id into v_slot, v_holder_id
  from (
    select place.slot, holder.id as holder_id, holder.source = v_source as is_own, holder.created_at,
      holder.last_used_at, holder.expires_at, bool_or(holder.source = v_source) over () as has_own
    from unnest(v_slots) as place (slot)
    left join lateral (
      select client.* from public.mcp_client_registrations as client
      where client.mcp_server_id = p_mcp_server_id and client.slot = place.slot
      limit 1
    ) as holder on true
  ) as drawn
  where drawn.holder_id is null
    or (drawn.is_own or drawn.has_own is not true)
      and drawn.created_at <= now() - v_bound.held_for
      and (drawn.last_used_at is null or drawn.last_used_at <= now() - v_login_lasts)
  order by drawn.holder_id is not null, drawn.is_own desc, coalesce(drawn.last_used_at, drawn.created_at)
  limit 1;
  if v_holder_id is null then
    return v_slot;
  end if;

  delete from public.mcp_client_registrations as client
  where client.id = (
    select surplus.id from public.mcp_client_registrations as surplus
    where surplus.id = v_holder_id and surplus.slot = v_slot
    for update skip locked
  );
  return case when found then v_slot end;
end
$$;

revoke all on function public.take_client_slot from public, anon, authenticated, service_role;

-- take_server_names: gives a server its names, and retires those that it had before.
--
-- Where the operator reserves slugs, an organization takes none but those that stand
-- among the retired ones for it.
--
-- Called after the server has been written: whoever had a name until a moment ago
-- has committed by then, so the retired name is seen. Raising undoes the write.
--
-- Caller    save_mcp_server
-- Rights    invoker, granted to nobody
-- Raises    23505 when a name is retired for another organization, or has to be reserved and is not
create function public.take_server_names(p_organization_id text, p_names text[], p_former_names text[])
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_foreign_name text := (
    select retired.name from public.retired_server_names as retired
    where retired.name = any (p_names) and retired.organization_id <> p_organization_id
    limit 1
  );
begin
  if v_foreign_name is not null then
    raise exception using
      errcode = '23505',
      message = 'the name is retired for another organization',
      constraint = case when strpos(v_foreign_name, ':') > 0
        then 'mcp_server_resource_is_unique' else 'mcp_server_slug_is_unique' end;
  end if;

  if exists (
    select from unnest(p_names) as taken (name)
    join public.gatepost_settings as setting on setting.server_slugs = 'reserved'
    where strpos(taken.name, ':') = 0
      and not coalesce(taken.name = any (array_remove(p_former_names, null)), false)
      and not exists (select from public.retired_server_names as retired where retired.name = taken.name)
  ) then
    raise exception using
      errcode = '23505',
      message = 'the slug is not reserved for the organization',
      constraint = 'mcp_server_slug_is_unique';
  end if;

  delete from public.retired_server_names as retired where retired.name = any (p_names);
  perform public.retire_server_names(
    p_organization_id => p_organization_id,
    p_names => array(
      select former.name from unnest(p_former_names) as former (name)
      where not coalesce(former.name = any (array_remove(p_names, null)), false)
    )
  );
end
$$;

revoke all on function public.take_server_names from public, anon, authenticated, service_role;

-- take_session_slot: finds room for a login that begins.
--
-- p_source and p_place are as for take_client_slot.
--
-- Of eight places that are drawn, a free one is best. Otherwise a login that has
-- ended or expired makes room, and no other. A client that has led to no login
-- has a few places of its own among those of its source, where its own oldest
-- login makes room: whoever posts approvals for such a client is in nobody's way.
--
-- Caller    open_authorization_session
-- Rights    invoker, granted to nobody
-- Locks     the row that it deletes, where nobody else holds it (skip locked)
-- Returns   the place; null where there is none
create function public.take_session_slot(
  p_client public.mcp_client_registrations,
  p_source text,
  p_place text
)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_bound public.row_bounds;
  v_slots integer[];
  v_unused_id text;
  v_slot integer;
  v_holder_id text;
begin
  select * into strict v_bound from public.row_bounds as bound where bound.kind = 'login';
  v_unused_id := case when p_client.expires_at is not null then p_client.id end;
  v_slots := public.draw_slots(
    p_bound => v_bound,
    p_source => coalesce(p_source, p_place),
    p_cause => coalesce(v_unused_id, case when p_source is not null then p_place end),
    p_of_cause => (
      select bound.of_source from public.row_bounds as bound
      where bound.kind = case
        when v_unused_id is null then 'login by one redirect place' else 'login of an unused client'
      end
    )
  );

  select place.slot, holder.id into v_slot, v_holder_id
  from unnest(v_slots) as place (slot)
  left join lateral (
    select session.* from public.mcp_authorization_sessions as session
    where session.mcp_server_id = p_client.mcp_server_id and session.slot = place.slot
    limit 1
  ) as holder on true
  where holder.id is null
    or holder.completed_at is not null
    or holder.failed_at is not null
    or holder.created_at <= now() - v_bound.held_for
    or holder.mcp_client_registration_id = v_unused_id
  order by holder.id is not null, holder.created_at
  limit 1;
  if v_holder_id is null then
    return v_slot;
  end if;

  delete from public.mcp_authorization_sessions as session
  where session.id = (
    select surplus.id from public.mcp_authorization_sessions as surplus
    where surplus.id = v_holder_id
    for update skip locked
  );
  return case when found then v_slot end;
end
$$;

revoke all on function public.take_session_slot from public, anon, authenticated, service_role;

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

-- tracking_hash: how a visitor's tracking id stands in the database.
--
-- SHA-256 (base64url, 43 characters) of the organization and the id. Whoever has a
-- dump cannot be the visitor, and cannot tell that two organizations know the same
-- one. A key would have to stand in the database, where other services call, and so
-- in the dump: what protects an id is that it is unguessable.
--
-- Caller    open_anonymous_call, provision_mcp_server_user, track_mcp_server_user
-- Rights    invoker, granted to nobody
-- Returns   the hash; null without a tracking id
create function public.tracking_hash(p_organization_id text, p_tracking_id text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return translate(
    encode(sha256(convert_to(p_organization_id || ' ' || nullif(p_tracking_id, ''), 'UTF8')), 'base64'), '+/=', '-_'
  );
end
$$;

revoke all on function public.tracking_hash from public, anon, authenticated, service_role;

-- unmerge_mcp_server_users: takes a merge of two end users back.
--
-- The user who was merged is there again, with the same id, the row as it was, and
-- the identities, MCP sessions and calls that the other took over and still has. The
-- tokens of both end: what was issued since the merge may be either's, so both log
-- in again. A tracking id that somebody else has by now stays with them.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, the user who stayed, then its codes, token families and vault entries,
--           then the activity of both, days and sums of calls
--           (lock order: supabase/schemas/README.md)
-- Outcomes  taken_back | forbidden | unknown_merge
-- Raises    22004 when p_merge_id is null
create function public.unmerge_mcp_server_users(p_merge_id text)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_merge public.mcp_server_user_merges;
  v_restored public.mcp_server_user;
  v_role text;
  v_change public.platform_change;
begin
  if p_merge_id is null then
    raise exception using errcode = '22004', message = 'p_merge_id must not be null';
  end if;

  select * into v_merge
  from public.mcp_server_user_merges as merge
  where merge.id = p_merge_id and public.platform_role(merge.organization_id) is not null;
  perform public.hold_organization(p_organization_id => v_merge.organization_id);
  perform from public.mcp_server_user as holder where holder.id = v_merge.mcp_server_user_id for no key update;
  -- Read again under the lock: somebody else may have taken it back meanwhile.
  select * into v_merge
  from public.mcp_server_user_merges as merge
  where merge.id = v_merge.id and merge.taken_back_at is null;
  v_role := public.platform_role(v_merge.organization_id);
  v_change.outcome := case
    when v_merge.id is null or v_role is null then 'unknown_merge'
    when v_role = 'member' then 'forbidden'
    else 'taken_back'
  end;
  if v_change.outcome <> 'taken_back' then
    return v_change;
  end if;

  v_restored := jsonb_populate_record(null::public.mcp_server_user, v_merge.merged_user);
  if exists (
    select from public.mcp_server_user as other
    where other.organization_id = v_restored.organization_id and other.tracking_hash = v_restored.tracking_hash
  ) then
    v_restored.tracking_hash := null;
  end if;
  insert into public.mcp_server_user select v_restored.*;
  update public.mcp_server_user_identities as identity
  set mcp_server_user_id = v_restored.id
  from jsonb_to_recordset(v_merge.identities) as moved (source text, subject text)
  where identity.organization_id = v_merge.organization_id
    and identity.source = moved.source
    and identity.subject = moved.subject
    and identity.mcp_server_user_id = v_merge.mcp_server_user_id;
  update public.mcp_server_session as history
  set mcp_server_user_id = v_restored.id
  where history.id = any (v_merge.session_ids) and history.mcp_server_user_id = v_merge.mcp_server_user_id;
  perform public.withdraw_user_tokens(
    p_organization_id => v_merge.organization_id,
    p_mcp_server_user_id => v_merge.mcp_server_user_id,
    p_reason => 'users_unmerged'
  );
  perform public.move_mcp_calls(
    p_organization_id => v_merge.organization_id, p_from_user_id => v_merge.mcp_server_user_id,
    p_to_user_id => v_restored.id, p_of_merge_id => v_merge.id
  );
  update public.mcp_server_user_merges as merge
  set taken_back_at = now(), merged_user = '{}', identities = '[]', session_ids = '{}'
  where merge.id = v_merge.id;
  perform public.record_platform_event(
    p_organization_id => v_merge.organization_id,
    p_event => 'users_unmerged',
    p_object_id => v_merge.id,
    p_mcp_server_user_id => v_merge.mcp_server_user_id
  );
  v_change.id := v_restored.id;
  return v_change;
end
$$;

revoke all on function public.unmerge_mcp_server_users from public, anon, authenticated, service_role;
grant execute on function public.unmerge_mcp_server_users to authenticated;

-- use_client_assertion: accepts a client's assertion, once.
--
-- The caller has checked its signature and its claims. What is remembered is
-- remembered in the transaction of what the assertion is for: where that fails
-- for a reason of the moment the assertion is as good as before, so that a
-- client that sends the same request again is not refused. Where it was
-- answered, and the answer was lost, the client has to sign a new one: the
-- same assertion twice is what a thief would send.
--
-- Growth is bounded: a client that no login has used holds 20 assertions at a
-- time, any other 10,000 (row_bounds). Those that have expired go first.
--
-- Caller    authenticate_mcp_client
-- Rights    invoker, granted to nobody
-- Locks     the assertion; expired ones nobody else holds
-- Outcomes  authenticated | assertion_replayed | assertion_expired | too_many_assertions
create function public.use_client_assertion(
  p_client public.mcp_client_registrations,
  p_assertion_hash text,
  p_assertion_expires_at timestamptz
)
returns text
language plpgsql
set search_path = ''
as $$
declare
  v_bound public.row_bounds;
begin
  if p_assertion_expires_at <= now() then
    return 'assertion_expired';
  end if;

  delete from public.mcp_client_assertions as assertion
  where assertion.ctid = any (array(
    select expired.ctid from public.mcp_client_assertions as expired
    where expired.expires_at < now()
    order by expired.expires_at
    limit 10
    for update skip locked
  ));
  if exists (
    select from public.mcp_client_assertions as held
    where held.mcp_client_registration_id = p_client.id and held.assertion_hash = p_assertion_hash
  ) then
    return 'assertion_replayed';
  end if;

  select * into strict v_bound
  from public.row_bounds as bound
  where bound.kind = case
    when p_client.first_used_at is null then 'assertion of an unused client' else 'assertion'
  end;
  if p_client.first_used_at is null and exists (
    select from public.mcp_client_assertions as held
    where held.mcp_client_registration_id = p_client.id
    offset v_bound.of_source - 1
  ) then
    return 'too_many_assertions';
  end if;

  -- Of a used client one of eight places that are drawn: counting would cost the more the more assertions there are.
  for v_draw in 1..8 loop
    insert into public.mcp_client_assertions
      (organization_id, mcp_client_registration_id, assertion_hash, expires_at, slot)
    values
      (p_client.organization_id, p_client.id, p_assertion_hash, p_assertion_expires_at,
       case when p_client.first_used_at is not null then floor(random() * v_bound.of_source)::integer end)
    on conflict do nothing;
    if found then
      return 'authenticated';
    end if;
    if exists (
      select from public.mcp_client_assertions as held
      where held.mcp_client_registration_id = p_client.id and held.assertion_hash = p_assertion_hash
    ) then
      return 'assertion_replayed';
    end if;
  end loop;
  return 'too_many_assertions';
end
$$;

revoke all on function public.use_client_assertion from public, anon, authenticated, service_role;

-- verified_address_of_platform_user: the caller's e-mail address, if Supabase Auth has verified it.
--
-- Caller    the RPCs of whoever is invited
-- Rights    invoker, granted to nobody
-- Returns   the address in lower case; null where none is verified
create function public.verified_address_of_platform_user()
returns text
language sql
stable
set search_path = ''
as $$
  select lower(person.email)
  from auth.users as person
  where person.id = (select auth.uid()) and person.email_confirmed_at is not null
$$;

revoke all on function public.verified_address_of_platform_user from public, anon, authenticated, service_role;

-- withdraw_user_tokens: ends everything that was issued to a user, for a reason.
--
-- Codes are deleted, token families revoked and vault entries ended. The function
-- waits for a redemption that holds a code, and revokes its family as well. It also
-- locks what has ended before: whoever then deletes the user deletes all of it.
--
-- Caller    claim_tracked_user, merge_tracked_user, and the RPCs of platform
--           users; each holds the user's row, so that no login adds to it
-- Rights    invoker, granted to nobody
-- Locks     the user's codes, then token families, then vault entries, each by key (lenders first)
--           (lock order: supabase/schemas/README.md)
-- Returns   how many token families were alive
create function public.withdraw_user_tokens(p_organization_id text, p_mcp_server_user_id text, p_reason text)
returns integer
language plpgsql
set search_path = ''
as $$
declare
  v_revoked integer;
begin
  delete from public.mcp_authorization_codes as code
  where code.code_hash = any (array(
    select own.code_hash from public.mcp_authorization_codes as own
    where own.organization_id = p_organization_id and own.mcp_server_user_id = p_mcp_server_user_id
    order by own.code_hash
    for update
  ));

  update public.mcp_proxy_tokens as family
  set revoked_at = now(), revoked_reason = p_reason, expires_at = least(family.expires_at, now())
  where family.id = any (array(
    select own.id from public.mcp_proxy_tokens as own
    where own.organization_id = p_organization_id and own.mcp_server_user_id = p_mcp_server_user_id
    order by own.id
    for no key update
  ))
    and family.revoked_at is null;
  get diagnostics v_revoked = row_count;

  perform public.lock_vault_entries(p_upstream_token_ids => array(
    select login.id from public.upstream_oauth_tokens as login
    where login.organization_id = p_organization_id and login.mcp_server_user_id = p_mcp_server_user_id
  ));
  update public.upstream_oauth_tokens as upstream
  set ended_at = now(), ended_reason = p_reason, refresh_leased_until = null, refresh_lease_hash = null
  where upstream.organization_id = p_organization_id
    and upstream.mcp_server_user_id = p_mcp_server_user_id
    and upstream.ended_at is null;
  return v_revoked;
end
$$;

revoke all on function public.withdraw_user_tokens from public, anon, authenticated, service_role;

-- mcp_absent_people: who called once and has not been back for three days or more.
--
-- came_back_on is empty for those who never called again three days after their first
-- call. Filter by last_called_on for another time.
--
-- Readers   members, as authenticated
create view public.mcp_absent_people with (security_invoker = true) as
select
  activity.organization_id,
  activity.mcp_server_user_id,
  person.email,
  person.profile_data ->> 'name' as person_name,
  person.auth_type <> 'none' as is_known,
  activity.first_called_on,
  activity.last_called_on,
  activity.came_back_on,
  (now() at time zone 'UTC')::date - activity.last_called_on as days_away,
  activity.calls
from public.mcp_user_activity as activity
join public.mcp_server_user as person on person.id = activity.mcp_server_user_id
where activity.last_called_on <= (now() at time zone 'UTC')::date - 3;

revoke all on public.mcp_absent_people from public, anon, authenticated, service_role;
grant select on public.mcp_absent_people to authenticated;

-- mcp_active_people: how many different people called in each day, week and month.
--
-- period is day, week (from Monday) or month, in UTC. Whoever logs in is known;
-- visitors are those whom Gatepost tells apart without a login.
--
-- Readers   members, as authenticated
create view public.mcp_active_people with (security_invoker = true) as
select
  active.organization_id,
  active.period,
  active.starts_on,
  active.known + active.visitors as people,
  active.known,
  active.visitors
from public.mcp_active_days as active;

revoke all on public.mcp_active_people from public, anon, authenticated, service_role;
grant select on public.mcp_active_people to authenticated;

-- mcp_audit: who did what, with names beside the ids.
--
-- A name is empty once what it names is deleted; the id stays. actor is the
-- e-mail address of the member who acted, as long as it is one.
--
-- What happened again within an hour stands in one line: see record_audit_event.
--
-- Readers   members, as authenticated
create view public.mcp_audit with (security_invoker = true) as
select
  entry.organization_id,
  entry.id as audit_event_id,
  entry.occurred_at,
  entry.event,
  entry.reason,
  entry.request_id,
  entry.mcp_server_id,
  server.slug as server,
  entry.mcp_server_user_id,
  person.email,
  entry.client_id,
  entry.platform_user_id,
  actor.email as actor,
  entry.object_id,
  entry.detail,
  entry.occurrences,
  entry.last_occurred_at,
  entry.repeated_request_ids
from public.mcp_audit_events as entry
left join public.mcp_servers as server on server.id = entry.mcp_server_id
left join public.mcp_server_user as person on person.id = entry.mcp_server_user_id
left join public.list_member_addresses() as actor on actor.user_id = entry.platform_user_id;

revoke all on public.mcp_audit from public, anon, authenticated, service_role;
grant select on public.mcp_audit to authenticated;

-- mcp_client_versions: the MCP clients that people used in the last 30 days, by name and version.
--
-- A client says its name and version when it begins a session (initialize). One that
-- says nothing stands with the name that it registered. people are those whose last
-- session with this version lies in that time; somebody with two versions counts twice.
--
-- Readers   members, as authenticated
create view public.mcp_client_versions with (security_invoker = true) as
select
  client.organization_id,
  client.mcp_server_id,
  server.slug as server,
  regexp_replace(client.name, '/[^/]*$', '') as client_name,
  nullif(substring(client.name from '/([^/]*)$'), '') as client_version,
  client.people,
  client.sessions,
  client.first_seen_on,
  client.last_seen_on
from (
  select
    total.organization_id, total.mcp_server_id, total.name, sum(total.last_users)::integer as people,
    sum(total.calls)::bigint as sessions, min(total.day) as first_seen_on, max(total.day) as last_seen_on
  from public.mcp_call_sums as total
  where total.day > (now() at time zone 'UTC')::date - 30
    and total.name <> ''
    and total.method = 'initialize'
  group by total.organization_id, total.mcp_server_id, total.name
) as client
join public.mcp_servers as server on server.id = client.mcp_server_id;

revoke all on public.mcp_client_versions from public, anon, authenticated, service_role;
grant select on public.mcp_client_versions to authenticated;

-- mcp_clients: the MCP clients of each server, and how many logins each holds.
--
-- Readers   members, as authenticated
create view public.mcp_clients with (security_invoker = true) as
select
  client.organization_id,
  client.id as mcp_client_registration_id,
  client.mcp_server_id,
  server.slug as server,
  client.client_id,
  client.client_name,
  client.kind,
  client.token_endpoint_auth_method,
  client.redirect_uris,
  client.grant_types,
  client.client_metadata,
  (
    select count(*)::integer from public.mcp_proxy_tokens as family
    where family.mcp_client_registration_id = client.id and family.revoked_at is null and family.expires_at > now()
  ) as logins,
  client.created_at,
  client.first_used_at,
  client.last_used_at,
  client.expires_at
from public.mcp_client_registrations as client
join public.mcp_servers as server on server.id = client.mcp_server_id;

revoke all on public.mcp_clients from public, anon, authenticated, service_role;
grant select on public.mcp_clients to authenticated;

-- mcp_connections: which person is connected to which server with which client, a line each.
--
-- A connection is every living login of one person with one client; a client
-- belongs to one server. The line is that of the newest login: an index has their
-- order (last_login_at), so the first lines are there at once, however many people
-- there are. last_used_at is the newest of a login, a refresh and a call of an MCP
-- session; no index has it, because it moves with each of them. A client that holds
-- its access token only, and has no session, is seen at its next refresh.
--
-- Readers   members, as authenticated
create view public.mcp_connections with (security_invoker = true) as
select
  login.organization_id,
  login.mcp_server_user_id,
  person.email,
  person.profile_data ->> 'name' as name,
  login.mcp_client_registration_id,
  client.client_id,
  client.client_name,
  login.mcp_server_id,
  server.slug as server,
  array(
    select distinct granted.scope
    from public.mcp_proxy_tokens as family
    cross join regexp_split_to_table(family.scope, ' ') as granted (scope)
    where family.organization_id = login.organization_id
      and family.mcp_server_user_id = login.mcp_server_user_id
      and family.mcp_client_registration_id = login.mcp_client_registration_id
      and family.revoked_at is null
      and family.expires_at > now()
      and granted.scope <> ''
    order by granted.scope
  ) as scopes,
  every_login.logins,
  every_login.first_used_at,
  login.created_at as last_login_at,
  greatest(every_login.last_used_at, (
    select max(history.last_seen_at)
    from public.mcp_server_session as history
    where history.organization_id = login.organization_id
      and history.mcp_server_user_id = login.mcp_server_user_id
      and history.mcp_server_id = login.mcp_server_id
      and history.client_id = client.client_id
  )) as last_used_at,
  every_login.expires_at,
  person.blocked_at
from public.mcp_proxy_tokens as login
cross join lateral (
  select
    count(*)::integer as logins,
    min(family.created_at) as first_used_at,
    max(greatest(family.created_at, family.rotated_at)) as last_used_at,
    max(family.expires_at) as expires_at
  from public.mcp_proxy_tokens as family
  where family.organization_id = login.organization_id
    and family.mcp_server_user_id = login.mcp_server_user_id
    and family.mcp_client_registration_id = login.mcp_client_registration_id
    and family.revoked_at is null
    and family.expires_at > now()
) as every_login
join public.mcp_server_user as person on person.id = login.mcp_server_user_id
join public.mcp_client_registrations as client on client.id = login.mcp_client_registration_id
join public.mcp_servers as server on server.id = login.mcp_server_id
where login.revoked_at is null
  and login.expires_at > now()
  and not exists (
    select from public.mcp_proxy_tokens as newer
    where newer.organization_id = login.organization_id
      and newer.mcp_server_user_id = login.mcp_server_user_id
      and newer.mcp_client_registration_id = login.mcp_client_registration_id
      and newer.revoked_at is null
      and newer.expires_at > now()
      and (newer.created_at > login.created_at or (newer.created_at = login.created_at and newer.id > login.id))
  );

revoke all on public.mcp_connections from public, anon, authenticated, service_role;
grant select on public.mcp_connections to authenticated;

-- mcp_ended_logins: why somebody was logged out: each login that has ended, with the reason.
--
-- A login stands here for a day after its end, and then what the audit says of
-- it. event and request_id are those of the audit event that was written with the
-- end. A blocked person's logins are not ended but refused: they are good again
-- when the person is let in. Logins at Gatepost's own page are not listed.
--
-- Readers   members, as authenticated
create view public.mcp_ended_logins with (security_invoker = true) as
select
  login.organization_id,
  login.mcp_server_user_id,
  person.email,
  login.mcp_server_id,
  server.slug as server,
  login.client_id,
  login.began_at,
  login.ended_at,
  login.reason,
  login.event,
  login.request_id,
  login.platform_user_id
from (
  select
    family.organization_id, family.mcp_server_user_id, family.mcp_server_id, client.client_id,
    family.created_at as began_at,
    case when family.revoked_at is null then coalesce(ending.occurred_at, family.expires_at) else family.revoked_at end
      as ended_at,
    case
      when family.revoked_reason = 'upstream_ended' then coalesce(upstream.ended_reason, 'upstream_ended')
      when family.revoked_reason is not null then family.revoked_reason
      when holder.blocked_at is not null then 'user_blocked'
      else 'refresh_token_expired'
    end as reason,
    ending.event, ending.request_id, ending.platform_user_id
  from (
    select
      revoked.organization_id, revoked.mcp_server_user_id, revoked.mcp_server_id, revoked.mcp_client_registration_id,
      revoked.upstream_token_id, revoked.created_at, revoked.expires_at, revoked.revoked_at, revoked.revoked_reason
    from public.mcp_proxy_tokens as revoked where revoked.revoked_at is not null
    union all
    select
      expired.organization_id, expired.mcp_server_user_id, expired.mcp_server_id, expired.mcp_client_registration_id,
      expired.upstream_token_id, expired.created_at, expired.expires_at, expired.revoked_at, expired.revoked_reason
    from public.mcp_proxy_tokens as expired
    where expired.revoked_at is null
      and expired.expires_on <= (now() at time zone 'UTC')::date
      and expired.expires_at <= now()
    union all
    select
      refused.organization_id, refused.mcp_server_user_id, refused.mcp_server_id, refused.mcp_client_registration_id,
      refused.upstream_token_id, refused.created_at, refused.expires_at, refused.revoked_at, refused.revoked_reason
    from public.mcp_server_user as blocked
    join public.mcp_proxy_tokens as refused
      on refused.organization_id = blocked.organization_id and refused.mcp_server_user_id = blocked.id
    where blocked.blocked_at is not null and refused.revoked_at is null and refused.expires_at > now()
  ) as family
  join public.mcp_client_registrations as client on client.id = family.mcp_client_registration_id
  join public.mcp_server_user as holder on holder.id = family.mcp_server_user_id
  left join public.upstream_oauth_tokens as upstream on upstream.id = family.upstream_token_id
  left join lateral (
    select entry.event, entry.request_id, entry.platform_user_id, entry.occurred_at
    from public.mcp_audit_events as entry
    where entry.organization_id = family.organization_id
      -- Below row level security PostgreSQL looks up a case in an index, and no coalesce.
      and entry.occurred_at = case when family.revoked_at is null then holder.blocked_at else family.revoked_at end
      and coalesce(entry.mcp_server_user_id, family.mcp_server_user_id) = family.mcp_server_user_id
      and coalesce(entry.mcp_server_id, family.mcp_server_id) = family.mcp_server_id
    order by entry.mcp_server_user_id nulls last, entry.id
    limit 1
  ) as ending on true
  where client.kind <> 'gatepost'
  union all
  (
    select
      entry.organization_id, entry.mcp_server_user_id, entry.mcp_server_id, entry.client_id, null::timestamptz, entry.occurred_at,
      coalesce(entry.reason, entry.event), entry.event, entry.request_id, entry.platform_user_id
    from public.mcp_audit_events as entry
    where entry.event in (
        'tokens_revoked', 'upstream_token_ended', 'user_tokens_revoked', 'user_deleted', 'user_merged',
        'users_merged', 'users_unmerged', 'connections_revoked', 'client_deleted', 'server_deleted'
      )
      and not exists (
        select from public.mcp_proxy_tokens as family
        where family.organization_id = entry.organization_id
          and family.revoked_at = entry.occurred_at
          and family.mcp_server_user_id = coalesce(entry.mcp_server_user_id, family.mcp_server_user_id)
          and family.mcp_server_id = coalesce(entry.mcp_server_id, family.mcp_server_id)
      )
    order by entry.occurred_at desc
  )
) as login
left join public.mcp_servers as server on server.id = login.mcp_server_id
left join public.mcp_server_user as person on person.id = login.mcp_server_user_id;

revoke all on public.mcp_ended_logins from public, anon, authenticated, service_role;
grant select on public.mcp_ended_logins to authenticated;

-- mcp_funnel: how far the people have come who appeared in each of the last 26 weeks.
--
-- came_as is visitor for those who were tracked first, and login for the others.
-- logged_in are visitors whom a login claimed, and everybody who came by a login.
-- called are those of them who made a call, before or after; came_back those who called
-- again three days or more after their first call. week is its Monday.
--
-- Readers   members, as authenticated
create view public.mcp_funnel with (security_invoker = true) as
select
  step.organization_id,
  (step.week at time zone 'UTC')::date as week,
  case when step.is_login then 'login' else 'visitor' end as came_as,
  step.people,
  step.logged_in,
  step.called,
  step.came_back
from (
  select
    person.organization_id,
    date_bin('7 days', person.first_seen_at, '2001-01-01 00:00:00+00') as week,
    person.tracked_at is null as is_login,
    count(*)::integer as people,
    count(*) filter (where person.tracked_at is null or person.claimed_at is not null)::integer as logged_in,
    count(person.first_called_on)
      filter (where person.tracked_at is null or person.claimed_at is not null)::integer as called,
    count(person.came_back_on)
      filter (where person.tracked_at is null or person.claimed_at is not null)::integer as came_back
  from public.mcp_server_user as person
  where person.first_seen_at >= date_bin('7 days', now(), '2001-01-01 00:00:00+00') - interval '25 weeks'
  group by 1, 2, 3
) as step;

revoke all on public.mcp_funnel from public, anon, authenticated, service_role;
grant select on public.mcp_funnel to authenticated;

-- mcp_invitations: who has been asked to join, and has not answered.
--
-- Readers   members, as authenticated
create view public.mcp_invitations with (security_invoker = true) as
select
  invitation.organization_id,
  invitation.id as invitation_id,
  invitation.email,
  invitation.role,
  invitation.invited_by,
  inviter.email as invited_by_email,
  invitation.created_at as invited_at,
  invitation.expires_at
from public.organization_invitations as invitation
left join public.list_member_addresses() as inviter on inviter.user_id = invitation.invited_by
where invitation.expires_at > now();

revoke all on public.mcp_invitations from public, anon, authenticated, service_role;
grant select on public.mcp_invitations to authenticated;

-- mcp_known_callers: which part of a day's callers, and of their calls, is known by name.
--
-- A known caller logs in. A visitor is told apart by a tracking id or an MCP session.
-- Calls of callers who are neither cannot be counted as people.
--
-- Readers   members, as authenticated
create view public.mcp_known_callers with (security_invoker = true) as
select
  called.organization_id,
  called.day,
  coalesce(active.known, 0) as known,
  coalesce(active.visitors, 0) as visitors,
  round(active.known::numeric / nullif(active.known + active.visitors, 0), 4) as share_of_callers,
  called.known_calls,
  called.visitor_calls,
  called.calls - called.known_calls - called.visitor_calls as unknown_calls,
  round(called.known_calls::numeric / called.calls, 4) as share_of_calls
from (
  select
    total.organization_id, total.day, sum(total.calls)::bigint as calls, sum(total.known_calls)::bigint as known_calls,
    sum(total.visitor_calls)::bigint as visitor_calls
  from public.mcp_call_sums as total
  where total.name <> '' and total.method <> 'initialize' and total.calls > 0
  group by total.organization_id, total.day
) as called
left join public.mcp_active_days as active
  on active.organization_id = called.organization_id and active.period = 'day' and active.starts_on = called.day;

revoke all on public.mcp_known_callers from public, anon, authenticated, service_role;
grant select on public.mcp_known_callers to authenticated;

-- mcp_login_attempts: a login a line, from the approval to its end.
--
-- request_id is what the person's error page and the error at the client name.
-- logged_at is what a page of them is sorted by, the newest first: when a login
-- ended, and of one that has not ended when it began. A login that met trouble of
-- the moment may be tried again: until then its line has the last thing that
-- happened. An unfinished login counts as abandoned ten minutes after the approval.
-- Where the audit counts what happened again within an hour, the first login and
-- the last 20 have a line; these stand with the first, without the time of begin.
--
-- For a page to read fifty lines and not all, a part of the union is one table without
-- conditions (they stand behind the union), because PostgreSQL reads such a part in
-- the order of an index. What else a line needs is joined to the fifty.
--
-- Readers   members, as authenticated
create view public.mcp_login_attempts with (security_invoker = true) as
select
  login.organization_id,
  login.request_id,
  login.mcp_server_id,
  server.slug as server,
  login.client_id,
  client.client_name,
  login.mcp_server_user_id,
  person.email,
  login.outcome,
  login.logged_at,
  login.began_at,
  login.ended_at,
  coalesce(delay.reason, login.reason) as reason,
  coalesce(delay.detail, login.detail) ->> 'step' as step,
  (coalesce(delay.detail, login.detail) ->> 'status')::integer as status,
  coalesce(delay.detail, login.detail) ->> 'error_code' as error_code,
  coalesce(delay.detail, login.detail) ->> 'member' as member,
  coalesce(delay.detail, login.detail) ->> 'problem' as problem
from (
  select
    ending.organization_id, ending.request_id, ending.mcp_server_id, ending.client_id, ending.mcp_server_user_id,
    case ending.event when 'login_completed' then 'completed' when 'login_failed' then 'failed' else 'abandoned' end
      as outcome,
    ending.occurred_at as logged_at, ending.began_at, ending.occurred_at as ended_at, ending.reason, ending.detail,
    ending.event, true as is_shown
  from public.mcp_audit_events as ending
  union all
  select
    repeated.organization_id, repeated.request_id, repeated.mcp_server_id, repeated.client_id,
    repeated.mcp_server_user_id,
    case repeated.event when 'login_completed' then 'completed' when 'login_failed' then 'failed' else 'abandoned' end,
    repeated.occurred_at, null::timestamptz, repeated.last_occurred_at, repeated.reason, repeated.detail,
    repeated.event, repeated.request_id is distinct from repeated.first_request_id
  from (
    select
      counted.organization_id, unnest(counted.repeated_request_ids) as request_id,
      counted.request_id as first_request_id, counted.mcp_server_id, counted.client_id, counted.mcp_server_user_id,
      counted.event, counted.occurred_at, counted.last_occurred_at, counted.reason, counted.detail
    from public.mcp_audit_events as counted
    where counted.is_repeated and counted.event in ('login_completed', 'login_failed', 'login_abandoned')
    order by counted.occurred_at desc
  ) as repeated
  union all
  select
    attempt.organization_id, attempt.request_id, attempt.mcp_server_id,
    (
      select opener.client_id from public.mcp_client_registrations as opener
      where opener.id = attempt.mcp_client_registration_id
    ),
    null::text,
    case when attempt.expires_at > now() then 'under way' else 'abandoned' end,
    attempt.created_at, attempt.created_at,
    case when attempt.expires_at <= now() then attempt.expires_at end,
    case
      when attempt.expires_at > now() then null
      when attempt.claimed_at is null then 'provider_sent_nobody_back'
      else 'callback_did_not_finish'
    end,
    null::jsonb, 'login_begun'::text, attempt.completed_at is null and attempt.failed_at is null
  from public.mcp_authorization_sessions as attempt
) as login
left join public.mcp_servers as server on server.id = login.mcp_server_id
left join public.mcp_server_user as person on person.id = login.mcp_server_user_id
left join public.mcp_client_registrations as client
  on client.mcp_server_id = login.mcp_server_id and client.client_id = login.client_id
left join lateral (
  select delayed.reason, delayed.detail
  from public.mcp_audit_events as delayed
  where login.event = 'login_begun'
    and delayed.organization_id = login.organization_id
    and delayed.request_id = login.request_id
    and delayed.event = 'login_delayed'
  order by delayed.id desc
  limit 1
) as delay on true
where login.event in ('login_completed', 'login_failed', 'login_abandoned', 'login_begun') and login.is_shown;

revoke all on public.mcp_login_attempts from public, anon, authenticated, service_role;
grant select on public.mcp_login_attempts to authenticated;

-- mcp_login_days: how many logins of a day were completed, failed and abandoned, by reason, in the last 30 days.
--
-- begun is how many there were that day on that server, whatever became of them. A
-- login stands at the day of its end, or under way. One that met trouble of the moment
-- and was tried again counts as failed each time.
--
-- Readers   members, as authenticated
create view public.mcp_login_days with (security_invoker = true) as
select
  login.organization_id,
  (login.day at time zone 'UTC')::date as day,
  login.mcp_server_id,
  server.slug as server,
  replace(login.event, 'login_', '') as outcome,
  login.reason,
  login.logins::integer as logins,
  sum(login.logins) over (partition by login.organization_id, login.day, login.mcp_server_id)::integer as begun
from (
  select
    entry.organization_id, entry.day, entry.mcp_server_id, entry.event, entry.reason, sum(entry.logins) as logins
  from (
    select
      once.organization_id, date_bin('1 day', once.occurred_at, '2001-01-01 00:00:00+00') as day, once.mcp_server_id,
      once.event, once.reason, count(*) as logins
    from public.mcp_audit_events as once
    where once.event in ('login_completed', 'login_failed', 'login_abandoned')
      and once.occurred_at >= date_bin('1 day', now(), '2001-01-01 00:00:00+00') - interval '29 days'
    group by 1, 2, 3, 4, 5
    union all
    -- What happened again in the same row, which is in no index.
    select
      again.organization_id, date_bin('1 day', again.occurred_at, '2001-01-01 00:00:00+00'), again.mcp_server_id,
      again.event, again.reason, sum(again.occurrences - 1)
    from public.mcp_audit_events as again
    where again.is_repeated
      and again.event in ('login_completed', 'login_failed', 'login_abandoned')
      and again.occurred_at >= date_bin('1 day', now(), '2001-01-01 00:00:00+00') - interval '29 days'
    group by 1, 2, 3, 4, 5
  ) as entry
  group by 1, 2, 3, 4, 5
  union all
  select
    attempt.organization_id, date_bin('1 day', attempt.created_at, '2001-01-01 00:00:00+00'), attempt.mcp_server_id,
    'under way', null, count(*)
  from public.mcp_authorization_sessions as attempt
  where attempt.completed_at is null and attempt.failed_at is null and attempt.expires_at > now()
  group by 1, 2, 3
) as login
left join public.mcp_servers as server on server.id = login.mcp_server_id;

revoke all on public.mcp_login_days from public, anon, authenticated, service_role;
grant select on public.mcp_login_days to authenticated;

-- mcp_members: who belongs to the caller's organizations, with e-mail addresses.
--
-- Readers   members, as authenticated
create view public.mcp_members with (security_invoker = true) as
select
  member.organization_id,
  member.user_id,
  address.email,
  member.role,
  member.created_at as joined_at
from public.organization_members as member
left join public.list_member_addresses() as address on address.user_id = member.user_id;

revoke all on public.mcp_members from public, anon, authenticated, service_role;
grant select on public.mcp_members to authenticated;

-- mcp_merges: which end user was merged into which, by whom, and whether that was taken back.
--
-- Readers   members, as authenticated
create view public.mcp_merges with (security_invoker = true) as
select
  merge.organization_id,
  merge.id as merge_id,
  merge.mcp_server_user_id,
  person.email,
  merge.merged_user_id,
  merge.merged_at,
  merge.merged_by,
  actor.email as actor,
  merge.taken_back_at
from public.mcp_server_user_merges as merge
join public.mcp_server_user as person on person.id = merge.mcp_server_user_id
left join public.list_member_addresses() as actor on actor.user_id = merge.merged_by;

revoke all on public.mcp_merges from public, anon, authenticated, service_role;
grant select on public.mcp_merges to authenticated;

-- mcp_organizations: the caller's organizations, and what the caller is in each.
--
-- Readers   members, as authenticated
create view public.mcp_organizations with (security_invoker = true) as
select
  organization.id as organization_id,
  organization.name,
  own.role as own_role,
  organization.audit_retention_days,
  organization.call_retention_days,
  organization.logo_version,
  organization.created_at
from public.organizations as organization
left join public.organization_members as own
  on own.organization_id = organization.id and own.user_id = (select auth.uid());

revoke all on public.mcp_organizations from public, anon, authenticated, service_role;
grant select on public.mcp_organizations to authenticated;

-- mcp_people: the end users of an organization, with the identities that they log in with.
--
-- A visitor who never logged in has the auth_type none and no identity.
--
-- Readers   members, as authenticated
create view public.mcp_people with (security_invoker = true) as
select
  person.organization_id,
  person.id as mcp_server_user_id,
  person.email,
  person.email_verified,
  person.profile_data ->> 'name' as name,
  person.profile_data as profile,
  person.auth_type,
  (
    select coalesce(
      jsonb_agg(
        jsonb_build_object(
          'issuer', identity.source, 'subject', identity.subject, 'oauth_config_id', identity.first_oauth_config_id,
          'since', identity.created_at
        )
        order by identity.created_at, identity.source, identity.subject
      ),
      '[]'
    )
    from public.mcp_server_user_identities as identity
    where identity.organization_id = person.organization_id and identity.mcp_server_user_id = person.id
  ) as identities,
  person.first_seen_at,
  person.last_seen_at,
  person.profile_refreshed_at,
  person.blocked_at
from public.mcp_server_user as person;

revoke all on public.mcp_people from public, anon, authenticated, service_role;
grant select on public.mcp_people to authenticated;

-- mcp_providers: the providers of an organization, with all settings but the secret.
--
-- refused_at says since when the provider refuses the client id or secret.
--
-- Readers   members, as authenticated
create view public.mcp_providers with (security_invoker = true) as
select
  config.organization_id,
  config.id as oauth_config_id,
  config.name,
  config.issuer,
  config.authorization_endpoint,
  config.token_endpoint,
  config.userinfo_endpoint,
  config.jwks_uri,
  config.revocation_endpoint,
  config.emails_endpoint,
  config.client_id,
  config.token_endpoint_auth_method,
  config.scopes,
  config.authorization_parameters,
  config.identity_source,
  config.subject_claim,
  config.allowed_tenants,
  config.link_verified_email,
  config.refresh_sends_scope,
  config.account_prompt,
  array(
    select server.slug from public.mcp_servers as server
    where server.organization_id = config.organization_id and server.custom_oauth_config_id = config.id
    order by server.slug
  ) as servers,
  config.client_refused_at as refused_at,
  config.client_refused_reason as refused_reason,
  config.disabled_at,
  config.created_at,
  config.updated_at
from public.custom_oauth_configs as config;

revoke all on public.mcp_providers from public, anon, authenticated, service_role;
grant select on public.mcp_providers to authenticated;

-- mcp_resource_server_list: who may introspect the tokens of an MCP server.
--
-- Readers   members, as authenticated
create view public.mcp_resource_server_list with (security_invoker = true) as
select
  listed.organization_id,
  listed.id as resource_server_id,
  listed.mcp_server_id,
  server.slug as server,
  listed.name,
  listed.created_at
from public.mcp_resource_servers as listed
join public.mcp_servers as server on server.id = listed.mcp_server_id;

revoke all on public.mcp_resource_server_list from public, anon, authenticated, service_role;
grant select on public.mcp_resource_server_list to authenticated;

-- mcp_server_settings: the MCP servers of an organization, with all settings but the initial access token.
--
-- Readers   members, as authenticated
create view public.mcp_server_settings with (security_invoker = true) as
select
  server.organization_id,
  server.id as mcp_server_id,
  server.slug,
  server.name,
  server.auth_type,
  server.custom_oauth_config_id as oauth_config_id,
  config.name as provider,
  server.upstream_url,
  server.upstream_authorization,
  server.resource,
  server.scopes_supported,
  server.required_scopes,
  server.scope_rules,
  server.scope_hierarchy,
  server.scope_descriptions,
  server.access_token_seconds,
  server.refresh_token_seconds,
  server.registration_policy,
  server.registration_redirect_hosts,
  server.metadata_document_policy,
  server.metadata_document_hosts,
  server.record_payloads,
  server.redacted_paths,
  server.disabled_at,
  server.created_at,
  server.updated_at
from public.mcp_servers as server
left join public.custom_oauth_configs as config on config.id = server.custom_oauth_config_id;

revoke all on public.mcp_server_settings from public, anon, authenticated, service_role;
grant select on public.mcp_server_settings to authenticated;

-- mcp_session_calls: each recorded call, with its person and its MCP session.
--
-- In the order of session_began_at and started_at it is what a person did, session by
-- session; a call without a session has no mcp_session_id. Name the organization in
-- the filter where the newest calls of all people are asked for. arguments and
-- result are empty unless the server records them.
--
-- Readers   members, as authenticated
create view public.mcp_session_calls with (security_invoker = true) as
select
  recorded.organization_id,
  recorded.id as mcp_call_id,
  recorded.mcp_server_id,
  server.slug as server,
  recorded.mcp_server_user_id,
  person.email,
  recorded.mcp_session_id,
  history.first_seen_at as session_began_at,
  recorded.client_id,
  recorded.method,
  recorded.name,
  recorded.started_at,
  recorded.milliseconds,
  recorded.outcome,
  recorded.error_code,
  recorded.http_status,
  recorded.bytes_in,
  recorded.bytes_out,
  recorded.arguments,
  recorded.result
from public.mcp_calls as recorded
left join public.mcp_servers as server on server.id = recorded.mcp_server_id
left join public.mcp_server_user as person on person.id = recorded.mcp_server_user_id
left join public.mcp_server_session as history on history.id = recorded.mcp_session_id;

revoke all on public.mcp_session_calls from public, anon, authenticated, service_role;
grant select on public.mcp_session_calls to authenticated;

-- mcp_sessions: MCP sessions, and whose they are.
--
-- Readers   members, as authenticated
create view public.mcp_sessions with (security_invoker = true) as
select
  history.organization_id,
  history.id as mcp_session_id,
  history.mcp_server_id,
  server.slug as server,
  history.mcp_server_user_id,
  person.email,
  history.client_id,
  history.first_seen_at,
  history.last_seen_at
from public.mcp_server_session as history
join public.mcp_servers as server on server.id = history.mcp_server_id
join public.mcp_server_user as person on person.id = history.mcp_server_user_id;

revoke all on public.mcp_sessions from public, anon, authenticated, service_role;
grant select on public.mcp_sessions to authenticated;

-- mcp_tool_people: who uses which tool, prompt or resource: a line for each person and name.
--
-- The numbers are those of all time, also of calls that are no longer recorded.
-- failed are calls that ended with an error of the tool, of JSON-RPC or of HTTP, or
-- without an answer.
--
-- Readers   members, as authenticated
create view public.mcp_tool_people with (security_invoker = true) as
select
  pair.organization_id,
  pair.mcp_server_id,
  server.slug as server,
  pair.method,
  pair.name,
  pair.mcp_server_user_id,
  person.email,
  person.profile_data ->> 'name' as person_name,
  person.auth_type <> 'none' as is_known,
  pair.calls,
  pair.failed,
  pair.milliseconds / pair.calls as average_milliseconds,
  pair.first_called_on,
  pair.last_called_on
from public.mcp_tool_users as pair
join public.mcp_servers as server on server.id = pair.mcp_server_id
join public.mcp_server_user as person on person.id = pair.mcp_server_user_id
where pair.method <> 'initialize';

revoke all on public.mcp_tool_people from public, anon, authenticated, service_role;
grant select on public.mcp_tool_people to authenticated;

-- mcp_tools: what the tools, prompts and resources of each server did in the last 30 days.
--
-- people are different end users and visitors. error_rate is the part of the calls
-- that failed: with an error of the tool, of JSON-RPC or of HTTP, or without an
-- answer. p50_milliseconds and p95_milliseconds are right to a tenth: calls are counted
-- by how long they took (mcp_call_sums). For other times, mcp_call_sums has a line a day.
--
-- Readers   members, as authenticated
create view public.mcp_tools with (security_invoker = true) as
select
  tool.organization_id,
  tool.mcp_server_id,
  server.slug as server,
  tool.method,
  tool.name,
  tool.people,
  tool.calls,
  tool.failed,
  tool.refused,
  tool.cancelled,
  round(tool.failed::numeric / tool.calls, 4) as error_rate,
  round(power(2, (quantile.place_of_p50 - 0.5) / 4))::integer as p50_milliseconds,
  round(power(2, (quantile.place_of_p95 - 0.5) / 4))::integer as p95_milliseconds,
  tool.bytes_in,
  tool.bytes_out,
  tool.last_called_on
from (
  select
    total.organization_id, total.mcp_server_id, total.method, total.name, sum(total.last_users)::integer as people,
    sum(total.calls)::bigint as calls, sum(total.failed)::bigint as failed, sum(total.refused)::bigint as refused,
    sum(total.cancelled)::bigint as cancelled, sum(total.bytes_in)::bigint as bytes_in,
    sum(total.bytes_out)::bigint as bytes_out, array_agg(total.durations) as durations, max(total.day) as last_called_on
  from public.mcp_call_sums as total
  where total.day > (now() at time zone 'UTC')::date - 30
    and total.name <> ''
    and total.method <> 'initialize'
  group by total.organization_id, total.mcp_server_id, total.method, total.name
) as tool
join public.mcp_servers as server on server.id = tool.mcp_server_id
cross join lateral (
  select
    min(taken.place) filter (where taken.up_to >= 0.5 * tool.calls) as place_of_p50,
    min(taken.place) filter (where taken.up_to >= 0.95 * tool.calls) as place_of_p95
  from (
    select (each.number - 1) % 80 + 1 as place, sum(sum(each.calls)) over (order by (each.number - 1) % 80) as up_to
    from unnest(tool.durations) with ordinality as each (calls, number)
    group by (each.number - 1) % 80
  ) as taken
) as quantile;

revoke all on public.mcp_tools from public, anon, authenticated, service_role;
grant select on public.mcp_tools to authenticated;

-- mcp_upstream_tokens: whose tokens of a provider are kept, when they were renewed and when refused.
--
-- No token stands here. refused_at says since when the provider refuses to renew
-- it, without saying that the login is over.
--
-- Readers   members, as authenticated
create view public.mcp_upstream_tokens with (security_invoker = true) as
select
  upstream.organization_id,
  upstream.id as upstream_token_id,
  upstream.mcp_server_user_id,
  person.email,
  upstream.oauth_config_id,
  config.name as provider,
  upstream.scope as scopes,
  upstream.created_at as obtained_at,
  upstream.refreshed_at as renewed_at,
  upstream.expires_at,
  upstream.refusals,
  upstream.first_refused_at as refused_at,
  upstream.ended_at,
  upstream.ended_reason as reason
from public.upstream_oauth_tokens as upstream
join public.mcp_server_user as person on person.id = upstream.mcp_server_user_id
left join public.custom_oauth_configs as config on config.id = upstream.oauth_config_id;

revoke all on public.mcp_upstream_tokens from public, anon, authenticated, service_role;
grant select on public.mcp_upstream_tokens to authenticated;

-- Runs purge_expired every minute where pg_cron is available.
--
-- Every Supabase project has it. Another PostgreSQL may lack the library or the
-- rights. The functions that call purge_expired themselves are then enough.
do $$
begin
  if not exists (select from pg_catalog.pg_available_extensions where name = 'pg_cron') then
    return;
  end if;
  create extension if not exists pg_cron with schema pg_catalog;
  perform cron.schedule('gatepost_purge_expired', '* * * * *', 'select public.purge_expired(10000)');
exception
  when insufficient_privilege or object_not_in_prerequisite_state or feature_not_supported or undefined_object
    or undefined_file or raise_exception then
    raise notice 'purge_expired is not scheduled: %', sqlerrm;
end
$$;

reset check_function_bodies;
