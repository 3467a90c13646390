import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase } from "../../support/database/database.ts";
import { makePlatform } from "../../support/database/platform.ts";
import {
  buildApproval,
  insertRow,
  issueCode,
  issueFamily,
  makeTenant,
  newName,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

const TABLES = [
  "mcp_client_registrations",
  "mcp_authorization_sessions",
  "mcp_authorization_codes",
  "mcp_proxy_tokens",
  "upstream_oauth_tokens",
  "mcp_server_user",
];

async function countRows(organizationId: string): Promise<number[]> {
  const counts = [];
  for (const table of TABLES) {
    const [row] = await owner`
      select count(*)::integer as count from public.${
      owner(table)
    } where organization_id = ${organizationId}`;
    counts.push(Number(row?.count));
  }
  return counts;
}

Deno.test("delete_mcp_client takes a client's sessions, codes, tokens and vault entries, and leaves users and others", async () => {
  const tenant = await makeTenant(database);
  const platform = await makePlatform(
    database,
    tenant.organizationId,
    (await makeTenant(database)).organizationId,
  );
  const clientId = newName("client");
  const registrationId = await insertRow(owner, "mcp_client_registrations", {
    organization_id: tenant.organizationId,
    mcp_server_id: tenant.serverId,
    client_id: clientId,
    kind: "preregistered",
    expires_at: null,
    token_endpoint_auth_method: "none",
    redirect_uris: ["https://client.example.com/callback"],
    grant_types: ["authorization_code"],
  });
  const theirs = { ...tenant, clientId, registrationId };
  const { rotation } = await issueFamily(database, theirs);
  await issueCode(service, theirs);
  await call(service, "open_authorization_session", buildApproval(theirs));
  await issueFamily(database, tenant);
  assertEquals(await countRows(tenant.organizationId), [2, 4, 3, 2, 3, 3]);

  const deleted = await call(platform.admin.sql, "delete_mcp_client", { p_id: registrationId });

  assertEquals([deleted.outcome, deleted.id], ["deleted", registrationId]);
  assertEquals(await countRows(tenant.organizationId), [1, 1, 1, 1, 1, 3]);
  assertEquals((await call(service, "rotate_refresh_token", rotation)).outcome, "unknown_client");
  const [event] = await owner`
    select object_id, platform_user_id from public.mcp_audit_events
    where organization_id = ${tenant.organizationId} and event = 'client_deleted'`;
  assertEquals({ ...event }, { object_id: registrationId, platform_user_id: platform.admin.id });
});

Deno.test("members and strangers delete no client, and null is raised", async () => {
  const tenant = await makeTenant(database);
  const platform = await makePlatform(
    database,
    tenant.organizationId,
    (await makeTenant(database)).organizationId,
  );

  const outcomes = [];
  for (const { sql } of [platform.member, platform.stranger]) {
    outcomes.push((await call(sql, "delete_mcp_client", { p_id: tenant.registrationId })).outcome);
  }

  assertEquals([outcomes, (await countRows(tenant.organizationId))[0]], [["forbidden", "unknown_client"], 1]);
  assertEquals(
    await findSqlState(() => call(platform.owner.sql, "delete_mcp_client", { p_id: null })),
    "22004",
  );
});
