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

-- audit_keep_until: until when an organization's events of now are kept.
--
-- Caller    record_audit_event, record_platform_event, and what records visitors and MCP sessions
-- Rights    invoker, granted to nobody
create function public.audit_keep_until(p_organization_id text)
returns timestamptz
language plpgsql
stable
set search_path = ''
as $$
begin
  return now() + make_interval(days => coalesce(
    (select organization.audit_retention_days
     from public.organizations as organization
     where organization.id = p_organization_id),
    365
  ));
end
$$;

revoke all on function public.audit_keep_until(text) from public, anon, authenticated, service_role;

-- record_audit_event: the one way in for what clients and end users do.
--
-- Caller    the RPCs, inside their own transaction
-- Rights    invoker, granted to nobody
create function public.record_audit_event(
  p_organization_id text,
  p_mcp_server_id text,
  p_mcp_server_user_id text,
  p_client_id text,
  p_event text,
  p_reason text default null
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into public.mcp_audit_events
    (organization_id, mcp_server_id, mcp_server_user_id, client_id, event, reason, keep_until)
  values
    (p_organization_id, p_mcp_server_id, p_mcp_server_user_id, p_client_id, p_event, p_reason,
     public.audit_keep_until(p_organization_id));
end
$$;

revoke all on function public.record_audit_event(text, text, text, text, text, text)
  from public, anon, authenticated, service_role;

-- record_platform_event: the one way in for what platform users do.
--
-- Caller    the RPCs of platform users, inside their own transaction
-- Rights    invoker, granted to nobody
create function public.record_platform_event(
  p_organization_id text,
  p_event text,
  p_object_id text default null,
  p_mcp_server_id text default null,
  p_mcp_server_user_id text default null
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into public.mcp_audit_events
    (organization_id, mcp_server_id, mcp_server_user_id, platform_user_id, object_id, event, keep_until)
  values
    (p_organization_id, p_mcp_server_id, p_mcp_server_user_id, auth.uid(), p_object_id, p_event,
     public.audit_keep_until(p_organization_id));
end
$$;

revoke all on function public.record_platform_event(text, text, text, text, text)
  from public, anon, authenticated, service_role;

alter table public.mcp_audit_events enable row level security;

create policy "Members read their organization's audit events"
  on public.mcp_audit_events for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.mcp_audit_events from public, anon, authenticated, service_role;
revoke all on sequence public.mcp_audit_events_id_seq from public, anon, authenticated, service_role;
grant select on public.mcp_audit_events to authenticated;
