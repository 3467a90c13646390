/**
 * A page of a view is read in the order of an index, however large the organization is.
 */

import { assert, assertEquals } from "@std/assert";
import { openDatabase } from "../../support/database/database.ts";
import { makeFullTenant } from "../../support/database/full_tenant.ts";
import { makePlatformUser } from "../../support/database/platform.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

const { organizationId } = await makeFullTenant(database);
const { sql } = await makePlatformUser(database, organizationId);
await owner`
  insert into public.mcp_audit_events
    (organization_id, event, reason, request_id, occurred_at, keep_until, occurrences, repeated_request_ids)
  select ${organizationId}, case when n % 50 = 0 then 'tokens_revoked' else 'login_completed' end, 'matched',
    gen_random_uuid()::text, now() - n * interval '1 minute', now() + interval '1 year', case when n % 100 = 1 then 2 else 1 end,
    case when n % 100 = 1 then array[gen_random_uuid()::text] end
  from generate_series(1, 30000) as n`;
await owner.unsafe("vacuum analyze");

const pages: [view: string, order: string, most: number][] = [
  ["mcp_login_attempts", "logged_at", 1000],
  ["mcp_ended_logins", "ended_at", 1000],
  ["mcp_audit", "occurred_at", 1000],
];
for (const [view, order, most] of pages) {
  Deno.test(`fifty lines of ${view}, newest first, read at most ${most} of 30,000 events`, async () => {
    const [row] = await sql.unsafe(
      `explain (analyze, format json) select * from public.${view}
        where organization_id = '${organizationId}' order by ${order} desc limit 50`,
    );
    const [{ Plan: plan }] = row?.["QUERY PLAN"] as [{ Plan: Node }];

    const read = countRows(plan, "mcp_audit_events");

    assertEquals(plan["Actual Rows"], 50);
    assert(read <= most, `${read} events`);
  });
}

interface Node {
  "Relation Name"?: string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  Plans?: Node[];
}

/** How many rows of a table a plan has looked at. */
function countRows(node: Node, table: string): number {
  const own = node["Relation Name"] === table
    ? (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"]
    : 0;
  return (node.Plans ?? []).reduce((sum, child) => sum + countRows(child, table), own);
}
