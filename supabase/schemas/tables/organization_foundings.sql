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
