import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import {
  insertRow,
  issueFamily,
  makeTenant,
  newHash,
  newName,
  type Tenant,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

const KEYED = {
  token_endpoint_auth_method: "private_key_jwt",
  client_metadata: { jwks_uri: "https://client.example.com/jwks" },
};

function buildAssertion(): Row {
  return { p_assertion_hash: newHash(), p_assertion_expires_at: new Date(Date.now() + 120_000) };
}

function introspect(tenant: Tenant, token: Row): Promise<Row> {
  return call(service, "introspect_own_token", {
    p_slug: tenant.slug,
    p_client_id: tenant.clientId,
    p_family_id: null,
    p_handle_hash: null,
    p_refresh_hash: null,
    ...buildAssertion(),
    ...token,
  });
}

Deno.test("introspect_own_token tells a client of its access token and its present refresh token", async () => {
  const tenant = await makeTenant(database, { client: KEYED });
  const { familyId, rotation } = await issueFamily(database, tenant, { redemption: buildAssertion() });

  const access = await introspect(tenant, { p_family_id: familyId });
  const refresh = await introspect(tenant, {
    p_handle_hash: rotation.p_handle_hash,
    p_refresh_hash: rotation.p_refresh_hash,
  });
  const old = await introspect(tenant, { p_handle_hash: rotation.p_handle_hash, p_refresh_hash: newHash() });

  assertEquals([access.outcome, access.client_id, access.family_id], ["active", tenant.clientId, familyId]);
  assertEquals([refresh, old.outcome], [access, "inactive"]);
});

Deno.test("introspect_own_token tells a client nothing of the tokens of another, on this server or elsewhere", async () => {
  const tenant = await makeTenant(database, { client: KEYED });
  const clientId = newName("client");
  await insertRow(owner, "mcp_client_registrations", {
    organization_id: tenant.organizationId,
    mcp_server_id: tenant.serverId,
    client_id: clientId,
    kind: "dynamic",
    token_endpoint_auth_method: "none",
    redirect_uris: ["https://client.example.com/callback"],
    grant_types: ["authorization_code"],
  });
  const neighbour = await issueFamily(database, { ...tenant, clientId });
  const elsewhere = await issueFamily(database, await makeTenant(database));

  for (const { familyId } of [neighbour, elsewhere]) {
    const answer = await introspect(tenant, { p_family_id: familyId });
    assertEquals(Object.values(answer).filter((value) => value !== null), ["inactive"]);
  }
});
