import { assertEquals } from "@std/assert";
import { call, openDatabase } from "../../support/database/database.ts";
import { issueFamily, makeTenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

Deno.test("read_userinfo answers found with the user", async () => {
  const tenant = await makeTenant(database);
  const { familyId, userId } = await issueFamily(database, tenant, {
    completion: { p_email: "ada@example.com", p_email_verified: true },
  });

  const found = await call(service, "read_userinfo", { p_slug: tenant.slug, p_family_id: familyId });

  assertEquals(found, {
    outcome: "found",
    mcp_server_user_id: userId,
    organization_id: tenant.organizationId,
    email: "ada@example.com",
    email_verified: true,
    profile: { name: "Test person" },
  });
});

const endings: [string, (ids: Record<string, string>) => PromiseLike<unknown>][] = [
  [
    "the family is revoked",
    ({ familyId = "" }) =>
      owner`update public.mcp_proxy_tokens set revoked_at = now(), revoked_reason = 'test', expires_at = now()
      where id = ${familyId}`,
  ],
  [
    "the user is blocked",
    ({ userId = "" }) => owner`update public.mcp_server_user set blocked_at = now() where id = ${userId}`,
  ],
  [
    "the user is deleted",
    ({ userId = "" }) => owner`delete from public.mcp_server_user where id = ${userId}`,
  ],
  [
    "the server is disabled",
    ({ serverId = "" }) => owner`update public.mcp_servers set disabled_at = now() where id = ${serverId}`,
  ],
];
for (const [when, act] of endings) {
  Deno.test(`read_userinfo answers ended when ${when}`, async () => {
    const tenant = await makeTenant(database);
    const { familyId, userId } = await issueFamily(database, tenant);
    await act({ familyId, userId, serverId: tenant.serverId });

    const ended = await call(service, "read_userinfo", { p_slug: tenant.slug, p_family_id: familyId });

    assertEquals(ended, {
      outcome: "ended",
      mcp_server_user_id: null,
      organization_id: null,
      email: null,
      email_verified: null,
      profile: null,
    });
  });
}

Deno.test("read_userinfo answers ended at another server", async () => {
  const [tenant, other] = [await makeTenant(database), await makeTenant(database)];
  const { familyId } = await issueFamily(database, tenant);

  const ended = await call(service, "read_userinfo", { p_slug: other.slug, p_family_id: familyId });

  assertEquals(ended.outcome, "ended");
});
