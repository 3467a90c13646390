-- mcp_audit_events: who did what, with a stable reason slug. Append-only, but for
-- erase_mcp_server_user, which takes a user's id out.
--
-- Rows have no foreign key to what they name, so that they stay when it is
-- deleted, even an organization. keep_until is set when a row is written, from
-- the retention that its organization has then, so that clean-up reads one index.
-- platform_user_id is the platform user who acted, if one did. object_id is what
-- that user changed, if it is neither a server nor an end user. request_id is what
-- the log, the error page and the header X-Request-Id say of the same request.
-- detail says where a failure happened and what was wrong, in words from fixed
-- lists and numbers. occurrences counts what happened again within the hour
-- (record_audit_event): client_id is then the last one, repeated_request_ids the last 20.
-- is_repeated turns true once, so that an index has the rows that count, and counting
-- touches none (a HOT update): no index may have occurrences, not even one for other rows.
-- began_at says of the end of a login when it began, of the first one where they are counted.

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
  request_id text,
  detail jsonb,
  began_at timestamptz,
  occurred_at timestamptz not null default now(),
  occurrences integer not null default 1,
  last_occurred_at timestamptz not null default now(),
  repeated_request_ids text[],
  is_repeated boolean not null generated always as (occurrences > 1) stored,
  repeat_key uuid,
  keep_until timestamptz not null,
  constraint audit_event_is_repeated_in_one_row unique (repeat_key),
  constraint audit_event_is_a_slug check (event ~ '^[a-z]+(_[a-z]+)*$'),
  constraint audit_reason_is_a_slug check (reason ~ '^[a-z0-9]+(_[a-z0-9]+)*$'),
  constraint audit_event_is_small check (
    pg_column_size(client_id) <= 8192 and pg_column_size(object_id) <= 200 and pg_column_size(event) <= 100
    and pg_column_size(reason) <= 200 and pg_column_size(request_id) <= 100
    and pg_column_size(repeated_request_ids) <= 2048
  ),
  constraint audit_detail_is_a_small_object check (
    jsonb_typeof(detail) = 'object' and octet_length(detail::text) <= 1000
  ),
  constraint repeated_requests_are_few check (cardinality(repeated_request_ids) <= 20)
) with (fillfactor = 90);

create index mcp_audit_events_by_organization on public.mcp_audit_events (organization_id, occurred_at desc);
create index mcp_audit_events_by_user
  on public.mcp_audit_events (organization_id, mcp_server_user_id, occurred_at desc)
  where mcp_server_user_id is not null;
create index mcp_audit_events_counted_logins
  on public.mcp_audit_events (organization_id, occurred_at desc)
  where is_repeated and event in ('login_completed', 'login_failed', 'login_abandoned');
create index mcp_audit_events_ending_logins
  on public.mcp_audit_events (organization_id, occurred_at desc)
  where event in (
    'tokens_revoked', 'upstream_token_ended', 'user_tokens_revoked', 'user_deleted', 'user_merged', 'users_merged',
    'users_unmerged', 'connections_revoked', 'client_deleted', 'server_deleted'
  );
-- mcp_login_days counts rows from this index alone.
create index mcp_audit_events_of_logins
  on public.mcp_audit_events (organization_id, occurred_at) include (mcp_server_id, event, reason)
  where event in ('login_completed', 'login_failed', 'login_abandoned');
create index mcp_audit_events_by_request on public.mcp_audit_events (request_id);
create index mcp_audit_events_by_expiry on public.mcp_audit_events (keep_until);

alter table public.mcp_audit_events enable row level security;

create policy "Members read their organization's audit events"
  on public.mcp_audit_events for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.mcp_audit_events from public, anon, authenticated, service_role;
revoke all on sequence public.mcp_audit_events_id_seq from public, anon, authenticated, service_role;
grant select (
  id, organization_id, mcp_server_id, mcp_server_user_id, client_id, platform_user_id, object_id, event, reason,
  request_id, detail, began_at, occurred_at, occurrences, last_occurred_at, repeated_request_ids, is_repeated
) on public.mcp_audit_events to authenticated;
