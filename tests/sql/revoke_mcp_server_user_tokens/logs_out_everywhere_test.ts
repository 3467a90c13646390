import { assertEquals } from "@std/assert";
import { call, openDatabase } from "../../support/database/database.ts";
import { makePlatform } from "../../support/database/platform.ts";
import { buildLogin, issueCode, issueFamily, makeTenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

Deno.test("every token family, code and vault entry of the user ends, and nobody else's", async () => {
  const tenant = await makeTenant(database);
  const platform = await makePlatform(
    database,
    tenant.organizationId,
    (await makeTenant(database)).organizationId,
  );
  const completion = { p_upstream_sub: "ada" };
  const families = [
    await issueFamily(database, tenant, { completion }),
    await issueFamily(database, tenant, { completion }),
  ];
  const { redemption, userId } = await issueCode(service, tenant, { completion });
  const neighbour = await issueFamily(database, tenant);

  const revoked = await call(platform.owner.sql, "revoke_mcp_server_user_tokens", {
    p_mcp_server_user_id: userId,
  });

  assertEquals([revoked.outcome, revoked.id], ["revoked", userId]);
  for (const { rotation } of families) {
    assertEquals((await call(service, "rotate_refresh_token", rotation)).outcome, "revoked");
  }
  assertEquals((await call(service, "redeem_authorization_code", redemption)).outcome, "unknown");
  assertEquals((await call(service, "rotate_refresh_token", neighbour.rotation)).outcome, "rotated");
  const [vault] = await owner`
    select count(*)::integer as entries, count(ended_at)::integer as ended from public.upstream_oauth_tokens
    where mcp_server_user_id = ${userId}`;
  assertEquals({ ...vault }, { entries: 3, ended: 3 });
});

Deno.test("the user may log in again", async () => {
  const tenant = await makeTenant(database);
  const platform = await makePlatform(
    database,
    tenant.organizationId,
    (await makeTenant(database)).organizationId,
  );
  const login = buildLogin(tenant);
  const { mcp_server_user_id } = await call(service, "provision_mcp_server_user", login);

  await call(platform.owner.sql, "revoke_mcp_server_user_tokens", {
    p_mcp_server_user_id: mcp_server_user_id,
  });

  assertEquals((await call(service, "provision_mcp_server_user", login)).outcome, "matched");
});
