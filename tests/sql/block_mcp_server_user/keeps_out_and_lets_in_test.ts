import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase } from "../../support/database/database.ts";
import { makePlatform } from "../../support/database/platform.ts";
import { issueFamily, makeTenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

Deno.test("a blocked user's tokens rest, and are good again afterwards", async () => {
  const tenant = await makeTenant(database);
  const platform = await makePlatform(
    database,
    tenant.organizationId,
    (await makeTenant(database)).organizationId,
  );
  const { userId, rotation } = await issueFamily(database, tenant);
  const block = async (p_blocked: boolean): Promise<unknown> =>
    (await call(platform.admin.sql, "block_mcp_server_user", { p_mcp_server_user_id: userId, p_blocked }))
      .outcome;
  const rotate = async (): Promise<unknown> =>
    (await call(service, "rotate_refresh_token", rotation)).outcome;

  const steps = [await block(true), await rotate(), await block(false), await rotate()];

  assertEquals(steps, ["blocked", "user_blocked", "unblocked", "rotated"]);
  const events = await owner`
    select event, platform_user_id, mcp_server_user_id from public.mcp_audit_events
    where organization_id = ${tenant.organizationId} and platform_user_id is not null order by id`;
  assertEquals(events.map((event) => ({ ...event })), [
    { event: "user_blocked", platform_user_id: platform.admin.id, mcp_server_user_id: userId },
    { event: "user_unblocked", platform_user_id: platform.admin.id, mcp_server_user_id: userId },
  ]);
});

for (
  const [name, extra] of [
    ["block_mcp_server_user", { p_blocked: true }],
    ["revoke_mcp_server_user_tokens", {}],
    ["delete_mcp_server_user", {}],
  ] as const
) {
  Deno.test(`${name} is refused to members and strangers, and to a user who is none`, async () => {
    const tenant = await makeTenant(database);
    const platform = await makePlatform(
      database,
      tenant.organizationId,
      (await makeTenant(database)).organizationId,
    );
    const { userId, rotation } = await issueFamily(database, tenant);
    const args = { p_mcp_server_user_id: userId, ...extra };

    const member = await call(platform.member.sql, name, args);
    const stranger = await call(platform.stranger.sql, name, args);
    const nobody = await call(platform.owner.sql, name, { ...args, p_mcp_server_user_id: "mcpu_nobody" });

    assertEquals([member.outcome, stranger.outcome, nobody.outcome], [
      "forbidden",
      "unknown_user",
      "unknown_user",
    ]);
    assertEquals((await call(service, "rotate_refresh_token", rotation)).outcome, "rotated");
    for (const argument of Object.keys(args)) {
      assertEquals(
        await findSqlState(() => call(platform.owner.sql, name, { ...args, [argument]: null })),
        "22004",
      );
    }
  });
}
