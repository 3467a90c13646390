-- organization_members: the platform users who belong to an organization.
--
-- Platform users are Supabase Auth users. They see dashboards; end users of an
-- MCP server are rows of mcp_server_user and never appear here.

create table public.organization_members (
  organization_id text not null references public.organizations (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  role text not null default 'member',
  created_at timestamptz not null default now(),
  primary key (organization_id, user_id),
  constraint member_role_is_known check (role in ('owner', 'admin', 'member'))
);

comment on constraint member_role_is_known on public.organization_members is
  'role: owner, admin or member';

create index organization_members_by_user on public.organization_members (user_id, organization_id);

alter table public.organization_members enable row level security;

create policy "Members read the members of their organizations"
  on public.organization_members for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.organization_members from public, anon, authenticated, service_role;
grant select on public.organization_members to authenticated;
