-- mcp_server_session: MCP sessions and their user, for analytics.
--
-- Whoever holds the transport's session id can use the session, so only its
-- SHA-256 is stored. keep_until is a day and not a time, so that seeing a session
-- again within one day touches no index (a HOT update).

create table public.mcp_server_session (
  id text primary key default public.new_id('mses_'),
  organization_id text not null,
  mcp_server_id text not null,
  mcp_server_user_id text not null,
  session_hash text not null,
  client_id text,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  keep_until date not null,
  constraint mcp_session_is_unique_on_its_server unique (mcp_server_id, mcp_server_user_id, session_hash),
  constraint mcp_session_belongs_to_a_server_of_its_organization
    foreign key (organization_id, mcp_server_id)
    references public.mcp_servers (organization_id, id) on delete cascade,
  constraint mcp_session_belongs_to_a_user_of_its_organization
    foreign key (organization_id, mcp_server_user_id)
    references public.mcp_server_user (organization_id, id) on delete cascade,
  constraint mcp_session_is_small check (pg_column_size(client_id) <= 8192),
  constraint mcp_session_is_a_sha256 check (char_length(session_hash) = 43)
) with (fillfactor = 90);

-- New sessions of a user are counted before another is recorded.
create index mcp_server_session_by_user
  on public.mcp_server_session (organization_id, mcp_server_user_id, first_seen_at);
create index mcp_server_session_by_expiry on public.mcp_server_session (keep_until);
create index mcp_server_session_by_server on public.mcp_server_session (organization_id, mcp_server_id);

alter table public.mcp_server_session enable row level security;

create policy "Members read their organization's sessions"
  on public.mcp_server_session for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.mcp_server_session from public, anon, authenticated, service_role;
grant select (id, organization_id, mcp_server_id, mcp_server_user_id, client_id, first_seen_at, last_seen_at)
  on public.mcp_server_session to authenticated;
