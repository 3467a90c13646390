import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { logInAtOwnPage, PERSON } from "../../support/database/own_page.ts";
import {
  insertRow,
  issueCode,
  type IssuedFamily,
  issueFamily,
  makeTenant,
  newName,
  type Tenant,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

const revoke = (tenant: Tenant, page: IssuedFamily, p_connection_id: string | null): Promise<Row> =>
  call(service, "revoke_own_connections", {
    p_slug: tenant.slug,
    p_family_id: page.familyId,
    p_connection_id,
  });

async function readReasons(...logins: IssuedFamily[]): Promise<unknown[]> {
  const rows = await owner`
    select family.id, family.revoked_reason, upstream.ended_reason
    from public.mcp_proxy_tokens as family
    join public.upstream_oauth_tokens as upstream on upstream.id = family.upstream_token_id`;
  return logins.map(({ familyId }) => {
    const row = rows.find(({ id }) => id === familyId);
    return [row?.revoked_reason, row?.ended_reason];
  });
}

/** Another client at the same server. */
async function addClient(tenant: Tenant): Promise<Tenant> {
  const clientId = newName("client");
  const registrationId = await insertRow(owner, "mcp_client_registrations", {
    organization_id: tenant.organizationId,
    mcp_server_id: tenant.serverId,
    client_id: clientId,
    kind: "dynamic",
    token_endpoint_auth_method: "none",
    redirect_uris: ["https://client.example.com/callback"],
    grant_types: ["authorization_code"],
  });
  return { ...tenant, clientId, registrationId };
}

Deno.test("one app is ended with all its logins and codes, and what the provider is to be told is answered once", async () => {
  const tenant = await makeTenant(database);
  const connected = await issueFamily(database, tenant, {
    completion: { ...PERSON, p_access_token: "sealed-access", p_refresh_token: "sealed-refresh" },
  });
  const { redemption } = await issueCode(service, tenant, { completion: PERSON });
  const page = await logInAtOwnPage(database, tenant);

  const revoked = await revoke(tenant, page, tenant.registrationId);
  const again = await revoke(tenant, page, tenant.registrationId);

  const tokens = revoked.upstream_tokens as Row[];
  assertEquals([revoked.outcome, revoked.family_ids, tokens.length], ["revoked", [connected.familyId], 2]);
  const given = tokens.find(({ upstream_token_id }) => upstream_token_id === connected.upstreamTokenId);
  assertEquals({ ...given, config: (given?.config as Row).id }, {
    organization_id: tenant.organizationId,
    upstream_token_id: connected.upstreamTokenId,
    refresh_token_id: connected.upstreamTokenId,
    access_token_ciphertext: "sealed-access",
    refresh_token_ciphertext: "sealed-refresh",
    config: tenant.configId,
  });
  assertEquals(again, {
    outcome: "unknown_connection",
    family_ids: null,
    upstream_tokens: null,
  });
  assertEquals(await readReasons(connected, page), [["person_revoked", "person_revoked"], [
    null,
    "not_needed",
  ]]);
  assertEquals((await call(service, "redeem_authorization_code", redemption)).outcome, "unknown");
  const events = await owner`
    select event, reason, client_id, mcp_server_id, mcp_server_user_id from public.mcp_audit_events
    where organization_id = ${tenant.organizationId} and event = 'tokens_revoked'`;
  assertEquals(events.map((event) => ({ ...event })), [{
    event: "tokens_revoked",
    reason: "person_revoked",
    client_id: tenant.clientId,
    mcp_server_id: tenant.serverId,
    mcp_server_user_id: connected.userId,
  }]);
});

Deno.test("other apps go on when one is ended, and all end when all are", async () => {
  const tenant = await makeTenant(database);
  const second = await addClient(tenant);
  const one = await issueFamily(database, tenant, { completion: PERSON });
  const other = await issueFamily(database, second, { completion: PERSON });
  const page = await logInAtOwnPage(database, tenant);

  await revoke(tenant, page, tenant.registrationId);
  const afterOne = await readReasons(one, other);
  const all = await revoke(tenant, page, null);

  assertEquals(afterOne, [["person_revoked", "person_revoked"], [null, null]]);
  assertEquals(all.family_ids, [other.familyId]);
  assertEquals(await readReasons(other, page), [["person_revoked", "person_revoked"], [null, "not_needed"]]);
});

Deno.test("another person's connection with the same app, and another organization's, are not touched", async () => {
  const tenant = await makeTenant(database);
  const foreign = await makeTenant(database);
  const neighbour = await issueFamily(database, tenant, {
    completion: { ...PERSON, p_upstream_sub: "somebody else" },
  });
  const elsewhere = await issueFamily(database, foreign, { completion: PERSON });
  const page = await logInAtOwnPage(database, tenant);

  const outcomes = [
    (await revoke(tenant, page, tenant.registrationId)).outcome,
    (await revoke(tenant, page, foreign.registrationId)).outcome,
    (await revoke(tenant, page, "nobody")).outcome,
    (await revoke(tenant, page, null)).outcome,
  ];

  assertEquals(outcomes, ["unknown_connection", "unknown_connection", "unknown_connection", "revoked"]);
  assertEquals(await readReasons(neighbour, elsewhere), [[null, null], [null, null]]);
});

Deno.test("the provider is not told of a refresh token that another app lives on, and once when the last is ended", async () => {
  const tenant = await makeTenant(database);
  const second = await addClient(tenant);
  const lender = await issueFamily(database, tenant, { completion: PERSON });
  const borrower = await issueFamily(database, second, {
    completion: { ...PERSON, p_refresh_token: null },
  });
  const page = await logInAtOwnPage(database, tenant, { p_refresh_token: null });

  const first = await revoke(tenant, page, tenant.registrationId);
  const last = await revoke(tenant, page, second.registrationId);

  assertEquals(first.upstream_tokens, []);
  const told = last.upstream_tokens as Row[];
  assertEquals(
    told.map(({ upstream_token_id, refresh_token_id }) => [upstream_token_id, refresh_token_id]),
    [[borrower.upstreamTokenId, lender.upstreamTokenId]],
  );
});

Deno.test("of two apps that live on one refresh token and end together, the provider is told once", async () => {
  const tenant = await makeTenant(database);
  const second = await addClient(tenant);
  await issueFamily(database, tenant, { completion: PERSON });
  await issueFamily(database, second, { completion: { ...PERSON, p_refresh_token: null } });
  const page = await logInAtOwnPage(database, tenant);

  const revoked = await revoke(tenant, page, null);

  assertEquals([(revoked.family_ids as string[]).length, (revoked.upstream_tokens as Row[]).length], [2, 1]);
});

Deno.test("tokens that other credentials were given are not answered", async () => {
  const tenant = await makeTenant(database);
  await issueFamily(database, tenant, { completion: PERSON });
  const page = await logInAtOwnPage(database, tenant);
  await owner`update public.custom_oauth_configs set client_generation = 2 where id = ${tenant.configId}`;

  assertEquals((await revoke(tenant, page, null)).upstream_tokens, []);
});
