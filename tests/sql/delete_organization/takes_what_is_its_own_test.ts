import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatform } from "../../support/database/platform.ts";
import { issueCode, issueFamily, makeTenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

/** How many rows of an organization each table with an organization_id holds. */
async function countRows(organizationId: string): Promise<Row> {
  const tables = await owner`
    select relation.relname as name from pg_class as relation
    join pg_attribute as attribute on attribute.attrelid = relation.oid and attribute.attname = 'organization_id'
    where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p')
      and not relation.relispartition and not attribute.attisdropped`;
  const counts: Row = {};
  for (const { name } of tables) {
    const [row] = await owner`
      select count(*)::integer as count from public.${owner(name)} where organization_id = ${organizationId}`;
    counts[name] = row?.count;
  }
  return counts;
}

async function givenTwo(): Promise<{
  organizationId: string;
  otherId: string;
  remove: (who: "owner" | "admin" | "member" | "stranger") => Promise<unknown>;
}> {
  const [tenant, other] = [await makeTenant(database), await makeTenant(database)];
  for (const each of [tenant, other]) {
    await issueFamily(database, each);
    await issueCode(database.service, each);
  }
  const platform = await makePlatform(database, tenant.organizationId, other.organizationId);
  await call(platform.owner.sql, "invite_organization_member", {
    p_organization_id: tenant.organizationId,
    p_email: "invited@example.com",
    p_role: "member",
  });
  return {
    organizationId: tenant.organizationId,
    otherId: other.organizationId,
    remove: async (who) =>
      (await call(platform[who].sql, "delete_organization", { p_id: tenant.organizationId })).outcome,
  };
}

Deno.test("delete_organization leaves nothing but retired names and the audit, and touches nobody else's", async () => {
  const { organizationId, otherId, remove } = await givenTwo();
  const [before, others] = [await countRows(organizationId), await countRows(otherId)];

  const outcome = await remove("owner");

  assertEquals(outcome, "deleted");
  const left = Object.entries(await countRows(organizationId)).filter(([, count]) => count !== 0);
  assertEquals(left.map(([name]) => name).sort(), ["mcp_audit_events", "retired_server_names"]);
  const kinds = Object.entries(before).filter(([, count]) => count !== 0).map(([name]) => name);
  for (
    const name of ["upstream_oauth_tokens", "mcp_proxy_tokens", "mcp_authorization_codes", "mcp_server_user"]
  ) {
    assertEquals([name, kinds.includes(name)], [name, true]);
  }
  assertEquals(await countRows(otherId), others);
});

Deno.test("nobody but an owner deletes an organization, and a stranger learns nothing", async () => {
  const { organizationId, remove } = await givenTwo();
  const before = await countRows(organizationId);

  const outcomes = [await remove("admin"), await remove("member"), await remove("stranger")];

  assertEquals(outcomes, ["forbidden", "forbidden", "unknown_organization"]);
  assertEquals(await countRows(organizationId), before);
});

Deno.test("a null for the organization is raised", async () => {
  assertEquals(await findSqlState(() => call(owner, "delete_organization", { p_id: null })), "22004");
});
