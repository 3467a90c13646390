/**
 * What a recorded call becomes: a row, and counts of its person, its server and its tool.
 */

import { assertEquals } from "@std/assert";
import { buildCall, dayOf, daysAgo, record } from "../../support/database/calls.ts";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";
import { issueFamily, makeTenant, newHash, newName, type Tenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

async function read(table: string, { organizationId }: Tenant): Promise<Row[]> {
  return [...await owner`select * from public.${owner(table)} where organization_id = ${organizationId}`];
}

async function trackVisitor({ organizationId }: Tenant): Promise<string> {
  const tracked = await call(service, "track_mcp_server_user", {
    p_organization_id: organizationId,
    p_tracking_id: newName("visitor"),
  });
  return String(tracked.mcp_server_user_id);
}

Deno.test("a call of a known person is a row with its session, its client and what came of it", async () => {
  const tenant = await makeTenant(database, { server: { record_payloads: "all" } });
  const { userId, familyId } = await issueFamily(database, tenant);
  const session_hash = newHash();
  await call(service, "open_mcp_call", {
    p_slug: tenant.slug,
    p_family_id: familyId,
    p_session_hash: session_hash,
  });
  const started_at = new Date().toISOString();

  const answer = await record(service, [
    buildCall(tenant, {
      mcp_server_user_id: userId,
      session_hash,
      client_id: tenant.clientId,
      started_at,
      milliseconds: 12.4,
      outcome: "rpc_error",
      error_code: -32602,
      arguments: { a: 1 },
      result: { content: [] },
    }),
  ]);

  const [{ id: _id, keep_until, ...row } = {}, ...others] = await read("mcp_calls", tenant);
  const [session] = await read("mcp_server_session", tenant);
  assertEquals([answer, others], [[1, 0], []]);
  assertEquals(row, {
    organization_id: tenant.organizationId,
    mcp_server_id: tenant.serverId,
    mcp_server_user_id: userId,
    mcp_session_id: session!.id,
    client_id: tenant.clientId,
    method: "tools/call",
    name: "add",
    started_at: new Date(started_at),
    milliseconds: 12,
    outcome: "rpc_error",
    error_code: -32602,
    http_status: 200,
    bytes_in: "120",
    bytes_out: "480",
    arguments: { a: 1 },
    result: { content: [] },
    merge_id: null,
  });
  assertEquals(keep_until, new Date(`${dayOf(-30)}T00:00:00Z`));
});

Deno.test("calls of a day are counted by person, tool, client and outcome, over batches", async () => {
  const tenant = await makeTenant(database);
  const { userId: mcp_server_user_id } = await issueFamily(database, tenant);
  const of = (changes: Row): Row => buildCall(tenant, { mcp_server_user_id, ...changes });

  await record(service, [of({}), of({ milliseconds: 300 }), of({ outcome: "tool_error" })]);
  await record(service, [of({}), of({ client_id: null }), of({ name: "whoami" }), buildCall(tenant)]);

  const days = (await read("mcp_call_days", tenant)).map((day) => [
    day.mcp_server_user_id === mcp_server_user_id,
    day.client_id,
    day.name,
    day.outcome,
    day.calls,
    day.milliseconds,
    day.bytes_out,
  ]);
  assertEquals(
    days.sort(),
    [
      [false, "client-1", "add", "ok", "1", "100", "480"],
      [true, "client-1", "add", "ok", "3", "500", "1440"],
      [true, "client-1", "add", "tool_error", "1", "100", "480"],
      [true, "client-1", "whoami", "ok", "1", "100", "480"],
      [true, null, "add", "ok", "1", "100", "480"],
    ].sort(),
  );
  assertEquals((await read("mcp_calls", tenant)).length, 7);
});

Deno.test("sums tell outcomes, kinds of callers and durations apart", async () => {
  const tenant = await makeTenant(database);
  const { userId } = await issueFamily(database, tenant);
  const visitorId = await trackVisitor(tenant);
  const outcomes = [
    "ok",
    "tool_error",
    "rpc_error",
    "http_error",
    "unanswered",
    "refused",
    "cancelled",
    "unreadable",
  ];

  await record(service, [
    ...outcomes.map((outcome) => buildCall(tenant, { outcome, mcp_server_user_id: userId, milliseconds: 0 })),
    buildCall(tenant, { mcp_server_user_id: visitorId, milliseconds: 100 }),
    buildCall(tenant, { milliseconds: 2_000_000_000 }),
  ]);

  const [sum, ...others] = await read("mcp_call_sums", tenant);
  const { calls, succeeded, failed, refused, cancelled, known_calls, visitor_calls, durations } = sum!;
  assertEquals(others, []);
  assertEquals(
    [calls, succeeded, failed, refused, cancelled, known_calls, visitor_calls],
    ["10", "3", "4", "1", "1", "8", "1"],
  );
  // 100 ms lie between 2^(26/4) and 2^(27/4).
  const places = (durations as number[]).map((count, index) => [index + 1, count]).filter(([, count]) =>
    count! > 0
  );
  assertEquals(places, [[1, 8], [27, 1], [80, 1]]);
});

Deno.test("a request without a name is counted by its method only", async () => {
  const tenant = await makeTenant(database);
  const { userId: mcp_server_user_id } = await issueFamily(database, tenant);
  const unnamed = ["tools/list", "notifications/initialized"].map((method) =>
    buildCall(tenant, { mcp_server_user_id, method, name: null })
  );

  const answer = await record(service, [
    ...unnamed,
    buildCall(tenant, { mcp_server_user_id, method: "tools/call", name: null }),
    buildCall(tenant, { mcp_server_user_id, method: "ping", name: "a name that nobody asked for" }),
  ]);

  const sums = (await read("mcp_call_sums", tenant)).map(({ method, name, calls }) => [method, name, calls]);
  assertEquals(answer, [4, 0]);
  assertEquals(sums.sort(), [
    ["notifications/initialized", "", "1"],
    ["ping", "", "1"],
    ["tools/call", "", "1"],
    ["tools/list", "", "1"],
  ]);
  for (
    const table of ["mcp_calls", "mcp_call_days", "mcp_tool_users", "mcp_user_activity", "mcp_active_days"]
  ) {
    assertEquals([table, await read(table, tenant)], [table, []]);
  }
});

Deno.test("an initialize names the MCP client and its version, or the registered client, and is no activity", async () => {
  const tenant = await makeTenant(database);
  const { userId: mcp_server_user_id } = await issueFamily(database, tenant);
  await owner`
    update public.mcp_client_registrations set client_metadata = '{"software_version": "7"}'
    where id = ${tenant.registrationId}`;
  const initialize = (changes: Row): Row =>
    buildCall(tenant, { mcp_server_user_id, method: "initialize", name: null, ...changes });

  await record(service, [
    initialize({ client_name: "@scope/app", client_version: "1/2" }),
    initialize({ client_name: "Claude" }),
    initialize({ client_id: tenant.clientId }),
    initialize({}),
  ]);

  const people = (await read("mcp_tool_users", tenant)).map(({ name }) => name);
  assertEquals(people.sort(), ["@scope/app/1_2", "Claude/", "Test client/7"]);
  assertEquals([await read("mcp_calls", tenant), await read("mcp_user_activity", tenant)], [[], []]);
});

for (
  const [record_payloads, kept] of [
    ["none", [null, null]],
    ["arguments", [{ a: 1 }, null]],
    ["all", [{ a: 1 }, { b: 2 }]],
  ] as [string, unknown[]][]
) {
  Deno.test(`a server that records ${record_payloads} keeps no other payload`, async () => {
    const tenant = await makeTenant(database, { server: { record_payloads } });

    await record(service, [buildCall(tenant, { arguments: { a: 1 }, result: { b: 2 } })]);

    const [row] = await read("mcp_calls", tenant);
    assertEquals([row!.arguments, row!.result], kept);
  });
}

Deno.test("a payload that is too long is left out, and its call stays", async () => {
  const tenant = await makeTenant(database, { server: { record_payloads: "all" } });
  const long = { text: "x".repeat(16384) };
  // As jsonb the number has 309 digits.
  const unfolding = Array(100).fill(1e308);

  const answer = await record(service, [
    buildCall(tenant, { arguments: long, result: { b: 2 } }),
    buildCall(tenant, { arguments: { a: 1 }, result: unfolding }),
  ]);

  const rows = (await read("mcp_calls", tenant)).map(({ arguments: given, result }) => [given, result]);
  assertEquals(answer, [2, 0]);
  assertEquals(rows.sort(), [[null, { b: 2 }], [{ a: 1 }, null]].sort());
});

Deno.test("a call names no session that is another person's or unknown", async () => {
  const tenant = await makeTenant(database);
  const [mine, theirs] = [await issueFamily(database, tenant), await issueFamily(database, tenant)];
  const session_hash = newHash();
  await call(service, "open_mcp_call", {
    p_slug: tenant.slug,
    p_family_id: theirs.familyId,
    p_session_hash: session_hash,
  });

  const answer = await record(service, [
    buildCall(tenant, { mcp_server_user_id: mine.userId, session_hash }),
    buildCall(tenant, { mcp_server_user_id: mine.userId, session_hash: newHash() }),
    buildCall(tenant, { session_hash }),
  ]);

  assertEquals(answer, [3, 0]);
  assertEquals((await read("mcp_calls", tenant)).map(({ mcp_session_id }) => mcp_session_id), [
    null,
    null,
    null,
  ]);
});

Deno.test("a person's days are known: first, last, and back after three", async () => {
  const tenant = await makeTenant(database);
  const { userId: mcp_server_user_id } = await issueFamily(database, tenant);
  const activity = async (): Promise<unknown[]> => {
    const [row] = await read("mcp_user_activity", tenant);
    const day = (date: unknown): string | null =>
      date === null ? null : (date as Date).toISOString().slice(0, 10);
    return [
      day(row!.first_called_on),
      day(row!.last_called_on),
      day(row!.came_back_on),
      row!.calls,
      row!.last_day_calls,
    ];
  };
  const on = (days: number): Promise<unknown> =>
    record(service, [buildCall(tenant, { mcp_server_user_id, started_at: daysAgo(days) })]);

  await on(9);
  await on(7);
  assertEquals(await activity(), [dayOf(9), dayOf(7), null, "2", 1]);
  await on(6);
  await on(6);
  assertEquals(await activity(), [dayOf(9), dayOf(6), dayOf(6), "4", 2]);
  await on(1);
  await on(8);
  assertEquals(await activity(), [dayOf(9), dayOf(1), dayOf(6), "6", 1]);
});

Deno.test("a call whose retention is over is counted and not recorded", async () => {
  const tenant = await makeTenant(database);
  await owner`update public.organizations set call_retention_days = 7 where id = ${tenant.organizationId}`;

  const answer = await record(
    service,
    [7, 8].map((days) => buildCall(tenant, { started_at: daysAgo(days) })),
  );

  const days = (await read("mcp_call_days", tenant)).map(({ calls }) => calls);
  assertEquals([answer, days, (await read("mcp_calls", tenant)).length], [[2, 0], ["1", "1"], 1]);
});

Deno.test("no batch is raised, and an empty one records nothing", async () => {
  assertEquals(await record(service, []), [0, 0]);
  assertEquals(await findSqlState(() => service`select public.record_mcp_calls(null)`), "22004");
  assertEquals(await findSqlState(() => service`select public.record_mcp_calls('{}')`), "22023");
});
