-- mcp_audit_events: who did what, with a stable reason slug. Append-only.
--
-- Rows name what they describe without a foreign key, so that they outlive it.
-- keep_until is set when a row is written, from the retention its organization
-- has then: clean-up reads one index, and a row outlives even its organization.
-- platform_user_id is the platform user who acted, where it was one; object_id
-- is what a platform user changed, where it is no server and no end user.

create table public.mcp_audit_events (
  id bigint generated always as identity primary key,
  organization_id text not null,
  mcp_server_id text,
  mcp_server_user_id text,
  client_id text,
  platform_user_id uuid,
  object_id text,
  event text not null,
  reason text,
  occurred_at timestamptz not null default now(),
  keep_until timestamptz not null,
  constraint audit_event_is_a_slug check (event ~ '^[a-z]+(_[a-z]+)*$'),
  constraint audit_reason_is_a_slug check (reason ~ '^[a-z0-9]+(_[a-z0-9]+)*$')
);

create index mcp_audit_events_by_organization on public.mcp_audit_events (organization_id, occurred_at desc);
create index mcp_audit_events_by_expiry on public.mcp_audit_events (keep_until);

alter table public.mcp_audit_events enable row level security;

create policy "Members read their organization's audit events"
  on public.mcp_audit_events for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.mcp_audit_events from public, anon, authenticated, service_role;
revoke all on sequence public.mcp_audit_events_id_seq from public, anon, authenticated, service_role;
grant select on public.mcp_audit_events to authenticated;
