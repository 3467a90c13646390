/**
 * Whatever is recorded, mixed and wrong: a member sees what their organization's people did, and nothing of another.
 */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { buildCall, daysAgo, record } from "../../support/database/calls.ts";
import { openDatabase, type Sql } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import { listReadableTables } from "../../support/database/readable.ts";
import { issueFamily, makeTenant, type Tenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

interface House {
  tenant: Tenant;
  userIds: (string | null)[];
  member: Sql;
}

const houses: House[] = [];
for (let index = 0; index < 3; index++) {
  const tenant = await makeTenant(database, { server: { record_payloads: "all" } });
  houses.push({
    tenant,
    userIds: [
      null,
      (await issueFamily(database, tenant)).userId,
      (await issueFamily(database, tenant)).userId,
    ],
    member: (await makePlatformUser(database, tenant.organizationId)).sql,
  });
}
const columnsOf = new Map((await listReadableTables(owner)).map(({ name, columns }) => [name, columns]));

/** A call: most belong together, some name another organization's server or user. */
const element = fc.record({
  organization: fc.nat(2),
  server: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, fc.nat(2)),
  user: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, fc.tuple(fc.nat(2), fc.nat(2))),
  days: fc.nat(8),
  method: fc.constantFrom("tools/call", "prompts/get", "initialize", "tools/list"),
  outcome: fc.constantFrom("ok", "tool_error", "refused"),
});

Deno.test("no call of one organization appears in another's tables and views", async () => {
  let taken = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(element, { minLength: 20, maxLength: 40 }), async (elements) => {
      const calls = elements.map(({ organization, server, user, days, method, outcome }) => {
        const own = houses[organization]!;
        const [house, person] = user ?? [organization, days % 3];
        const named = `tool of ${own.tenant.organizationId}`;
        return {
          belongs: (server ?? organization) === organization &&
            (house === organization || houses[house]!.userIds[person] === null),
          call: buildCall(own.tenant, {
            mcp_server_id: houses[server ?? organization]!.tenant.serverId,
            mcp_server_user_id: houses[house]!.userIds[person],
            method,
            outcome,
            name: method === "tools/list" ? null : named,
            client_name: `client of ${own.tenant.organizationId}`,
            client_id: `id of ${own.tenant.organizationId}`,
            arguments: { of: own.tenant.organizationId },
            started_at: daysAgo(days),
          }),
        };
      });

      const belonging = calls.filter(({ belongs }) => belongs).length;
      assertEquals(await record(service, calls.map(({ call }) => call)), [
        belonging,
        calls.length - belonging,
      ]);
      taken += belonging;
      refused += calls.length - belonging;

      for (const { tenant, member } of houses) {
        const others = houses.filter((house) => house.tenant !== tenant).map((house) => house.tenant);
        const foreign = others.flatMap(({ organizationId, serverId }) => [organizationId, serverId]);
        for (const [table, columns] of columnsOf) {
          const text = JSON.stringify(await member`select ${member(columns)} from public.${member(table)}`);
          assertEquals([table, foreign.filter((id) => text.includes(id))], [table, []]);
        }
      }
    }),
    { numRuns: 8 },
  );

  // Something was recorded and something refused; each member sees all of their own.
  assertEquals([taken > 0, refused > 0], [true, true]);
  for (const { tenant: { organizationId }, member } of houses) {
    for (const table of ["mcp_calls", "mcp_call_days", "mcp_call_sums", "mcp_tool_users"]) {
      const [all] = await owner`
        select count(*)::integer as count from public.${
        owner(table)
      } where organization_id = ${organizationId}`;
      const [seen] = await member`select count(*)::integer as count from public.${member(table)}`;
      assertEquals([table, seen?.count, all?.count > 0], [table, all?.count, true]);
    }
  }
});
