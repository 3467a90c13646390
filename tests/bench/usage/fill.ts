/**
 * Fills a database with people and their calls of 30 days, server-side.
 *
 * The first organization has nearly all people and nine calls in ten; each other has
 * ten people. Somebody is there on six days and uses five of twenty tools. Everything
 * follows from the number of a row.
 *
 * @module
 */

import type { Sql } from "../../support/database/database.ts";
import { COUNTS } from "../../support/database/counts.ts";

/** How much there is. */
export interface Size {
  calls: number;
  users: number;
  organizations: number;
}

const OTHERS = 10;
const CHUNK = 1_000_000;

/** The organization that is measured, and one of its people. */
export const measured = { organizationId: "org_1", serverId: "mcps_1", userNumber: 42 } as const;

/** The id of a numbered person. */
export const USER_ID = "'mcpu_' || substr(md5('user ' || n), 1, 12)";

const INDEXES = ["mcp_calls_by_user", "mcp_calls_by_time"];

/** Fills what a migrated, empty database lacks; says each step. */
export async function fill(admin: Sql, size: Size, say: (step: string) => void): Promise<void> {
  await admin.unsafe(`
    set search_path = '';
    set synchronous_commit = off;
    set work_mem = '256MB';
    set maintenance_work_mem = '512MB';
    set session_replication_role = replica;
    create schema filling;
    -- pick: a number below p_of that looks drawn, always the same.
    create function filling.pick(p_number bigint, p_salt bigint, p_of integer) returns integer language sql immutable as
      $$ select ((hashint8extended(p_number, p_salt) & 2147483647) % p_of)::integer $$;
    create function filling.day(p_user bigint, p_visit integer) returns integer language sql immutable as
      $$ select filling.pick(p_user * 8 + p_visit, 3, 30) $$;
  `);
  await fillPeople(admin, size);
  say("people");
  await fillCalls(admin, size, say);
  await fillCounts(admin, say);
  await fillLogins(admin, size);
  await admin.unsafe("set session_replication_role = origin");
  await admin.unsafe("vacuum analyze");
  say("vacuum");
}

async function fillPeople(admin: Sql, { users, organizations }: Size): Promise<void> {
  const others = OTHERS * (organizations - 1);
  const organization = `case when n <= ${users} then 1 else 2 + (n - ${users + 1}) / ${OTHERS} end`;
  await admin.unsafe(`
    insert into public.organizations (id, name) select 'org_' || n, 'Filled' from generate_series(1, ${organizations}) as n;
    insert into public.mcp_servers (id, organization_id, slug, name, auth_type, upstream_url)
    select 'mcps_' || n, 'org_' || n, 'filled-' || n, 'Filled', 'none', 'https://mcp.example.com/mcp'
    from generate_series(1, ${organizations}) as n;
    insert into public.mcp_server_user
      (id, organization_id, auth_type, email, email_verified, upstream_sub, profile_data, first_seen_at, tracked_at, claimed_at)
    select ${USER_ID}, 'org_' || ${organization}, case when filling.pick(n, 20, 10) < 8 then 'custom_oauth' else 'none' end,
      'user-' || n || '@example.com', true, 'subject-' || n, jsonb_build_object('name', 'User ' || n), seen.at,
      case when filling.pick(n, 21, 10) < 6 then seen.at end,
      case when filling.pick(n, 21, 10) < 6 and filling.pick(n, 20, 10) < 8 then seen.at + interval '1 hour' end
    from generate_series(1, ${users + others}) as n
    cross join lateral (select now() - make_interval(days => filling.pick(n, 22, 170)) as at) as seen;
    insert into public.mcp_server_session
      (id, organization_id, mcp_server_id, mcp_server_user_id, session_hash, client_id, first_seen_at, last_seen_at, keep_until)
    select 'mses_' || substr(md5(n || ' ' || visit), 1, 12), 'org_' || ${organization}, 'mcps_' || ${organization}, ${USER_ID},
      rpad(md5(n || ' ' || visit), 43, 'x'), 'client-' || filling.pick(n, 9, 5), seen.at, seen.at, current_date + 365
    from generate_series(1, ${users + others}) as n
    cross join generate_series(0, 5) as visit
    cross join lateral (select now() - make_interval(days => filling.day(n, visit)) as at) as seen;
  `);
}

