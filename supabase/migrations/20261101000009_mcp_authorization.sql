-- One login from approval to tokens: its session, its code, its token family.
--
-- Secrets stand here as SHA-256 (base64url, 43 characters) or as a JWE. The
-- nullable *_at columns are the state machine.

-- mcp_authorization_sessions: opened by an approval, claimed by the callback.
-- request_ciphertext seals what must come back unread: the client's state, the
-- upstream nonce and the upstream PKCE verifier.
create table public.mcp_authorization_sessions (
  id text primary key default public.new_id('mcas_'),
  organization_id text not null,
  mcp_server_id text not null,
  mcp_client_registration_id text not null references public.mcp_client_registrations (id) on delete cascade,
  oauth_config_id text not null references public.custom_oauth_configs (id) on delete cascade,
  state_hash text not null,
  browser_hash text not null,
  form_hash text not null,
  request_ciphertext text not null,
  redirect_uri text not null,
  resource text not null,
  scope text not null,
  code_challenge text not null,
  nonce text,
  tracking_id text,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  claimed_at timestamptz,
  completed_at timestamptz,
  failed_at timestamptz,
  constraint authorization_state_is_unique unique (state_hash),
  constraint consent_form_is_used_once unique (form_hash),
  constraint session_belongs_to_a_server_of_its_organization
    foreign key (organization_id, mcp_server_id)
    references public.mcp_servers (organization_id, id) on delete cascade,
  constraint session_secrets_are_sha256 check (
    char_length(state_hash) = 43 and char_length(browser_hash) = 43 and char_length(form_hash) = 43
  ),
  constraint session_is_claimed_before_it_ends check (
    claimed_at is not null or (completed_at is null and failed_at is null)
  ),
  constraint session_completes_or_fails check (completed_at is null or failed_at is null)
);

create index mcp_authorization_sessions_by_age on public.mcp_authorization_sessions (expires_at);
create index mcp_authorization_sessions_by_server on public.mcp_authorization_sessions (organization_id, mcp_server_id, created_at);
create index mcp_authorization_sessions_by_client on public.mcp_authorization_sessions (mcp_client_registration_id);
create index mcp_authorization_sessions_by_config on public.mcp_authorization_sessions (oauth_config_id);

-- mcp_proxy_tokens: a token family, one row for as long as it lives.
--
-- A refresh token is a handle and a secret. The handle finds the family, the
-- secret is compared with the present and the previous hash; any other secret
-- under a known handle is an old generation, hence reuse. The successor is
-- sealed under a key derived from the token it replaced. A family lives no
-- longer than the vault entry of its login; a revoked one has expired as well,
-- so that time takes it like any other.
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
  constraint rotation_leaves_a_successor check (
    (rotated_at is null) = (previous_refresh_hash is null)
    and (rotated_at is null) = (successor_ciphertext is null)
  ),
  constraint token_family_is_revoked_for_a_reason check ((revoked_at is null) = (revoked_reason is null)),
  constraint revoked_token_family_has_expired check (expires_at <= revoked_at)
) with (fillfactor = 80);

create index mcp_proxy_tokens_by_user on public.mcp_proxy_tokens (organization_id, mcp_server_user_id);
create index mcp_proxy_tokens_by_server on public.mcp_proxy_tokens (organization_id, mcp_server_id);
create index mcp_proxy_tokens_by_client on public.mcp_proxy_tokens (mcp_client_registration_id);
-- By day and not by moment: a rotation within one day touches no index (a HOT update).
create index mcp_proxy_tokens_by_expiry on public.mcp_proxy_tokens (expires_on);

-- mcp_authorization_codes: good once, for a minute.
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
  mcp_proxy_token_id text references public.mcp_proxy_tokens (id) on delete cascade,
  constraint code_belongs_to_a_server_of_its_organization
    foreign key (organization_id, mcp_server_id)
    references public.mcp_servers (organization_id, id) on delete cascade,
  constraint code_belongs_to_a_user_of_its_organization
    foreign key (organization_id, mcp_server_user_id)
    references public.mcp_server_user (organization_id, id) on delete cascade,
  constraint login_has_one_code unique (upstream_token_id),
  constraint code_is_a_sha256 check (char_length(code_hash) = 43),
  constraint only_a_spent_code_has_a_family check (spent_at is not null or mcp_proxy_token_id is null)
);

create index mcp_authorization_codes_by_age on public.mcp_authorization_codes (expires_at);
create index mcp_authorization_codes_by_server on public.mcp_authorization_codes (organization_id, mcp_server_id);
create index mcp_authorization_codes_by_user on public.mcp_authorization_codes (organization_id, mcp_server_user_id);
create index mcp_authorization_codes_by_client on public.mcp_authorization_codes (mcp_client_registration_id);
create index mcp_authorization_codes_by_family on public.mcp_authorization_codes (mcp_proxy_token_id);

alter table public.mcp_authorization_sessions enable row level security;
alter table public.mcp_proxy_tokens enable row level security;
alter table public.mcp_authorization_codes enable row level security;

create policy "Members read their organization's token families"
  on public.mcp_proxy_tokens for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

-- Sessions and codes have no policy: they live for minutes and hold nothing a dashboard shows.
revoke all on public.mcp_authorization_sessions, public.mcp_proxy_tokens, public.mcp_authorization_codes
  from public, anon, authenticated, service_role;
grant select (
  id, organization_id, mcp_server_id, mcp_client_registration_id, mcp_server_user_id, resource, scope, rotated_at,
  created_at, expires_at, revoked_at, revoked_reason
) on public.mcp_proxy_tokens to authenticated;
