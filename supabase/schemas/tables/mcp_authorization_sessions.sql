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
