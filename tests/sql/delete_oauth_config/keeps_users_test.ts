import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase } from "../../support/database/database.ts";
import { makePlatform } from "../../support/database/platform.ts";
import { buildLogin, issueCode, issueFamily, makeConfig, makeTenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

Deno.test("a config that a server uses is not deleted; one that none uses takes its tokens along and leaves its users", async () => {
  const tenant = await makeTenant(database, { config: { issuer: "https://login.example.com" } });
  const platform = await makePlatform(
    database,
    tenant.organizationId,
    (await makeTenant(database)).organizationId,
  );
  const { rotation, userId } = await issueFamily(database, tenant, { completion: { p_upstream_sub: "ada" } });
  await issueCode(service, tenant);
  const remove = async (): Promise<unknown> =>
    (await call(platform.admin.sql, "delete_oauth_config", { p_id: tenant.configId })).outcome;

  const used = await remove();
  const otherConfig = await makeConfig(owner, tenant.organizationId, { issuer: "https://login.example.com" });
  await owner`update public.mcp_servers set custom_oauth_config_id = ${otherConfig} where id = ${tenant.serverId}`;
  const unused = await remove();

  assertEquals([used, unused], ["in_use", "deleted"]);
  assertEquals((await call(service, "rotate_refresh_token", rotation)).outcome, "unknown");
  const [left] = await owner`
    select (select count(*)::integer from public.upstream_oauth_tokens where organization_id = ${tenant.organizationId}) as tokens,
      (select count(*)::integer from public.mcp_authorization_codes where organization_id = ${tenant.organizationId}) as codes,
      (select count(*)::integer from public.mcp_authorization_sessions where organization_id = ${tenant.organizationId}) as sessions`;
  assertEquals({ ...left }, { tokens: 0, codes: 0, sessions: 0 });
  const again = await call(
    service,
    "provision_mcp_server_user",
    buildLogin({ ...tenant, configId: otherConfig }, { p_upstream_sub: "ada" }),
  );
  assertEquals([again.outcome, again.mcp_server_user_id], ["matched", userId]);
});

Deno.test("members and strangers delete no config, and nobody the platform's", async () => {
  const tenant = await makeTenant(database);
  const platform = await makePlatform(
    database,
    tenant.organizationId,
    (await makeTenant(database)).organizationId,
  );
  const unused = await makeConfig(owner, tenant.organizationId);
  const platformConfig = await makeConfig(owner, null);

  const member = await call(platform.member.sql, "delete_oauth_config", { p_id: unused });
  const stranger = await call(platform.stranger.sql, "delete_oauth_config", { p_id: unused });
  const platforms = await call(platform.owner.sql, "delete_oauth_config", { p_id: platformConfig });

  assertEquals([member.outcome, stranger.outcome, platforms.outcome], [
    "forbidden",
    "unknown_config",
    "unknown_config",
  ]);
  assertEquals(
    await findSqlState(() => call(platform.owner.sql, "delete_oauth_config", { p_id: null })),
    "22004",
  );
});
