import { assertEquals, assertStringIncludes } from "@std/assert";
import { openDatabase } from "../../support/database/database.ts";
import { makeFullTenant } from "../../support/database/full_tenant.ts";
import { makePlatformUser } from "../../support/database/platform.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

Deno.test("mcp_login_attempts finds a login by its request id in an index, as a member asks", async () => {
  const tenant = await makeFullTenant(database);
  const { sql } = await makePlatformUser(database, tenant.organizationId);
  await owner`
    insert into public.mcp_audit_events (organization_id, event, request_id, keep_until)
    select ${tenant.organizationId}, 'login_completed', gen_random_uuid(), now() + interval '1 year'
    from generate_series(1, 20000)`;
  await owner.unsafe("analyze public.mcp_audit_events");
  const [login] = await owner`
    select request_id from public.mcp_audit_events where request_id is not null order by id desc limit 1`;

  const plan = await sql`
    explain (costs off) select * from public.mcp_login_attempts where request_id = ${
    String(login?.request_id)
  }`;
  const found = await sql`
    select outcome from public.mcp_login_attempts where request_id = ${String(login?.request_id)}`;

  assertEquals(found.map(({ outcome }) => outcome), ["completed"]);
  assertStringIncludes(plan.map((line) => line["QUERY PLAN"]).join("\n"), "mcp_audit_events_by_request");
});
