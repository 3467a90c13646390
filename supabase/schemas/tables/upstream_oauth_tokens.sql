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
