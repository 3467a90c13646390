import { assertEquals, assertMatch } from "@std/assert";
import { call, findSqlState, openDatabase } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";

const database = await openDatabase();
Deno.test.afterAll(() => database.close());

Deno.test("create_organization makes the caller its owner", async () => {
  const { sql, id } = await makePlatformUser(database);

  const created = await call(sql, "create_organization", { p_name: " Analytical Engines " });

  assertEquals(created.outcome, "created");
  assertMatch(String(created.id), /^org_[A-Za-z0-9_-]{12}$/);
  const [organization] = await sql`select name from public.organizations`;
  const [member] = await sql`select user_id, role from public.organization_members`;
  assertEquals([organization?.name, member?.user_id, member?.role], ["Analytical Engines", id, "owner"]);
});

Deno.test("a name that is none is refused with its rule, and nothing is made", async () => {
  const { sql } = await makePlatformUser(database);

  const refused = await call(sql, "create_organization", { p_name: "  " });

  assertEquals(refused, {
    outcome: "invalid",
    id: null,
    reason: "organization_name_is_readable",
    argument: "p_name",
    expected: "1 to 200 characters",
  });
  assertEquals((await sql`select 1 from public.organizations`).length, 0);
});

Deno.test("who is not signed in makes none, and a null is raised", async () => {
  const { sql } = await makePlatformUser(database);

  assertEquals(await findSqlState(() => call(sql, "create_organization", { p_name: null })), "22004");
  await sql`select set_config('request.jwt.claims', '', false)`;
  assertEquals((await call(sql, "create_organization", { p_name: "Nobody's" })).outcome, "not_signed_in");
});