async function fillCalls(
  admin: Sql,
  { calls, users, organizations }: Size,
  say: (step: string) => void,
): Promise<void> {
  const others = OTHERS * (organizations - 1);
  for (const index of INDEXES) {
    await admin.unsafe(`drop index public.${index}`);
  }
  await admin.unsafe("select public.keep_call_partitions()");
  await admin.unsafe(`
    do $$
    declare
      v_day date;
    begin
      for v_day in select day::date from generate_series(current_date, current_date + 29, interval '1 day') as day loop
        execute format('create table if not exists gatepost_calls.%I partition of public.mcp_calls for values from (%L) to (%L)',
          'until_' || to_char(v_day, 'YYYYMMDD'), v_day, v_day + 1);
      end loop;
    end
    $$`);
  for (let first = 1; first <= calls; first += CHUNK) {
    const last = Math.min(first + CHUNK - 1, calls);
    await admin.unsafe(`
      insert into public.mcp_calls
        (organization_id, mcp_server_id, mcp_server_user_id, mcp_session_id, client_id, method, name, started_at,
         milliseconds, outcome, error_code, http_status, bytes_in, bytes_out, keep_until)
      select 'org_' || organization, 'mcps_' || organization, 'mcpu_' || substr(md5('user ' || person), 1, 12),
        'mses_' || substr(md5(person || ' ' || visit), 1, 12), 'client-' || filling.pick(person, 9, 5), 'tools/call',
        'tool_' || 19 - floor(sqrt(filling.pick(person * 8 + filling.pick(n, 5, 5), 6, 400)))::integer,
        (started.day + make_interval(secs => filling.pick(n, 4, 86400)
          * case when started.day = current_date then extract(epoch from now()::time) / 86400 else 1 end)) at time zone 'UTC',
        power(2, 3 + filling.pick(n, 7, 1000) / 100.0)::integer,
        (array['ok', 'tool_error', 'rpc_error', 'http_error', 'cancelled', 'unanswered'])[
          greatest(1, filling.pick(n, 8, 60) - 53)
        ],
        null, 200, 200 + filling.pick(n, 10, 500), 400 + filling.pick(n, 11, 5000), started.day + 30
      from (
        select n, filling.pick(n, 2, 6) as visit,
          (case when n % 10 > 0 then 1 + filling.pick(n, 1, ${users}) else ${users} + 1 + filling.pick(n, 1, ${
      Math.max(others, 1)
    }) end)::bigint
            as person
        from generate_series(${first}, ${last}) as n
        where n % 10 > 0 or ${others} > 0
      ) as call
      cross join lateral (
        select case when person <= ${users} then 1 else 2 + (person - ${
      users + 1
    }) / ${OTHERS} end as organization
      ) as belonging
      cross join lateral (select current_date - filling.day(person, visit) as day) as started`);
    say(`${last.toLocaleString("en")} calls`);
  }
  await admin.unsafe(`
    create index mcp_calls_by_user on public.mcp_calls (organization_id, mcp_server_user_id, started_at);
    create index mcp_calls_by_time on public.mcp_calls (organization_id, started_at)`);
  say("indexes");
}

async function fillCounts(admin: Sql, say: (step: string) => void): Promise<void> {
  for (const { table, columns, rows } of COUNTS) {
    await admin.unsafe(`insert into public.${table} (${columns}) ${rows}`);
    await admin.unsafe(`analyze public.${table}`);
    say(table);
    if (table === "mcp_user_activity") {
      await admin.unsafe(`
        update public.mcp_server_user as person
        set first_called_on = activity.first_called_on, came_back_on = activity.came_back_on
        from public.mcp_user_activity as activity
        where activity.organization_id = person.organization_id and activity.mcp_server_user_id = person.id`);
    }
    if (table === "mcp_call_days") {
      await admin.unsafe(`
        insert into public.mcp_call_days (${columns})
        select organization_id, mcp_server_id, mcp_server_user_id, client_id, 'initialize',
          'Client ' || filling.pick(hashtext(client_id), 12, 5) || '/1.' || filling.pick(hashtext(mcp_server_user_id), 13, 4), 'ok',
          (first_seen_at at time zone 'UTC')::date, count(*), 0, 0, 0
        from public.mcp_server_session group by 1, 2, 3, 4, 5, 6, 8`);
    }
  }
  await admin.unsafe(`
    insert into public.mcp_call_sums (organization_id, mcp_server_id, day, method, name, calls, succeeded, failed, refused,
      cancelled, known_calls, visitor_calls, milliseconds, bytes_in, bytes_out, durations, last_users)
    select counted.organization_id, counted.mcp_server_id, counted.day, counted.method, counted.name, counted.calls, counted.calls,
      0, 0, 0, counted.calls, 0, 0, 0, 0, array_fill(0, array[80]), coalesce(pair.users, 0)
    from (
      select organization_id, mcp_server_id, day, method, name, sum(calls) as calls from public.mcp_call_days
      where method = 'initialize' group by 1, 2, 3, 4, 5
    ) as counted
    left join (
      select organization_id, mcp_server_id, method, name, last_called_on as day, count(*) as users
      from public.mcp_tool_users where method = 'initialize' group by 1, 2, 3, 4, 5
    ) as pair using (organization_id, mcp_server_id, method, name, day)`);
}

/** One completed login for each person, one failed for every third, in the last 90 days, among as many other events. */
async function fillLogins(admin: Sql, { users }: Size): Promise<void> {
  await admin.unsafe(`
    insert into public.mcp_audit_events
      (organization_id, mcp_server_id, mcp_server_user_id, client_id, event, reason, occurred_at, keep_until)
    select 'org_1', 'mcps_1', ${USER_ID}, 'client-' || filling.pick(n, 9, 5), kind.event, kind.reason,
      now() - make_interval(secs => filling.pick(n, 30 + length(kind.event), 90 * 86400)), now() + interval '300 days'
    from generate_series(1, ${users}) as n
    cross join lateral (
      values
        ('login_completed', (array['created', 'matched', 'linked_email'])[1 + filling.pick(n, 31, 3)]),
        (case when n % 3 = 0 then 'login_failed' end, 'reason_' || filling.pick(n, 32, 12)),
        ('tokens_revoked', 'client_revoked')
    ) as kind (event, reason)
    where kind.event is not null`);
}
