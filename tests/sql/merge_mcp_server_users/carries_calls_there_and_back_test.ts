/**
 * What two end users did is one person's after a merge, and each one's again when it is taken back.
 */

import { assertEquals } from "@std/assert";
import { buildCall, daysAgo, record } from "../../support/database/calls.ts";
import { COUNTS } from "../../support/database/counts.ts";
import { call, openDatabase, type Sql } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import { buildLogin, issueFamily, makeTenant, newName, type Tenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

interface Pair {
  tenant: Tenant;
  sql: Sql;
  ada: string;
  twin: string;
  merge: (stays: string, goes: string) => Promise<string>;
  unmerge: (id: string) => Promise<unknown>;
}

/** Two people of a new organization, who both used the same tool yesterday. */
async function makePair(): Promise<Pair> {
  const tenant = await makeTenant(database);
  const { sql } = await makePlatformUser(database, tenant.organizationId, "admin");
  const [ada, twin] = [
    (await issueFamily(database, tenant)).userId,
    (await issueFamily(database, tenant)).userId,
  ];
  await record(service, [
    buildCall(tenant, { mcp_server_user_id: ada, started_at: daysAgo(1) }),
    buildCall(tenant, { mcp_server_user_id: twin, started_at: daysAgo(1), outcome: "tool_error" }),
    buildCall(tenant, { mcp_server_user_id: twin, started_at: daysAgo(1) }),
    buildCall(tenant, { mcp_server_user_id: twin, started_at: daysAgo(6), name: "whoami" }),
  ]);
  return {
    tenant,
    sql,
    ada,
    twin,
    merge: async (stays, goes) => {
      const { outcome, id } = await call(sql, "merge_mcp_server_users", {
        p_mcp_server_user_id: stays,
        p_merged_user_id: goes,
      });
      assertEquals(outcome, "merged");
      return String(id);
    },
    unmerge: async (id) => (await call(sql, "unmerge_mcp_server_users", { p_merge_id: id })).outcome,
  };
}

const sorted = (lines: Iterable<unknown>): string[] => [...lines].map((line) => JSON.stringify(line)).sort();

/** All that is counted of an organization; only what people see of days past stays as it was. */
async function readCounts({ organizationId }: Tenant): Promise<Record<string, string[]>> {
  const read: Record<string, string[]> = {};
  for (const { table, columns } of COUNTS.filter(({ table }) => table !== "mcp_active_days")) {
    read[table] = sorted(
      await owner.unsafe(`select ${columns} from public.${table} where organization_id = $1`, [
        organizationId,
      ]),
    );
  }
  read.mcp_calls = sorted(
    await owner`
      select id, mcp_server_user_id, merge_id from public.mcp_calls where organization_id = ${organizationId}`,
  );
  return read;
}

/** Compares what is counted with what the recorded calls say; a merge divides the rows of a day. */
async function checkCounts({ organizationId }: Tenant): Promise<void> {
  for (const { table, columns, rows } of COUNTS.slice(1).filter(({ table }) => table !== "mcp_active_days")) {
    const stored = await owner.unsafe(`select ${columns} from public.${table} where organization_id = $1`, [
      organizationId,
    ]);
    const told = await owner.unsafe(`select ${columns} from (${rows}) as told where organization_id = $1`, [
      organizationId,
    ]);
    assertEquals([table, sorted(stored)], [table, sorted(told)]);
  }
}

Deno.test("after a merge all calls are the one's who stays, and counted as one person's", async () => {
  const { tenant, ada, twin, merge } = await makePair();

  await merge(ada, twin);

  const people = await owner`
    select distinct mcp_server_user_id from public.mcp_calls where organization_id = ${tenant.organizationId}`;
  const tools = await owner`
    select mcp_server_user_id, name, calls, failed from public.mcp_tool_users
    where organization_id = ${tenant.organizationId} order by name`;
  const [sum] = await owner`
    select last_users from public.mcp_call_sums
    where organization_id = ${tenant.organizationId} and name = 'add' and last_users > 0`;
  const [activity, ...others] = await owner`
    select mcp_server_user_id, calls, came_back_on is not null as came_back from public.mcp_user_activity
    where organization_id = ${tenant.organizationId}`;
  assertEquals(people.map(({ mcp_server_user_id }) => mcp_server_user_id), [ada]);
  assertEquals(tools.map((tool) => ({ ...tool })), [
    { mcp_server_user_id: ada, name: "add", calls: "3", failed: "1" },
    { mcp_server_user_id: ada, name: "whoami", calls: "1", failed: "0" },
  ]);
  assertEquals([sum?.last_users, { ...activity }, others], [
    1,
    { mcp_server_user_id: ada, calls: "4", came_back: true },
    [],
  ]);
  await checkCounts(tenant);
});

Deno.test("a merge that is taken back gives each their own calls back, and the new ones stay", async () => {
  const { tenant, ada, twin, merge, unmerge } = await makePair();
  const before = await readCounts(tenant);

  const id = await merge(ada, twin);
  assertEquals(await unmerge(id), "taken_back");
  assertEquals(await readCounts(tenant), before);

  const again = await merge(ada, twin);
  await record(service, [buildCall(tenant, { mcp_server_user_id: ada, started_at: daysAgo(1) })]);
  await unmerge(again);

  const calls = await owner`
    select mcp_server_user_id, count(*)::integer as count from public.mcp_calls
    where organization_id = ${tenant.organizationId} group by 1`;
  assertEquals(
    Object.fromEntries(calls.map(({ mcp_server_user_id, count }) => [mcp_server_user_id, count])),
    { [ada]: 2, [twin]: 3 },
  );
  await checkCounts(tenant);
});

Deno.test("a second merge takes the first one's calls along, and gives all back", async () => {
  const { tenant, ada, twin, merge, unmerge } = await makePair();
  const third = (await issueFamily(database, tenant)).userId;
  await record(service, [buildCall(tenant, { mcp_server_user_id: third, started_at: daysAgo(1) })]);
  await merge(twin, ada);

  const id = await merge(third, twin);
  await checkCounts(tenant);
  await unmerge(id);

  const calls = await owner`
    select mcp_server_user_id, count(*)::integer as count from public.mcp_calls
    where organization_id = ${tenant.organizationId} group by 1`;
  assertEquals(
    Object.fromEntries(calls.map(({ mcp_server_user_id, count }) => [mcp_server_user_id, count])),
    { [twin]: 4, [third]: 1 },
  );
  await checkCounts(tenant);
});

Deno.test("a visitor's calls follow a login, whether it claims the visitor or finds a known user", async () => {
  for (const known of [false, true]) {
    const tenant = await makeTenant(database);
    const login = buildLogin(tenant, { p_tracking_id: newName("visitor") });
    if (known) {
      await call(service, "provision_mcp_server_user", { ...login, p_tracking_id: null });
    }
    const visitor = await call(service, "track_mcp_server_user", {
      p_organization_id: tenant.organizationId,
      p_tracking_id: login.p_tracking_id,
    });
    await record(
      service,
      [0, 5].map((days) =>
        buildCall(tenant, { mcp_server_user_id: visitor.mcp_server_user_id, started_at: daysAgo(days) })
      ),
    );

    const row = `uoat_${crypto.randomUUID().slice(0, 12)}`;
    const { p_access_token, p_refresh_token } = buildLogin(tenant, { row });
    const { mcp_server_user_id } = await call(service, "provision_mcp_server_user", {
      ...login,
      p_access_token,
      p_refresh_token,
    });

    const [person, ...others] = await owner`
      select id, tracked_at is not null as tracked, claimed_at is not null as claimed from public.mcp_server_user
      where organization_id = ${tenant.organizationId}`;
    const calls = await owner`
      select mcp_server_user_id from public.mcp_calls where organization_id = ${tenant.organizationId}`;
    assertEquals([{ ...person }, others], [{ id: mcp_server_user_id, tracked: true, claimed: true }, []]);
    assertEquals(calls.map((each) => each.mcp_server_user_id), [mcp_server_user_id, mcp_server_user_id]);
    // The person was a visitor when they called.
    await owner`update public.mcp_server_user set auth_type = 'none' where id = ${
      String(mcp_server_user_id)
    }`;
    await checkCounts(tenant);
  }
});
