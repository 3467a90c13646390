-- mcp_server_user: an end user of an organization's MCP servers.
--
-- auth_type says how the user signs in. It is none until a first login. A user of
-- the platform's sign-in is never linked with one of an organization's provider.
-- A login finds its user through mcp_server_user_identities only.
--
-- tracked_at says when somebody came as a visitor, claimed_at when a login claimed
-- that visitor's row; first_called_on and came_back_on are copies from mcp_user_activity:
-- the steps of mcp_funnel.
--
-- A tracking id is all that a visitor proves who they are by: it stands hashed
-- (tracking_hash), and nobody reads even that.
--
-- keep_until says when somebody is deleted whom no provider has named: a visitor, or a
-- login without an identity that has ended. Anybody may be one, so their number has to
-- be limited. It is a day and not a time, so that
-- seeing a visitor again within one day touches no index (a HOT update).
-- visitor_slot is a new visitor's place in the day of the first visit
-- (open_anonymous_call).

create table public.mcp_server_user (
  id text primary key default public.new_id('mcpu_'),
  organization_id text not null references public.organizations (id) on delete cascade,
  auth_type text not null,
  email text,
  email_verified boolean not null default false,
  upstream_sub text,
  profile_data jsonb not null default '{}',
  tracking_hash text,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  profile_refreshed_at timestamptz,
  tracked_at timestamptz,
  claimed_at timestamptz,
  first_called_on date,
  came_back_on date,
  blocked_at timestamptz,
  keep_until date,
  visitor_slot bigint,
  constraint mcp_server_user_belongs_to_one_organization unique (organization_id, id),
  constraint mcp_server_user_tracking_id_is_unique unique (organization_id, tracking_hash),
  constraint tracking_id_is_hashed check (char_length(tracking_hash) = 43),
  constraint visitor_slot_is_taken_once unique (organization_id, visitor_slot),
  constraint mcp_server_user_auth_type_is_known check (auth_type in ('custom_oauth', 'platform_oauth', 'none')),
  constraint only_an_address_can_be_verified check (email is not null or not email_verified),
  constraint anonymous_address_is_never_verified check (upstream_sub is not null or not email_verified),
  constraint only_the_unnamed_are_forgotten check (keep_until is null or upstream_sub is null),
  constraint end_user_is_small check (
    pg_column_size(email) <= 2048 and pg_column_size(upstream_sub) <= 2048
    and pg_column_size(profile_data) <= 524288
  ),
  constraint profile_is_an_object check (jsonb_typeof(profile_data) = 'object')
) with (fillfactor = 90);

-- Lower case as in ASCII: with other collations two different addresses can become
-- one, such as those with a Kelvin sign and with a k.
create index mcp_server_user_by_verified_email
  on public.mcp_server_user (organization_id, lower(email collate "C"))
  where email_verified;
create index mcp_server_user_blocked on public.mcp_server_user (organization_id) where blocked_at is not null;
-- mcp_funnel reads the people of half a year from this index alone.
create index mcp_server_user_by_arrival
  on public.mcp_server_user (organization_id, first_seen_at) include (tracked_at, claimed_at, first_called_on, came_back_on);
create index mcp_server_user_by_expiry on public.mcp_server_user (keep_until) where keep_until is not null;

alter table public.mcp_server_user enable row level security;

create policy "Members read their organization's end users"
  on public.mcp_server_user for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.mcp_server_user from public, anon, authenticated, service_role;
grant select (
  id, organization_id, auth_type, email, email_verified, upstream_sub, profile_data, first_seen_at, last_seen_at,
  profile_refreshed_at, tracked_at, claimed_at, first_called_on, came_back_on, blocked_at
) on public.mcp_server_user to authenticated;
