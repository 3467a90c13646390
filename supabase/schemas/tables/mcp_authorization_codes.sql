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
