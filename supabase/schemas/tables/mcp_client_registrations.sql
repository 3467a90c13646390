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
