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
