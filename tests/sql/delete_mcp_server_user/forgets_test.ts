import { assertEquals, assertNotEquals } from "@std/assert";
import { call, openDatabase } from "../../support/database/database.ts";
import { makePlatform } from "../../support/database/platform.ts";
import { issueCode, issueFamily, makeTenant, newHash } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

Deno.test("nothing names a deleted user but the audit, and a later login makes a new one", async () => {
  const tenant = await makeTenant(database);
  const platform = await makePlatform(
    database,
    tenant.organizationId,
    (await makeTenant(database)).organizationId,
  );
  const completion = { p_upstream_sub: "ada" };
  const { userId, familyId } = await issueFamily(database, tenant, { completion });
  await issueCode(service, tenant, { completion });
  await call(service, "open_mcp_call", {
    p_slug: tenant.slug,
    p_family_id: familyId,
    p_session_hash: newHash(),
  });

  const deleted = await call(platform.admin.sql, "delete_mcp_server_user", { p_mcp_server_user_id: userId });

  assertEquals([deleted.outcome, deleted.id], ["deleted", userId]);
  const tables = await owner`
    select table_name from information_schema.columns join information_schema.tables using (table_schema, table_name)
    where table_schema = 'public' and table_type = 'BASE TABLE' and column_name = 'mcp_server_user_id'
    order by table_name`;
  const naming: unknown[] = [];
  for (const { table_name } of tables) {
    const rows = await owner`select 1 from public.${
      owner(String(table_name))
    } where mcp_server_user_id = ${userId}`;
    if (rows.length > 0) {
      naming.push(table_name);
    }
  }
  assertEquals(naming, ["mcp_audit_events"]);
  const { userId: newUserId } = await issueFamily(database, tenant, { completion });
  assertNotEquals(newUserId, userId);
});
