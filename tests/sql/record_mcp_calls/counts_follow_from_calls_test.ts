/**
 * Whatever is recorded, in whatever batches and order: the counts are what the recorded calls say.
 */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { buildCall, daysAgo, record } from "../../support/database/calls.ts";
import { COUNTS } from "../../support/database/counts.ts";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { issueFamily, makeTenant, newName, type Tenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

const tenants: Tenant[] = [];
const users: (string | null)[][] = [];
for (let index = 0; index < 2; index++) {
  const tenant = await makeTenant(database);
  const visitor = await call(service, "track_mcp_server_user", {
    p_organization_id: tenant.organizationId,
    p_tracking_id: newName("visitor"),
  });
  tenants.push(tenant);
  users.push([
    null,
    String(visitor.mcp_server_user_id),
    (await issueFamily(database, tenant)).userId,
    (await issueFamily(database, tenant)).userId,
  ]);
}

const recorded = fc.record({
  tenant: fc.nat(1),
  user: fc.nat(3),
  days: fc.nat(9),
  method: fc.constantFrom("tools/call", "resources/read"),
  name: fc.constantFrom("a", "b", "c"),
  client_id: fc.constantFrom("client-1", "client-2", null),
  outcome: fc.constantFrom(
    "ok",
    "tool_error",
    "rpc_error",
    "unanswered",
    "refused",
    "cancelled",
    "unreadable",
  ),
  milliseconds: fc.nat(1_000_000),
});

async function compare(): Promise<void> {
  const [copied] = await owner`
    select count(*)::integer as others from public.mcp_server_user as person
    join public.mcp_user_activity as activity on activity.mcp_server_user_id = person.id
    where (person.first_called_on, person.came_back_on)
      is distinct from (activity.first_called_on, activity.came_back_on)`;
  assertEquals(copied?.others, 0);
  for (const { table, columns, rows } of COUNTS) {
    const stored = await owner.unsafe(`select ${columns} from public.${table}`);
    const told = await owner.unsafe(`select ${columns} from (${rows}) as told`);
    const sorted = (lines: Iterable<Row>): string[] => [...lines].map((line) => JSON.stringify(line)).sort();

    assertEquals([table, sorted(stored)], [table, sorted(told)]);
  }
}

Deno.test("counts agree with the recorded calls", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(recorded, { maxLength: 12 }), { maxLength: 4 }), async (batches) => {
      await owner`
        truncate public.mcp_calls, public.mcp_call_days, public.mcp_call_sums, public.mcp_tool_users,
          public.mcp_user_activity, public.mcp_active_days`;
      for (const batch of batches) {
        const elements = batch.map((
          { tenant, user, days, ...call },
        ) =>
          buildCall(tenants[tenant]!, {
            ...call,
            mcp_server_user_id: users[tenant]![user],
            started_at: daysAgo(days),
          })
        );
        assertEquals(await record(service, elements), [elements.length, 0]);
      }

      await compare();
    }),
    { numRuns: 60 },
  );
});

Deno.test("counts agree when eight workers record at once", async () => {
  await owner`
    truncate public.mcp_calls, public.mcp_call_days, public.mcp_call_sums, public.mcp_tool_users,
      public.mcp_user_activity, public.mcp_active_days`;
  const [elements] = fc.sample(fc.array(recorded, { minLength: 400, maxLength: 400 }), {
    numRuns: 1,
    seed: 7,
  });
  const calls = elements!.map(({ tenant, user, ...call }) =>
    buildCall(tenants[tenant]!, { ...call, mcp_server_user_id: users[tenant]![user], started_at: daysAgo(0) })
  );

  await Promise.all(
    Array.from(
      { length: 8 },
      (_, worker) => record(database.openService(1), calls.slice(worker * 50, (worker + 1) * 50)),
    ),
  );

  await compare();
});
