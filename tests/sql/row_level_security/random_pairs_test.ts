/**
 * Random platform users, random memberships, random questions: nobody ever reads a row of an
 * organization they do not belong to, and everybody reads all rows of their own.
 */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { openDatabase, type Sql } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import { makeFullTenant } from "../../support/database/full_tenant.ts";
import { listReadableTables } from "../../support/database/readable.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

const tables = await listReadableTables(owner);

const organizationIds: string[] = [];
for (let index = 0; index < 5; index++) {
  const tenant = await makeFullTenant(database);
  organizationIds.push(tenant.organizationId);
}
const users: { id: string; sql: Sql }[] = [];
for (let index = 0; index < 5; index++) {
  users.push(await makePlatformUser(database));
}

const question = fc.record({
  user: fc.nat(users.length - 1),
  memberships: fc.uniqueArray(fc.nat(organizationIds.length - 1), { maxLength: organizationIds.length }),
  role: fc.constantFrom("owner", "admin", "member"),
  table: fc.constantFrom(...tables),
  join: fc.constantFrom(...tables),
  asked: fc.nat(organizationIds.length - 1),
});

Deno.test("a platform user reads the rows of their organizations, all of them and no others", async () => {
  await fc.assert(
    fc.asyncProperty(
      question,
      async ({ user, memberships, role, table: { name: table, key: column }, join, asked }) => {
        const { id = "", sql = owner } = users[user] ?? {};
        await owner`delete from public.organization_members where user_id = ${id}`;
        const mine = memberships.map((index) => String(organizationIds[index])).sort();
        for (const organizationId of mine) {
          await owner`
          insert into public.organization_members (organization_id, user_id, role)
          values (${organizationId}, ${id}, ${role})`;
        }
        const all = await sql`select distinct ${sql(column)} as owner from public.${sql(table)}`;
        const counted = await sql`select count(*)::integer as count from public.${sql(table)}`;
        const expected = await owner`
        select count(*)::integer as count from public.${owner(table)} where ${owner(column)} = any (${mine})`;
        const joined = await sql`
        select 1 from public.${sql(table)} as one, public.${sql(join.name)} as other
        where one.${sql(column)} = ${String(organizationIds[asked])} or other.${sql(join.key)} = ${
          String(organizationIds[asked])
        }`;

        assertEquals(all.map((row) => row.owner).sort(), mine);
        assertEquals(counted[0]?.count, expected[0]?.count);
        assertEquals(joined.length > 0, mine.includes(String(organizationIds[asked])));
      },
    ),
    { numRuns: 200 },
  );
});
