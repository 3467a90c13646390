import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatform } from "../../support/database/platform.ts";
import {
  buildApproval,
  insertRow,
  issueCode,
  issueFamily,
  makeTenant,
  newHash,
  newName,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

async function countRows(organizationId: string): Promise<Row> {
  const counts: Row = {};
  for (
    const table of [
      "mcp_servers",
      "mcp_client_registrations",
      "mcp_authorization_sessions",
      "mcp_authorization_codes",
      "mcp_proxy_tokens",
      "upstream_oauth_tokens",
      "mcp_server_session",
      "mcp_resource_servers",
      "mcp_server_user",
    ]
  ) {
    const [row] = await owner`
      select count(*)::integer as count from public.${
      owner(table)
    } where organization_id = ${organizationId}`;
    counts[table] = row?.count;
  }
  return counts;
}

Deno.test("delete_mcp_server takes clients, sessions and tokens along, and leaves users, other servers and the audit", async () => {
  const tenant = await makeTenant(database);
  const platform = await makePlatform(
    database,
    tenant.organizationId,
    (await makeTenant(database)).organizationId,
  );
  const otherSlug = newName("other");
  const otherId = await insertRow(owner, "mcp_servers", {
    organization_id: tenant.organizationId,
    slug: otherSlug,
    name: "Other",
    custom_oauth_config_id: tenant.configId,
  });
  const otherClient = newName("client");
  const registrationId = await insertRow(owner, "mcp_client_registrations", {
    organization_id: tenant.organizationId,
    mcp_server_id: otherId,
    client_id: otherClient,
    kind: "dynamic",
    token_endpoint_auth_method: "none",
    redirect_uris: ["https://client.example.com/callback"],
    grant_types: ["authorization_code"],
  });
  await issueFamily(database, {
    ...tenant,
    serverId: otherId,
    slug: otherSlug,
    clientId: otherClient,
    registrationId,
  });
  const { familyId } = await issueFamily(database, tenant);
  await issueCode(service, tenant);
  await call(service, "open_authorization_session", buildApproval(tenant));
  await call(service, "open_mcp_call", {
    p_slug: tenant.slug,
    p_family_id: familyId,
    p_session_hash: newHash(),
  });
  await insertRow(owner, "mcp_resource_servers", {
    organization_id: tenant.organizationId,
    mcp_server_id: tenant.serverId,
    name: "Weather",
    secret_hash: newHash(),
  });

  const deleted = await call(platform.admin.sql, "delete_mcp_server", { p_id: tenant.serverId });

  assertEquals([deleted.outcome, deleted.id], ["deleted", tenant.serverId]);
  assertEquals(await countRows(tenant.organizationId), {
    mcp_servers: 1,
    mcp_client_registrations: 1,
    mcp_authorization_sessions: 1,
    mcp_authorization_codes: 1,
    mcp_proxy_tokens: 1,
    upstream_oauth_tokens: 1,
    mcp_server_session: 0,
    mcp_resource_servers: 0,
    mcp_server_user: 3,
  });
  const events = await owner`
    select event, platform_user_id from public.mcp_audit_events
    where mcp_server_id = ${tenant.serverId} and event in ('login_completed', 'server_deleted') order by id`;
  assertEquals(events.map(({ event }) => event), ["login_completed", "login_completed", "server_deleted"]);
  assertEquals(events[2]?.platform_user_id, platform.admin.id);
});

Deno.test("members and strangers delete no server", async () => {
  const tenant = await makeTenant(database);
  const platform = await makePlatform(
    database,
    tenant.organizationId,
    (await makeTenant(database)).organizationId,
  );

  const member = await call(platform.member.sql, "delete_mcp_server", { p_id: tenant.serverId });
  const stranger = await call(platform.stranger.sql, "delete_mcp_server", { p_id: tenant.serverId });

  assertEquals([member.outcome, stranger.outcome], ["forbidden", "unknown_server"]);
  assertEquals((await countRows(tenant.organizationId)).mcp_servers, 1);
  assertEquals(
    await findSqlState(() => call(platform.owner.sql, "delete_mcp_server", { p_id: null })),
    "22004",
  );
});
