/**
 * Recording beside what deletes or merges people and servers: it waits for nobody, and nothing is left behind.
 */

import { assertEquals } from "@std/assert";
import { buildCall, daysAgo, record } from "../../support/database/calls.ts";
import { call, openDatabase, type Row, type Sql } from "../../support/database/database.ts";
import { readBackend, runAtOnce, untilBlocked } from "../../support/database/parallel.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import { buildLogin, issueFamily, makeTenant, newName, type Tenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
const other = database.openService(1);
await other`set lock_timeout = '2s'`;
Deno.test.afterAll(() => database.close());

interface Given {
  tenant: Tenant;
  userId: string;
  twinId: string;
  admin: Sql;
}

async function given(): Promise<Given> {
  const tenant = await makeTenant(database);
  return {
    tenant,
    userId: (await issueFamily(database, tenant)).userId,
    twinId: (await issueFamily(database, tenant)).userId,
    admin: (await makePlatformUser(database, tenant.organizationId, "owner")).sql,
  };
}

/** How many rows each table has whose person or server is gone. */
async function countLeft({ organizationId }: Tenant): Promise<Row> {
  const left: Row = {};
  for (const table of ["mcp_calls", "mcp_call_days", "mcp_tool_users", "mcp_user_activity"]) {
    const [row] = await owner`
      select count(*)::integer as count from public.${owner(table)} as counted
      where organization_id = ${organizationId} and mcp_server_user_id is not null and not exists (
        select from public.mcp_server_user as holder where holder.id = counted.mcp_server_user_id
      )`;
    left[table] = row?.count;
  }
  for (const table of ["mcp_calls", "mcp_call_days", "mcp_call_sums"]) {
    const [row] = await owner`
      select count(*)::integer as count from public.${owner(table)} as counted
      where organization_id = ${organizationId} and not exists (
        select from public.mcp_servers as server where server.id = counted.mcp_server_id
      )`;
    left[`${table} of a server`] = row?.count;
  }
  return left;
}

for (const table of ["mcp_server_user", "mcp_servers"]) {
  Deno.test(`while somebody deletes from ${table}, its calls are left out, the others recorded, and nobody waited for`, async () => {
    const { tenant, userId } = await given();
    const elsewhere = await makeTenant(database);
    const id = table === "mcp_servers" ? tenant.serverId : userId;

    const answer = await owner.begin(async (transaction) => {
      await transaction`select from public.${transaction(table)} where id = ${id} for update`;
      return await record(other, [buildCall(tenant, { mcp_server_user_id: userId }), buildCall(elsewhere)]);
    });

    assertEquals(answer, [1, 1]);
  });
}

const DELETIONS: [what: string, remove: (given: Given) => Promise<Row>, outcome: string][] = [
  [
    "an erasure",
    ({ admin, userId }) => call(admin, "erase_mcp_server_user", { p_mcp_server_user_id: userId }),
    "erased",
  ],
  [
    "a deletion",
    ({ admin, userId }) => call(admin, "delete_mcp_server_user", { p_mcp_server_user_id: userId }),
    "deleted",
  ],
  [
    "a merge",
    ({ admin, userId, twinId }) =>
      call(admin, "merge_mcp_server_users", { p_mcp_server_user_id: twinId, p_merged_user_id: userId }),
    "merged",
  ],
  [
    "a deletion of the server",
    ({ admin, tenant }) => call(admin, "delete_mcp_server", { p_id: tenant.serverId }),
    "deleted",
  ],
  [
    "a deletion of the organization",
    ({ admin, tenant }) => call(admin, "delete_organization", { p_id: tenant.organizationId }),
    "deleted",
  ],
];
for (const [what, remove, outcome] of DELETIONS) {
  Deno.test(`${what} waits for a batch that is under way, and leaves nothing of it behind`, async () => {
    const there = await given();
    const { tenant, userId, twinId, admin } = there;
    const batch = [userId, twinId, null].map((mcp_server_user_id) =>
      buildCall(tenant, { mcp_server_user_id })
    );
    await record(service, batch);
    const backend = await readBackend(admin);

    const { removing } = await other.begin(async (transaction) => {
      await record(transaction as unknown as Sql, batch);
      const removing = remove(there);
      await untilBlocked(owner, backend);
      return { removing };
    }) as { removing: Promise<Row> };
    const removed = await removing;

    assertEquals([removed.outcome, new Set(Object.values(await countLeft(tenant)))], [outcome, new Set([0])]);
  });
}

