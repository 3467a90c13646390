-- retired_server_names: slugs and resources that servers had, and have no more.
--
-- Tokens with them as iss and aud may still live, and people and clients still
-- know them. So only the organization that had a name may take it again. A row
-- stays when the organization is deleted: there is no foreign key. A slug has no
-- colon and a resource has one, so the two never meet.
-- No policy: only the definer functions read it.

create table public.retired_server_names (
  name text primary key,
  organization_id text not null,
  retired_at timestamptz not null default now(),
  constraint retired_name_is_short check (pg_column_size(name) <= 4096)
);

create index retired_server_names_by_organization on public.retired_server_names (organization_id);

alter table public.retired_server_names enable row level security;

revoke all on public.retired_server_names from public, anon, authenticated, service_role;
