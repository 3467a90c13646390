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