const MERGES: [
  what: string,
  begin: () => Promise<{ tenant: Tenant; goesId: string; sql: Sql; merge: () => Promise<Row> }>,
][] = [
  ["a merge", async () => {
    const { tenant, userId, twinId, admin } = await given();
    const people = { p_mcp_server_user_id: twinId, p_merged_user_id: userId };
    return { tenant, goesId: userId, sql: admin, merge: () => call(admin, "merge_mcp_server_users", people) };
  }],
  ["a login that takes a visitor over", async () => {
    const tenant = await makeTenant(database);
    const login = buildLogin(tenant, { p_tracking_id: newName("visitor") });
    await call(service, "provision_mcp_server_user", { ...login, p_tracking_id: null });
    const visitor = await call(service, "track_mcp_server_user", {
      p_organization_id: tenant.organizationId,
      p_tracking_id: login.p_tracking_id,
    });
    const { p_access_token, p_refresh_token } = buildLogin(tenant);
    return {
      tenant,
      goesId: String(visitor.mcp_server_user_id),
      sql: other,
      merge: () => call(other, "provision_mcp_server_user", { ...login, p_access_token, p_refresh_token }),
    };
  }],
];
for (const [what, begin] of MERGES) {
  Deno.test(`${what} waits for a batch that holds its callers and has not counted them yet`, async () => {
    const { tenant, goesId, sql, merge } = await begin();
    const backend = await readBackend(sql);

    const { merging } = await owner.begin(async (transaction) => {
      await transaction`select from public.mcp_server_user where id = ${goesId} for key share`;
      const merging = merge();
      await untilBlocked(service, backend);
      await record(transaction as unknown as Sql, [buildCall(tenant, { mcp_server_user_id: goesId })]);
      return { merging };
    }) as { merging: Promise<Row> };

    assertEquals(["merged", "matched"].includes(String((await merging).outcome)), true);
    assertEquals(new Set(Object.values(await countLeft(tenant))), new Set([0]));
  });
}

Deno.test("recording beside merges, logins of visitors and erasures comes to no deadlock", async () => {
  const tenant = await makeTenant(database);
  const admins = await runAtOnce(
    3,
    async () => (await makePlatformUser(database, tenant.organizationId, "owner")).sql,
  );
  const login = buildLogin(tenant);
  const { mcp_server_user_id: knownId } = await call(service, "provision_mcp_server_user", login);
  const userIds = await runAtOnce(6, async () => (await issueFamily(database, tenant)).userId);
  const trackingIds = [newName("visitor"), newName("visitor"), newName("visitor")];
  const visitorIds = await Promise.all(trackingIds.map(async (p_tracking_id) =>
    String(
      (await call(service, "track_mcp_server_user", {
        p_organization_id: tenant.organizationId,
        p_tracking_id,
      }))
        .mcp_server_user_id,
    )
  ));
  const everybody = [...userIds, ...visitorIds, String(knownId), null];

  const workers = Array.from({ length: 6 }, () => database.openService(1));
  const recorders = runAtOnce(workers.length, async (worker) => {
    for (let round = 0; round < 8; round++) {
      const people = worker % 2 === 0 ? everybody : everybody.toReversed();
      await record(
        workers[worker]!,
        people.map((mcp_server_user_id) =>
          buildCall(tenant, {
            mcp_server_user_id,
            started_at: daysAgo(round % 3),
            name: `tool ${(worker + round) % 3}`,
          })
        ),
      );
    }
  });
  const changes = Promise.all([
    call(admins[0]!, "merge_mcp_server_users", {
      p_mcp_server_user_id: userIds[0],
      p_merged_user_id: userIds[1],
    })
      .then(({ id }) => call(admins[0]!, "unmerge_mcp_server_users", { p_merge_id: id })),
    call(admins[1]!, "merge_mcp_server_users", {
      p_mcp_server_user_id: userIds[3],
      p_merged_user_id: userIds[2],
    }),
    call(admins[2]!, "erase_mcp_server_user", { p_mcp_server_user_id: userIds[4] }),
    (async () => {
      for (const p_tracking_id of trackingIds) {
        const { p_access_token, p_refresh_token } = buildLogin(tenant);
        await call(service, "provision_mcp_server_user", {
          ...login,
          p_access_token,
          p_refresh_token,
          p_tracking_id,
        });
      }
      return { outcome: "logged in" };
    })(),
  ]);

  const outcomes = (await changes).map(({ outcome }) => outcome);
  await recorders;
  assertEquals(outcomes, ["taken_back", "merged", "erased", "logged in"]);
  assertEquals(new Set(Object.values(await countLeft(tenant))), new Set([0]));
});
