import { assertEquals } from "@std/assert";
import { openDatabase, type Sql } from "../../support/database/database.ts";
import { makePlatform } from "../../support/database/platform.ts";
import { makeFullTenant } from "../../support/database/full_tenant.ts";
import { listReadableTables } from "../../support/database/readable.ts";
import { insertRow } from "../../support/database/rows.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

const readable = await listReadableTables(owner);

const [mine, theirs] = [await makeFullTenant(database), await makeFullTenant(database)];
const platform = await makePlatform(database, mine.organizationId, theirs.organizationId);

async function readOwners(sql: Sql, table: string, column: string): Promise<unknown[]> {
  const rows = await sql`select distinct ${sql(column)} as owner from public.${sql(table)}`;
  return rows.map((row) => row.owner);
}

for (const { name: table, key: column } of readable) {
  Deno.test(`members read ${table} of their organization and of no other`, async () => {
    assertEquals(await readOwners(platform.owner.sql, table, column), [mine.organizationId]);
    assertEquals(await readOwners(platform.admin.sql, table, column), [mine.organizationId]);
    assertEquals(await readOwners(platform.member.sql, table, column), [mine.organizationId]);
    assertEquals(await readOwners(platform.stranger.sql, table, column), [theirs.organizationId]);
  });

  Deno.test(`members find nothing of another organization in ${table} by asking for it`, async () => {
    const rows = await platform.owner.sql`
      select 1 from public.${owner(table)} where ${owner(column)} = ${theirs.organizationId}`;
    assertEquals(rows.length, 0);
  });
}

Deno.test("a platform user without an organization reads nothing", async () => {
  const nobody = database.openPlatformUser(crypto.randomUUID());

  for (const { name: table, key: column } of readable) {
    assertEquals([table, await readOwners(nobody, table, column)], [table, []]);
  }
});

Deno.test("a config of the platform is read by no organization", async () => {
  await insertRow(owner, "custom_oauth_configs", {
    organization_id: null,
    name: "Platform",
    issuer: "https://accounts.example.com",
    client_id: "platform",
    token_endpoint_auth_method: "none",
  });

  assertEquals(await readOwners(platform.owner.sql, "custom_oauth_configs", "organization_id"), [
    mine.organizationId,
  ]);
});

Deno.test("who leaves an organization reads nothing of it any more", async () => {
  const { member } = await makePlatform(database, mine.organizationId, theirs.organizationId);
  assertEquals(await readOwners(member.sql, "mcp_servers", "organization_id"), [mine.organizationId]);

  await owner`delete from public.organization_members where user_id = ${member.id}`;

  assertEquals(await readOwners(member.sql, "mcp_servers", "organization_id"), []);
});
