-- upstream_oauth_tokens: the vault. One row a login, ciphertexts only.
--
-- Every row has its user: provision_mcp_server_user writes both in one
-- transaction, and the foreign key is not null. The refresh lease lets one
-- worker refresh while the others wait. No policy: nobody reads the vault but
-- the functions that own it.
--
-- Lock order, for every function: authorization session, identity (advisory),
-- address (advisory), user, authorization code, token family, vault entry.

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
  created_at timestamptz not null default now(),
  refreshed_at timestamptz,
  refresh_leased_until timestamptz,
  refresh_lease_hash text,
  ended_at timestamptz,
  ended_reason text,
  constraint upstream_token_belongs_to_a_user_of_its_organization
    foreign key (organization_id, mcp_server_user_id)
    references public.mcp_server_user (organization_id, id) on delete cascade,
  constraint upstream_token_ends_for_a_reason check ((ended_at is null) = (ended_reason is null)),
  constraint refresh_lease_has_a_holder check ((refresh_leased_until is null) = (refresh_lease_hash is null))
);

create index upstream_oauth_tokens_by_user on public.upstream_oauth_tokens (organization_id, mcp_server_user_id);
create index upstream_oauth_tokens_by_config on public.upstream_oauth_tokens (oauth_config_id);
create index upstream_oauth_tokens_by_end on public.upstream_oauth_tokens (ended_at) where ended_at is not null;

alter table public.upstream_oauth_tokens enable row level security;

revoke all on public.upstream_oauth_tokens from public, anon, authenticated, service_role;
