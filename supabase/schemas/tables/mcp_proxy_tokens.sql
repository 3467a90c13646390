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
