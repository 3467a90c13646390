-- Organizations and the platform users who belong to them.
--
-- Platform users are Supabase Auth users. They see dashboards; end users of an
-- MCP server are rows of mcp_server_user and never appear here.

create table public.organizations (
  id text primary key default public.new_id('org_'),
  name text not null,
  audit_retention_days integer not null default 365,
  created_at timestamptz not null default now(),
  constraint organization_id_is_not_empty check (id <> ''),
  constraint organization_name_is_readable check (char_length(name) between 1 and 200),
  constraint audit_retention_is_a_number_of_days check (audit_retention_days between 1 and 3650)
);

create table public.organization_members (
  organization_id text not null references public.organizations (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  role text not null default 'member',
  created_at timestamptz not null default now(),
  primary key (organization_id, user_id),
  constraint member_role_is_known check (role in ('owner', 'admin', 'member'))
);

create index organization_members_by_user on public.organization_members (user_id, organization_id);

-- organizations_of_platform_user: the organizations the caller belongs to.
--
-- Definer, because a policy on organization_members that read the table itself
-- would recurse. It takes no user: it answers for auth.uid() alone.
--
-- Caller    row level security, as authenticated
-- Rights    definer: reads memberships whatever the caller may read
create function public.organizations_of_platform_user(p_roles text[] default array['owner', 'admin', 'member'])
returns setof text
language sql
stable
security definer
set search_path = ''
as $$
  select member.organization_id
  from public.organization_members as member
  where member.user_id = (select auth.uid())
    and member.role = any (p_roles)
$$;

revoke all on function public.organizations_of_platform_user(text[]) from public, anon, authenticated, service_role;
grant execute on function public.organizations_of_platform_user(text[]) to authenticated;

alter table public.organizations enable row level security;
alter table public.organization_members enable row level security;

create policy "Members read their organizations"
  on public.organizations for select to authenticated
  using (id in (select public.organizations_of_platform_user()));

create policy "Members read the members of their organizations"
  on public.organization_members for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.organizations, public.organization_members from public, anon, authenticated, service_role;
grant select on public.organizations, public.organization_members to authenticated;
