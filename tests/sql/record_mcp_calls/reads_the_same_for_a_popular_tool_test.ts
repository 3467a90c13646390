/** A batch of calls reads about the same, whether a tool has a few users or thousands. */

import { assert } from "@std/assert";
import postgres from "postgres";
import { buildCall, record } from "../../support/database/calls.ts";
import { openDatabase } from "../../support/database/database.ts";
import { makeTenant, newName, type Tenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { owner, service } = database;
const admin = postgres(database.adminUrl, { max: 1 });
Deno.test.afterAll(async () => {
  await admin.end();
  await database.close();
});

const USERS = 10_000;
const BATCH = 100;

/** The pages that one batch of the tool's users reads. */
async function countReads(tenant: Tenant, tool: string, userIds: string[]): Promise<number> {
  const elements = userIds.map((mcp_server_user_id) => buildCall(tenant, { mcp_server_user_id, name: tool }));
  await record(service, elements);
  const args = [JSON.stringify(elements)];
  const explain =
    "explain (analyze, buffers, format json) select public.record_mcp_calls(p_calls => $1::text::jsonb)";
  const [row] = await owner.unsafe(explain, args);
  return Number((row?.["QUERY PLAN"] as { Plan: Record<string, number> }[])[0]!.Plan["Shared Hit Blocks"]);
}

/** Makes people who have used the tool yesterday, and returns some of them. */
async function fill(tenant: Tenant, tool: string, users: number): Promise<string[]> {
  const prefix = newName("person");
  await owner`
    insert into public.mcp_server_user (organization_id, id, auth_type, upstream_sub)
    select ${tenant.organizationId}, ${prefix} || '-' || number, 'custom_oauth', ${prefix} || number
    from generate_series(1, ${users}) as number`;
  await owner`
    insert into public.mcp_tool_users
      (organization_id, mcp_server_id, mcp_server_user_id, method, name, first_called_on, last_called_on, calls,
        failed, milliseconds)
    select ${tenant.organizationId}, ${tenant.serverId}, ${prefix} || '-' || number, 'tools/call', ${tool},
      current_date - 1, current_date - 1, 1, 0, 1
    from generate_series(1, ${users}) as number`;
  return Array.from({ length: BATCH }, (_, index) => `${prefix}-${index + 1}`);
}

/** Lines of other organizations, servers and tools: the planner takes every column of the key for one that says all. */
async function fillOthers(): Promise<void> {
  await admin.begin(async (transaction) => {
    await transaction`set local session_replication_role = replica`;
    await transaction`
      insert into public.mcp_tool_users
        (organization_id, mcp_server_id, mcp_server_user_id, method, name, first_called_on, last_called_on, calls,
          failed, milliseconds)
      select 'org-' || number % 1000, 'server-' || number % 2000, 'user-' || number, 'tools/call', 'tool-' || number % 500,
        current_date - 1, current_date - 1, 1, 0, 1
      from generate_series(1, 50000) as number`;
  });
}

Deno.test("a batch reads at most half as many pages again where a tool has thousands of users", async () => {
  const tenant = await makeTenant(database);
  await fillOthers();
  const few = await fill(tenant, "rare", BATCH);
  const many = await fill(tenant, "popular", USERS);
  await owner.unsafe("analyze");

  const [rare, popular] = [await countReads(tenant, "rare", few), await countReads(tenant, "popular", many)];

  assert(popular <= rare * 1.5, `${popular} pages for the popular tool, ${rare} for the other`);
});
