import { assertEquals, assertNotEquals } from "@std/assert";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";
import { buildLogin, makeOrganization, makeTenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

const track = (
  p_organization_id: string,
  p_tracking_id: string,
  p_email: string | null = null,
): Promise<Row> => call(service, "track_mcp_server_user", { p_organization_id, p_tracking_id, p_email });

Deno.test("a visitor is one row by tracking id, with the latest address as a note", async () => {
  const organizationId = await makeOrganization(owner);

  const first = await track(organizationId, "visitor");
  const second = await track(organizationId, "visitor", " ada@example.com ");
  const third = await track(organizationId, "visitor", null);

  assertEquals([first.outcome, second.outcome, third.outcome], ["tracked", "tracked", "tracked"]);
  assertEquals([second.mcp_server_user_id, third.mcp_server_user_id], [
    first.mcp_server_user_id,
    first.mcp_server_user_id,
  ]);
  const users = await owner`
    select auth_type, email, email_verified, upstream_sub from public.mcp_server_user
    where organization_id = ${organizationId}`;
  assertEquals(users.map((user) => ({ ...user })), [
    { auth_type: "none", email: "ada@example.com", email_verified: false, upstream_sub: null },
  ]);
});

Deno.test("one tracking id at two organizations is two visitors", async () => {
  const [one, other] = [await makeOrganization(owner), await makeOrganization(owner)];

  assertNotEquals(
    (await track(one, "visitor")).mcp_server_user_id,
    (await track(other, "visitor")).mcp_server_user_id,
  );
});

Deno.test("a row that a login has claimed is known, and keeps its address", async () => {
  const tenant = await makeTenant(database);
  await call(
    service,
    "provision_mcp_server_user",
    buildLogin(tenant, { p_tracking_id: "visitor", p_email: "ada@example.com" }),
  );

  const known = await track(tenant.organizationId, "visitor", "mallory@example.com");

  assertEquals(known.outcome, "known");
  const [user] = await owner`
    select email from public.mcp_server_user where id = ${String(known.mcp_server_user_id)}`;
  assertEquals(user?.email, "ada@example.com");
});

Deno.test("a blocked visitor is answered user_blocked, and an unknown organization so", async () => {
  const organizationId = await makeOrganization(owner);
  await track(organizationId, "visitor");
  await owner`update public.mcp_server_user set blocked_at = now() where organization_id = ${organizationId}`;

  assertEquals(await track(organizationId, "visitor"), { outcome: "user_blocked", mcp_server_user_id: null });
  assertEquals(await track("org_nobody", "visitor"), {
    outcome: "unknown_organization",
    mcp_server_user_id: null,
  });
});

Deno.test("a tracking id that is empty or too long is raised", async () => {
  const organizationId = await makeOrganization(owner);

  assertEquals(await findSqlState(() => track(organizationId, "")), "22004");
  assertEquals(await findSqlState(() => track(organizationId, "t".repeat(256))), "22023");
  assertEquals(await findSqlState(() => track(organizationId, "visitor", "e".repeat(321))), "22023");
});
