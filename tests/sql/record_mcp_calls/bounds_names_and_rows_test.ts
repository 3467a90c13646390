/**
 * Names that callers invent and calls without end: what is counted stays bounded.
 */

import { assertEquals } from "@std/assert";
import { buildCall, daysAgo, record } from "../../support/database/calls.ts";
import { call, openDatabase, type Row, type Sql } from "../../support/database/database.ts";
import { readBackend, untilBlocked } from "../../support/database/parallel.ts";
import { issueFamily, makeTenant, newName, type Tenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

await owner`
  update public.row_bounds
  set of_source = case kind
    when 'name of calls' then 6
    when 'name of calls that fail' then 3
    when 'call' then 20
    when 'call of a visitor' then 10
    when 'call of unknown callers' then 5
  end
  where kind like 'call%' or kind like 'name%'`;

/** Names and how often each was counted. */
async function readNames({ organizationId }: Tenant, key = "name"): Promise<Row> {
  const rows = await owner`
    select ${owner(key)} as name, sum(calls)::integer as calls from public.mcp_call_sums
    where organization_id = ${organizationId} group by 1 order by 1`;
  return Object.fromEntries(rows.map(({ name, calls }) => [name, calls]));
}

const named = (tenant: Tenant, names: string[], changes: Row = {}): Row[] =>
  names.map((name) => buildCall(tenant, { name, ...changes }));
const letters = (...letters: string[]): string[] => letters;

Deno.test("names that never succeed take few places, in one batch and over batches", async () => {
  const tenant = await makeTenant(database);

  await record(service, named(tenant, letters("a", "b"), { outcome: "rpc_error" }));
  await record(service, named(tenant, letters("b", "c", "d", "e"), { outcome: "rpc_error" }));

  assertEquals(await readNames(tenant), { a: 1, b: 2, c: 1, "(other)": 2 });
});

Deno.test("a tool that works has its own name when failing ones have taken all places, up to a number", async () => {
  const tenant = await makeTenant(database);
  await record(service, named(tenant, letters("a", "b", "c", "d"), { outcome: "tool_error" }));

  await record(service, named(tenant, letters("v", "w", "x", "y", "z")));
  await record(service, named(tenant, letters("v", "z")));

  assertEquals(await readNames(tenant), { a: 1, b: 1, c: 1, v: 2, w: 1, "(other)": 5 });
});

Deno.test("the recorded call keeps its name when it is counted as another", async () => {
  const tenant = await makeTenant(database);
  const { userId: mcp_server_user_id } = await issueFamily(database, tenant);

  await record(
    service,
    named(tenant, letters("a", "b", "c", "d"), { mcp_server_user_id, outcome: "rpc_error" }),
  );

  const rows = await owner`
    select name from public.mcp_calls where organization_id = ${tenant.organizationId} order by name`;
  const people = await owner`
    select name from public.mcp_tool_users where organization_id = ${tenant.organizationId} order by name`;
  const days = await owner`
    select name from public.mcp_call_days where organization_id = ${tenant.organizationId} order by name`;
  assertEquals(rows.map(({ name }) => name), ["a", "b", "c", "d"]);
  assertEquals(people.map(({ name }) => name), ["(other)", "a", "b", "c"]);
  assertEquals(days.map(({ name }) => name), ["(other)", "a", "b", "c"]);
});

Deno.test("resources and clients take no places of tools, nor one server of another, nor one day of another", async () => {
  const tenant = await makeTenant(database);
  const other = await makeTenant(database);
  const failing = letters("a", "b", "c", "d");
  await record(service, named(tenant, failing, { method: "resources/read", outcome: "rpc_error" }));
  await record(
    service,
    failing.map((client_name) =>
      buildCall(tenant, { method: "initialize", client_name, outcome: "rpc_error" })
    ),
  );
  await record(service, named(other, failing, { outcome: "rpc_error" }));
  await record(service, named(tenant, failing, { outcome: "rpc_error", started_at: daysAgo(1) }));

  await record(service, named(tenant, letters("x", "y", "z"), { outcome: "rpc_error" }));

  const rows = await owner`
    select name from public.mcp_call_sums
    where organization_id = ${tenant.organizationId} and method = 'tools/call'
      and day = (now() at time zone 'UTC')::date order by name`;
  assertEquals(rows.map(({ name }) => name), ["x", "y", "z"]);
});

Deno.test("invented methods are counted as others, and take no places of tools", async () => {
  const tenant = await makeTenant(database);

  await record(
    service,
    letters("a", "b", "c", "d", "e").map((method) =>
      buildCall(tenant, { method, name: null, outcome: "rpc_error" })
    ),
  );
  await record(service, named(tenant, letters("x"), { outcome: "rpc_error" }));

  assertEquals(await readNames(tenant, "method"), { a: 1, b: 1, c: 1, "(other)": 2, "tools/call": 1 });
});

Deno.test("a batch waits for the new names of another one, so that both take no more places together", async () => {
  const tenant = await makeTenant(database);
  const [first, second] = [database.openService(1), database.openService(1)];
  const backend = await readBackend(second);

  const { waiting } = await first.begin(async (transaction) => {
    await record(transaction as unknown as Sql, named(tenant, letters("a", "b"), { outcome: "rpc_error" }));
    const waiting = record(second, named(tenant, letters("c", "d"), { outcome: "rpc_error" }));
    await untilBlocked(owner, backend);
    return { waiting };
  }) as { waiting: Promise<unknown> };
  await waiting;

  assertEquals(await readNames(tenant), { a: 1, b: 1, c: 1, "(other)": 1 });
});

const KINDS: [who: string, bound: number, userOf: (tenant: Tenant) => Promise<string | null>][] = [
  ["a known person", 20, async (tenant) => (await issueFamily(database, tenant)).userId],
  ["a visitor", 10, async ({ organizationId }) =>
    String(
      (await call(service, "track_mcp_server_user", {
        p_organization_id: organizationId,
        p_tracking_id: newName("visitor"),
      })).mcp_server_user_id,
    )],
  ["callers whom nobody knows", 5, () => Promise.resolve(null)],
];
for (const [who, bound, userOf] of KINDS) {
  Deno.test(`beyond ${bound} a day the calls of ${who} are counted and not recorded`, async () => {
    const tenant = await makeTenant(database);
    const mcp_server_user_id = await userOf(tenant);
    const batch = Array(5).fill(buildCall(tenant, { mcp_server_user_id }));

    for (let round = 0; round < 6; round++) {
      await record(service, batch);
    }
    await record(service, [buildCall(tenant, { mcp_server_user_id, started_at: daysAgo(1) })]);

    const [rows] = await owner`
      select count(*)::integer as count from public.mcp_calls
      where organization_id = ${tenant.organizationId} and started_at > now() - interval '12 hours'`;
    const [counted] = await owner`
      select sum(calls)::integer as calls from public.mcp_call_days where organization_id = ${tenant.organizationId}`;
    assertEquals([rows?.count, counted?.calls], [bound, 31]);
  });
}
