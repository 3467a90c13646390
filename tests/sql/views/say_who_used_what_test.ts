/**
 * What the views say of tools, sessions, clients, active people, the funnel and logins.
 */

import { assertEquals } from "@std/assert";
import { buildCall, dayOf, daysAgo, record } from "../../support/database/calls.ts";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import {
  buildApproval,
  buildLogin,
  claimSession,
  issueFamily,
  makeTenant,
  newHash,
  newName,
  type Tenant,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

async function open(): Promise<{ tenant: Tenant; read: (view: string, order?: string) => Promise<Row[]> }> {
  const tenant = await makeTenant(database, { server: { record_payloads: "all" } });
  const { sql } = await makePlatformUser(database, tenant.organizationId);
  return {
    tenant,
    read: async (view, order = "organization_id") => [
      ...await sql`select * from public.${sql(view)} order by ${sql.unsafe(order)}`,
    ],
  };
}

const logIn = async (tenant: Tenant, name: string): Promise<{ userId: string; familyId: string }> =>
  await issueFamily(database, tenant, {
    completion: { p_upstream_sub: name, p_email: `${name}@example.com`, p_profile: { name } },
  });

async function track({ organizationId }: Tenant, p_tracking_id = newName("visitor")): Promise<string> {
  const { mcp_server_user_id } = await call(service, "track_mcp_server_user", {
    p_organization_id: organizationId,
    p_tracking_id,
  });
  return String(mcp_server_user_id);
}

const day = (date: unknown): string => (date as Date).toISOString().slice(0, 10);

Deno.test("mcp_tools has users, calls, error rate and quantiles of 30 days, mcp_tool_people whose they are", async () => {
  const { tenant, read } = await open();
  const { userId: ada } = await logIn(tenant, "ada");
  const { userId: bob } = await logIn(tenant, "bob");
  const slow = Array.from(
    { length: 10 },
    () => buildCall(tenant, { mcp_server_user_id: ada, milliseconds: 3000 }),
  );
  const quick = Array.from(
    { length: 90 },
    () => buildCall(tenant, { mcp_server_user_id: ada, milliseconds: 20 }),
  );

  await record(service, [
    ...slow,
    ...quick,
    buildCall(tenant, { mcp_server_user_id: ada, started_at: daysAgo(3), milliseconds: 20 }),
    buildCall(tenant, {
      mcp_server_user_id: bob,
      started_at: daysAgo(29),
      outcome: "tool_error",
      milliseconds: 20,
    }),
    buildCall(tenant, {
      mcp_server_user_id: bob,
      started_at: daysAgo(29),
      outcome: "refused",
      milliseconds: 20,
    }),
    buildCall(tenant, { outcome: "cancelled", milliseconds: 20 }),
    buildCall(tenant, { mcp_server_user_id: bob, started_at: daysAgo(30), name: "old" }),
    buildCall(tenant, { mcp_server_user_id: bob, method: "tools/list", name: null }),
  ]);

  const [tool, ...tools] = await read("mcp_tools");
  const people = await read("mcp_tool_people", "name, email");
  const { people: users, calls, failed, refused, cancelled, error_rate, p50_milliseconds, p95_milliseconds } =
    tool!;
  assertEquals(tools, []);
  assertEquals(
    [tool!.server, tool!.name, users, calls, failed, refused, cancelled, error_rate],
    [tenant.slug, "add", 2, "104", "1", "1", "1", "0.0096"],
  );
  const isNear = (value: unknown, expected: number): boolean =>
    Math.abs(Number(value) - expected) <= expected / 10;
  assertEquals([isNear(p50_milliseconds, 20), isNear(p95_milliseconds, 3000)], [true, true]);
  assertEquals(
    people.map((
      line,
    ) => [line.name, line.email, line.person_name, line.calls, line.failed, line.average_milliseconds]),
    [
      ["add", "ada@example.com", "ada", "101", "0", "315"],
      ["add", "bob@example.com", "bob", "2", "1", "20"],
      ["old", "bob@example.com", "bob", "1", "0", "100"],
    ],
  );
  assertEquals([day(people[0]!.first_called_on), day(people[0]!.last_called_on)], [dayOf(3), dayOf(0)]);
});

Deno.test("a person who comes back counts once among the users of a tool", async () => {
  const { tenant, read } = await open();
  const { userId: mcp_server_user_id } = await logIn(tenant, "ada");

  for (const days of [9, 5, 7, 0]) {
    await record(service, [buildCall(tenant, { mcp_server_user_id, started_at: daysAgo(days) })]);
  }

  assertEquals((await read("mcp_tools")).map(({ people, calls }) => [people, calls]), [[1, "4"]]);
});

Deno.test("mcp_session_calls has a person's sessions with their calls in order, and what was recorded of them", async () => {
  const { tenant, read } = await open();
  const { userId, familyId } = await logIn(tenant, "ada");
  const sessions = [newHash(), newHash()];
  for (const [index, p_session_hash] of sessions.entries()) {
    await call(service, "open_mcp_call", { p_slug: tenant.slug, p_family_id: familyId, p_session_hash });
    await owner`
      update public.mcp_server_session set first_seen_at = now() - make_interval(mins => ${9 - index})
      where session_hash = ${p_session_hash}`;
  }
  const at = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();

  await record(service, [
    buildCall(tenant, {
      mcp_server_user_id: userId,
      session_hash: sessions[1],
      name: "third",
      started_at: at(10),
    }),
    buildCall(tenant, {
      mcp_server_user_id: userId,
      session_hash: sessions[0],
      name: "second",
      started_at: at(5),
    }),
    buildCall(tenant, {
      mcp_server_user_id: userId,
      session_hash: sessions[0],
      name: "first",
      started_at: at(20),
      arguments: { a: 1 },
      result: { sum: 3 },
      outcome: "rpc_error",
      error_code: -32602,
    }),
  ]);

  const calls = await read("mcp_session_calls", "session_began_at, started_at");
  assertEquals(calls.map(({ name, email }) => [name, email]), [
    ["first", "ada@example.com"],
    ["second", "ada@example.com"],
    ["third", "ada@example.com"],
  ]);
  assertEquals(new Set(calls.map(({ mcp_session_id }) => mcp_session_id)).size, 2);
  const { arguments: given, result, outcome, error_code, server } = calls[0]!;
  assertEquals([given, result, outcome, error_code, server], [
    { a: 1 },
    { sum: 3 },
    "rpc_error",
    -32602,
    tenant.slug,
  ]);
});

Deno.test("mcp_client_versions has each client and version with its people and sessions", async () => {
  const { tenant, read } = await open();
  const { userId: ada } = await logIn(tenant, "ada");
  const { userId: bob } = await logIn(tenant, "bob");
  const initialize = (
    mcp_server_user_id: string,
    client_name: string,
    client_version: string,
    days: number,
  ): Row =>
    buildCall(tenant, {
      mcp_server_user_id,
      method: "initialize",
      name: null,
      client_name,
      client_version,
      started_at: daysAgo(days),
    });

  await record(service, [
    initialize(ada, "Claude", "1.0", 4),
    initialize(ada, "Claude", "1.1", 0),
    initialize(bob, "Claude", "1.1", 2),
    initialize(bob, "Claude", "1.1", 1),
    initialize(bob, "@scope/tool", "", 1),
    initialize(bob, "Old", "1.0", 40),
  ]);

  const versions = await read("mcp_client_versions", "client_name, client_version");
  assertEquals(
    versions.map((line) => [
      line.client_name,
      line.client_version,
      line.people,
      line.sessions,
      day(line.first_seen_on),
      day(line.last_seen_on),
    ]),
    [
      ["@scope/tool", null, 1, "1", dayOf(1), dayOf(1)],
      ["Claude", "1.0", 1, "1", dayOf(4), dayOf(4)],
      ["Claude", "1.1", 2, "3", dayOf(2), dayOf(0)],
    ],
  );
});

Deno.test("mcp_active_people counts each person once a day, a week and a month", async () => {
  const { tenant, read } = await open();
  const { userId: ada } = await logIn(tenant, "ada");
  const visitor = await track(tenant);
  // 2026-01-05 is a Monday; all lie within the year that is recorded, whenever this runs.
  const monday = new Date(Date.now() - 60 * 86_400_000);
  monday.setUTCDate(monday.getUTCDate() - (monday.getUTCDay() + 6) % 7);
  const on = (mcp_server_user_id: string | null, days: number): Row =>
    buildCall(tenant, {
      mcp_server_user_id,
      started_at: `${day(new Date(monday.getTime() + days * 86_400_000))}T10:00:00Z`,
    });

  await record(service, [on(ada, 0), on(ada, 0), on(ada, 6), on(null, 0)]);
  await record(service, [on(ada, 0), on(visitor, 6), on(visitor, 7)]);

  const lines = await read("mcp_active_people", "period, starts_on");
  const dated = lines.map(({ period, starts_on, people, known, visitors }) => [
    period,
    Math.round(((starts_on as Date).getTime() - Date.parse(`${day(monday)}T00:00:00Z`)) / 86_400_000),
    people,
    known,
    visitors,
  ]);
  assertEquals(dated.filter(([period]) => period !== "month"), [
    ["day", 0, 1, 1, 0],
    ["day", 6, 2, 1, 1],
    ["day", 7, 1, 0, 1],
    ["week", 0, 2, 1, 1],
    ["week", 7, 1, 0, 1],
  ]);
  const months = new Set(
    [0, 6, 7].map((days) => day(new Date(monday.getTime() + days * 86_400_000)).slice(0, 7)),
  );
  assertEquals(dated.filter(([period]) => period === "month").length, months.size);
});

Deno.test("mcp_known_callers says which part of callers and calls is known", async () => {
  const { tenant, read } = await open();
  const { userId: ada } = await logIn(tenant, "ada");
  const visitors = [await track(tenant), await track(tenant)];

  await record(service, [
    ...[ada, ada, ada, ada, ...visitors, null, null].map((mcp_server_user_id) =>
      buildCall(tenant, { mcp_server_user_id })
    ),
    buildCall(tenant, { method: "tools/list", name: null }),
  ]);

  const [line, ...others] = await read("mcp_known_callers");
  const { organization_id: _id, day: on, ...share } = line!;
  assertEquals([day(on), others], [dayOf(0), []]);
  assertEquals(share, {
    known: 1,
    visitors: 2,
    share_of_callers: "0.3333",
    known_calls: "4",
    visitor_calls: "2",
    unknown_calls: "2",
    share_of_calls: "0.5000",
  });
});

Deno.test("mcp_funnel leads from tracked over claimed and called to back after three days", async () => {
  const { tenant, read } = await open();
  const calls = async (mcp_server_user_id: unknown, ...days: number[]): Promise<void> => {
    await record(
      service,
      days.map((each) => buildCall(tenant, { mcp_server_user_id, started_at: daysAgo(each) })),
    );
  };
  const claim = async (p_tracking_id: string): Promise<unknown> =>
    (await call(service, "provision_mcp_server_user", buildLogin(tenant, { p_tracking_id })))
      .mcp_server_user_id;

  await calls(await track(tenant), 0, 9);
  const ids = [newName("visitor"), newName("visitor"), newName("visitor")];
  for (const id of ids) {
    await track(tenant, id);
  }
  await claim(ids[0]!);
  await calls(await claim(ids[1]!), 2, 0);
  await calls(await claim(ids[2]!), 3, 0);
  await calls((await logIn(tenant, "ada")).userId, 0);
  await logIn(tenant, "old");
  await owner`
    update public.mcp_server_user set first_seen_at = now() - interval '200 days'
    where organization_id = ${tenant.organizationId} and email = 'old@example.com'`;

  const lines = await read("mcp_funnel", "came_as");
  assertEquals(lines.map(({ organization_id: _id, week: _week, ...line }) => line), [
    { came_as: "login", people: 1, logged_in: 1, called: 1, came_back: 0 },
    { came_as: "visitor", people: 4, logged_in: 3, called: 2, came_back: 1 },
  ]);
  const week = new Date();
  week.setUTCDate(week.getUTCDate() - (week.getUTCDay() + 6) % 7);
  assertEquals(new Set(lines.map((line) => day(line.week))), new Set([day(week)]));
});

Deno.test("mcp_login_days counts logins by what became of them and why, and how many were begun", async () => {
  const { tenant, read } = await open();
  await logIn(tenant, "ada");
  await logIn(tenant, "ada");
  await call(service, "open_authorization_session", buildApproval(tenant));
  for (const reason of ["upstream_denied", "upstream_denied", "upstream_unreachable"]) {
    const { sessionId } = await claimSession(service, tenant);
    await call(service, "fail_authorization_session", {
      p_session_id: sessionId,
      p_reason: reason,
      p_retry: false,
    });
  }

  const lines = await read("mcp_login_days", "outcome, reason");
  assertEquals(
    lines.map((line) => [day(line.day), line.server, line.outcome, line.reason, line.logins, line.begun]),
    [
      ["completed", "created", 1],
      ["completed", "matched", 1],
      ["failed", "upstream_denied", 2],
      ["failed", "upstream_unreachable", 1],
      ["under way", null, 1],
    ].map(([outcome, reason, logins]) => [dayOf(0), tenant.slug, outcome, reason, logins, 6]),
  );
});

Deno.test("mcp_absent_people has who has not called for three days, and whether they ever came back", async () => {
  const { tenant, read } = await open();
  const calls = async (name: string, ...days: number[]): Promise<void> => {
    const { userId: mcp_server_user_id } = await logIn(tenant, name);
    await record(
      service,
      days.map((each) => buildCall(tenant, { mcp_server_user_id, started_at: daysAgo(each) })),
    );
  };
  await calls("active", 9, 2);
  await calls("once", 3);
  await calls("returned", 20, 10);
  await logIn(tenant, "never");

  const lines = await read("mcp_absent_people", "days_away");
  assertEquals(
    lines.map((
      { email, days_away, calls: count, came_back_on },
    ) => [email, days_away, count, came_back_on === null]),
    [["once@example.com", 3, "1", true], ["returned@example.com", 10, "2", false]],
  );
});
