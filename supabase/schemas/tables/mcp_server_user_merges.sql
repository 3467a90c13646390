-- mcp_server_user_merges: which end user was merged into which, so that it can be taken back.
--
-- merged_user is the row that was deleted, identities and session_ids what the
-- other user took over: no secret. A merge goes with the user who stayed, so an
-- erasure takes it along. Members read who was merged into whom, and not what the row held.

create table public.mcp_server_user_merges (
  id text primary key default public.new_id('mrg_'),
  organization_id text not null,
  mcp_server_user_id text not null,
  merged_user_id text not null,
  merged_user jsonb not null,
  identities jsonb not null,
  session_ids text[] not null,
  merged_at timestamptz not null default now(),
  merged_by uuid,
  taken_back_at timestamptz,
  constraint merge_is_of_a_user_of_its_organization
    foreign key (organization_id, mcp_server_user_id)
    references public.mcp_server_user (organization_id, id) on delete cascade,
  constraint nobody_is_merged_with_themselves check (merged_user_id <> mcp_server_user_id)
);

create index mcp_server_user_merges_by_user on public.mcp_server_user_merges (organization_id, mcp_server_user_id);

alter table public.mcp_server_user_merges enable row level security;

create policy "Members read their organization's merges"
  on public.mcp_server_user_merges for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.mcp_server_user_merges from public, anon, authenticated, service_role;
grant select (id, organization_id, mcp_server_user_id, merged_user_id, merged_at, merged_by, taken_back_at)
  on public.mcp_server_user_merges to authenticated;
