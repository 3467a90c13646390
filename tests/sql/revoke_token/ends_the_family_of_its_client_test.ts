import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";
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

const nothing = {
  family_id: null,
  access_token_ciphertext: null,
  organization_id: null,
  upstream_token_id: null,
  refresh_token_id: null,
  refresh_token_ciphertext: null,
  config: null,
};

const buildRevocation = (tenant: Tenant, changes: Row): Row => ({
  p_slug: tenant.slug,
  p_client_id: tenant.clientId,
  p_client_secret_hash: null,
  p_handle_hash: null,
  p_family_id: null,
  ...changes,
});

const revoke = (args: Row): Promise<Row> => call(service, "revoke_token", args);

Deno.test("a refresh token of any generation revokes the family and hands out the upstream token once", async () => {
  const tenant = await makeTenant(database);
  const family = await issueFamily(database, tenant, {
    completion: { p_access_token: "sealed-access", p_refresh_token: "sealed-refresh" },
  });
  await call(service, "rotate_refresh_token", family.rotation);
  const revocation = buildRevocation(tenant, { p_handle_hash: family.handleHash });

  const revoked = await revoke(revocation);
  const again = await revoke(revocation);

  assertEquals((revoked.config as Row).id, tenant.configId);
  assertEquals({ ...revoked, config: null }, {
    outcome: "revoked",
    family_id: family.familyId,
    access_token_ciphertext: "sealed-access",
    organization_id: tenant.organizationId,
    upstream_token_id: family.upstreamTokenId,
    refresh_token_id: family.upstreamTokenId,
    refresh_token_ciphertext: "sealed-refresh",
    config: null,
  });
  assertEquals(again, { ...nothing, outcome: "ended", family_id: family.familyId });
  assertEquals((await call(service, "rotate_refresh_token", family.rotation)).outcome, "revoked");
  const [vault] = await owner`
    select ended_reason from public.upstream_oauth_tokens where id = ${family.upstreamTokenId}`;
  assertEquals(vault?.ended_reason, "client_revoked");
  const events = await owner`
    select event, reason from public.mcp_audit_events
    where organization_id = ${tenant.organizationId} and event = 'tokens_revoked'`;
  assertEquals(events.map((event) => ({ ...event })), [{
    event: "tokens_revoked",
    reason: "client_revoked",
  }]);
});

Deno.test("an access token revokes its family by id", async () => {
  const tenant = await makeTenant(database);
  const { familyId } = await issueFamily(database, tenant);

  const revoked = await revoke(buildRevocation(tenant, { p_family_id: familyId }));

  assertEquals([revoked.outcome, revoked.family_id], ["revoked", familyId]);
  const call_ = await call(service, "open_mcp_call", {
    p_slug: tenant.slug,
    p_family_id: familyId,
    p_session_hash: null,
  });
  assertEquals(call_.outcome, "ended");
});

Deno.test("upstream tokens are not handed out with credentials they were not issued to", async () => {
  const tenant = await makeTenant(database);
  const { familyId } = await issueFamily(database, tenant);
  await owner`update public.custom_oauth_configs set client_generation = 2 where id = ${tenant.configId}`;

  const revoked = await revoke(buildRevocation(tenant, { p_family_id: familyId }));

  assertEquals([revoked.outcome, revoked.config], ["revoked", null]);
});

Deno.test("another client's token, another server's and nobody's are left alone", async () => {
  const secret = newHash();
  const tenant = await makeTenant(database);
  const other = await makeTenant(database, {
    client: { token_endpoint_auth_method: "client_secret_basic", client_secret_hash: secret },
  });
  const neighbour = newName("client");
  await insertRow(owner, "mcp_client_registrations", {
    organization_id: tenant.organizationId,
    mcp_server_id: tenant.serverId,
    client_id: neighbour,
    kind: "dynamic",
    token_endpoint_auth_method: "none",
    redirect_uris: ["https://other.example.com/callback"],
    grant_types: ["authorization_code"],
  });
  const { familyId, handleHash } = await issueFamily(database, tenant);
  const own = { p_family_id: familyId };

  const outcomes = [];
  for (
    const args of [
      buildRevocation(tenant, { ...own, p_client_id: neighbour }),
      buildRevocation(other, { ...own, p_client_secret_hash: secret }),
      buildRevocation(other, { p_handle_hash: handleHash, p_client_secret_hash: secret }),
      buildRevocation(other, { ...own, p_client_secret_hash: newHash() }),
      buildRevocation(tenant, { p_handle_hash: newHash() }),
      buildRevocation(tenant, { ...own, p_client_id: "nobody" }),
      buildRevocation(tenant, { ...own, p_slug: "nobody-has-this" }),
    ]
  ) {
    const refused = await revoke(args);
    outcomes.push(refused.outcome);
    assertEquals({ ...refused, outcome: null }, { ...nothing, outcome: null });
  }

  assertEquals(outcomes, [
    "wrong_client",
    "unknown",
    "unknown",
    "wrong_secret",
    "unknown",
    "unknown_client",
    "unknown_server",
  ]);
  const [family] = await owner`select revoked_at from public.mcp_proxy_tokens where id = ${familyId}`;
  assertEquals(family?.revoked_at, null);
});

Deno.test("a revocation that names both kinds of token is raised", async () => {
  const tenant = await makeTenant(database);

  const state = await findSqlState(() =>
    revoke(buildRevocation(tenant, { p_handle_hash: "h", p_family_id: "f" }))
  );

  assertEquals(state, "22004");
});
