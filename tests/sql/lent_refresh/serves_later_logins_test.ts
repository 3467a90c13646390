/**
 * A later login that brings no refresh token lives on the one of an earlier login.
 *
 * Google sends a refresh token with the first consent only (onyx-dot-app/onyx PR 13924).
 */

import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatform } from "../../support/database/platform.ts";
import {
  buildLogin,
  buildSealedToken,
  insertRow,
  issueCode,
  type IssuedFamily,
  issueFamily,
  makeConfig,
  makeOrganization,
  makeTenant,
  newHash,
  newName,
  newVaultId,
  type Tenant,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

const PERSON = "person";

/** The first login: with the refresh token `R1`. */
const logInFirst = (tenant: Tenant, changes: Row = {}): Promise<IssuedFamily> =>
  issueFamily(database, tenant, {
    completion: { p_upstream_sub: PERSON, p_access_token: "A1", p_refresh_token: "R1", ...changes },
  });

/** A later login of the same person: without a refresh token. */
const logInAgain = (tenant: Tenant, changes: Row = {}): Promise<IssuedFamily> =>
  issueFamily(database, tenant, {
    completion: { p_upstream_sub: PERSON, p_access_token: "B1", p_refresh_token: null, ...changes },
  });

const lease = (login: IssuedFamily, p_known_access_token: string, p_lease_hash = newHash()): Promise<Row> =>
  call(service, "lease_upstream_refresh", {
    p_upstream_token_id: login.upstreamTokenId,
    p_lease_hash,
    p_known_access_token,
  });

const store = (
  login: IssuedFamily,
  p_lease_hash: string,
  p_access_token: string,
  p_refresh_token: string | null = null,
): Promise<Row> =>
  call(service, "store_upstream_refresh", {
    p_upstream_token_id: login.upstreamTokenId,
    p_lease_hash,
    p_access_token,
    p_refresh_token,
    p_scope: null,
    p_expires_at: null,
  });

const end = (
  login: IssuedFamily,
  p_known_access_token: string,
  p_lease_hash: string | null,
): Promise<Row> =>
  call(service, "end_upstream_token", {
    p_upstream_token_id: login.upstreamTokenId,
    p_lease_hash,
    p_known_access_token,
    p_reason: "upstream_grant_refused",
  });

const revoke = (tenant: Tenant, login: IssuedFamily): Promise<Row> =>
  call(service, "revoke_token", {
    p_slug: tenant.slug,
    p_client_id: tenant.clientId,
    p_client_secret_hash: null,
    p_handle_hash: login.handleHash,
    p_family_id: null,
  });

const purge = async (): Promise<void> => {
  await call(service, "purge_expired", { p_limit: 1000 });
};

const isThere = async ({ upstreamTokenId }: IssuedFamily): Promise<boolean> =>
  (await owner`select from public.upstream_oauth_tokens where id = ${upstreamTokenId}`).length === 1;

async function rotates(login: IssuedFamily): Promise<unknown> {
  return (await call(service, "rotate_refresh_token", login.rotation)).outcome;
}

Deno.test("a later login is leased the refresh token of the first, and a rotation in one serves the other", async () => {
  const tenant = await makeTenant(database);
  const [first, later] = [await logInFirst(tenant), await logInAgain(tenant)];
  const [one, other] = [newHash(), newHash()];

  const leased = await lease(later, "B1", one);
  const meanwhile = await lease(first, "A1");
  const stored = await store(later, one, "B2", "R2");
  const next = await lease(first, "A1", other);
  await store(first, other, "A2", "R3");
  const last = await lease(later, "B2");

  assertEquals([leased.refresh_token_ciphertext, leased.access_token_ciphertext], ["R1", "B1"]);
  assertEquals([meanwhile.outcome, stored.outcome], ["busy", "stored"]);
  assertEquals([next.refresh_token_ciphertext, last.refresh_token_ciphertext], ["R2", "R3"]);
});

Deno.test("a third login borrows from the first, though the first has ended", async () => {
  const tenant = await makeTenant(database);
  const [first, second] = [await logInFirst(tenant), await logInAgain(tenant)];
  await revoke(tenant, first);

  const third = await logInAgain(tenant, { p_access_token: "C1" });

  assertEquals((await lease(third, "C1")).refresh_token_ciphertext, "R1");
  assertEquals((await lease(second, "B1")).outcome, "busy");
});

Deno.test("a login that brings a refresh token of its own keeps to it", async () => {
  const tenant = await makeTenant(database);
  await logInFirst(tenant);

  const later = await logInAgain(tenant, { p_refresh_token: "R9" });

  assertEquals((await lease(later, "B1")).refresh_token_ciphertext, "R9");
});

Deno.test("nobody borrows from another person, another config, another generation or a login without identity", async () => {
  const issuer = `https://${newName("issuer")}.example.com`;
  const tenant = await makeTenant(database, { config: { issuer } });
  await logInFirst(tenant);
  const otherConfig = await makeConfig(owner, tenant.organizationId, { issuer });

  const stranger = await logInAgain(tenant, { p_upstream_sub: "somebody else" });
  await owner`update public.mcp_servers set custom_oauth_config_id = ${otherConfig} where id = ${tenant.serverId}`;
  const elsewhere = await logInAgain(tenant);
  await owner`
    update public.mcp_servers set custom_oauth_config_id = ${tenant.configId} where id = ${tenant.serverId}`;
  await owner`update public.custom_oauth_configs set client_generation = 2 where id = ${tenant.configId}`;
  const changed = await logInAgain(tenant);
  const anonymous = await makeTenant(database, { config: { identity_source: "none" } });
  const visitor = { p_tracking_id: "visitor" };
  await issueFamily(database, anonymous, {
    completion: { ...visitor, p_upstream_sub: null, p_refresh_token: "R1" },
  });
  const visit = await issueFamily(database, anonymous, {
    completion: { ...visitor, p_upstream_sub: null, p_access_token: "B1", p_refresh_token: null },
  });

  for (const login of [stranger, elsewhere, changed, visit]) {
    assertEquals((await lease(login, "B1")).outcome, "no_refresh_token");
  }
});

Deno.test("two accounts that one verified address links are two identities: neither borrows from the other", async () => {
  const tenant = await makeTenant(database, { config: { link_verified_email: true } });
  const address = { p_email: "ada@example.com", p_email_verified: true };
  const first = await logInFirst(tenant, address);

  const linked = await logInAgain(tenant, { p_upstream_sub: "another account", ...address });

  assertEquals([linked.userId, (await lease(linked, "B1")).outcome], [first.userId, "no_refresh_token"]);
});

Deno.test("a login that another service provisions borrows as well", async () => {
  const tenant = await makeTenant(database);
  await logInFirst(tenant);

  const login = buildLogin(tenant, { p_upstream_sub: PERSON, p_refresh_token: null });
  const { upstream_token_id } = await call(service, "provision_mcp_server_user", login);

  const leased = await lease(
    { upstreamTokenId: String(upstream_token_id) } as IssuedFamily,
    String(login.p_access_token),
  );
  assertEquals(leased.refresh_token_ciphertext, "R1");
});

Deno.test("a dead refresh token ends every login that lives on it, and none that does not", async () => {
  const tenant = await makeTenant(database);
  const [first, later] = [await logInFirst(tenant), await logInAgain(tenant)];
  const alone = await logInAgain(tenant, { p_access_token: "C1", p_refresh_token: "R9" });
  const held = newHash();
  await lease(later, "B1", held);

  const ended = await end(later, "B1", held);

  assertEquals(ended.outcome, "ended");
  assertEquals([await rotates(first), await rotates(later), await rotates(alone)], [
    "revoked",
    "revoked",
    "rotated",
  ]);
  assertEquals([(await lease(first, "A1")).outcome, (await lease(alone, "C1")).outcome], ["ended", "leased"]);
  const events = await owner`
    select reason, occurrences from public.mcp_audit_events
    where organization_id = ${tenant.organizationId} and event = 'upstream_token_ended'`;
  assertEquals(events.map((event) => ({ ...event })), [{ reason: "upstream_grant_refused", occurrences: 2 }]);
});

Deno.test("refusals count for the refresh token, whichever login they meet", async () => {
  const tenant = await makeTenant(database);
  const [first, later] = [await logInFirst(tenant), await logInAgain(tenant)];
  const outcomes: unknown[] = [];
  const refuse = async (login: IssuedFamily, known: string): Promise<void> => {
    const held = newHash();
    await lease(login, known, held);
    outcomes.push(
      (await call(service, "count_upstream_refusal", {
        p_upstream_token_id: login.upstreamTokenId,
        p_lease_hash: held,
        p_reason: "upstream_refused",
      })).outcome,
    );
  };

  await refuse(first, "A1");
  await refuse(later, "B1");
  await owner`
    update public.upstream_oauth_tokens set first_refused_at = now() - interval '10 minutes'
    where id = ${first.upstreamTokenId}`;
  await refuse(later, "B1");

  assertEquals(outcomes, ["counted", "counted", "ended"]);
  assertEquals([await rotates(first), await rotates(later)], ["revoked", "revoked"]);
});

Deno.test("a login whose code was not redeemed when the refresh token died finds none when it would refresh", async () => {
  const tenant = await makeTenant(database);
  const first = await logInFirst(tenant);
  const access = buildSealedToken(tenant);
  const { redemption } = await issueCode(service, tenant, {
    completion: { p_upstream_sub: PERSON, p_access_token: access, p_refresh_token: null },
  });
  const held = newHash();
  await lease(first, "A1", held);

  await end(first, "A1", held);
  const redeemed = await call(service, "redeem_authorization_code", redemption);

  const [login] = await owner`
    select upstream_token_id as id from public.mcp_proxy_tokens where id = ${String(redeemed.family_id)}`;
  const leased = await lease({ upstreamTokenId: String(login?.id) } as IssuedFamily, access);
  assertEquals([redeemed.outcome, leased.outcome], ["redeemed", "no_refresh_token"]);
});

for (const first of [true, false]) {
  Deno.test(`revoking the ${first ? "first" : "later"} login gives nothing back while the other lives, which goes on; the last gives all back`, async () => {
    const tenant = await makeTenant(database);
    const logins = [{ login: await logInFirst(tenant), access: "A1" }, {
      login: await logInAgain(tenant),
      access: "B1",
    }];
    const [one, other] = first ? logins : logins.reverse();

    const revoked = await revoke(tenant, one!.login);
    const held = newHash();
    const leased = await lease(other!.login, other!.access, held);
    await store(other!.login, held, "new", "R2");
    const last = await revoke(tenant, other!.login);

    assertEquals(
      [revoked.outcome, revoked.access_token_ciphertext, revoked.refresh_token_ciphertext, revoked.config],
      ["revoked", null, null, null],
    );
    assertEquals(leased.refresh_token_ciphertext, "R1");
    assertEquals([last.access_token_ciphertext, last.refresh_token_ciphertext, (last.config as Row).id], [
      "new",
      "R2",
      tenant.configId,
    ]);
  });
}

Deno.test("a login that is revoked while it refreshes leaves what it got to the other", async () => {
  const tenant = await makeTenant(database);
  const [first, later] = [await logInFirst(tenant), await logInAgain(tenant)];
  const held = newHash();
  await lease(later, "B1", held);

  await revoke(tenant, later);
  const stored = await store(later, held, "B2", "R2");

  assertEquals([stored.outcome, (await lease(first, "A1")).refresh_token_ciphertext], ["ended", "R2"]);
});

Deno.test("an MCP server that refuses one login's token ends that login alone", async () => {
  const tenant = await makeTenant(database);
  const [first, later] = [await logInFirst(tenant), await logInAgain(tenant)];

  await end(first, "A1", null);

  assertEquals([await rotates(first), await rotates(later)], ["revoked", "rotated"]);
  assertEquals((await lease(later, "B1")).refresh_token_ciphertext, "R1");
});

Deno.test("an entry stays after its family's time while another login lives on it, and goes with that one", async () => {
  const tenant = await makeTenant(database);
  const [first, later] = [await logInFirst(tenant), await logInAgain(tenant)];
  const expire = (login: IssuedFamily): Promise<unknown> =>
    owner`update public.mcp_proxy_tokens set expires_at = now() - interval '49 hours' where id = ${login.familyId}`;
  await owner`delete from public.mcp_authorization_codes where organization_id = ${tenant.organizationId}`;

  await expire(first);
  await purge();
  const kept = [await isThere(first), (await lease(later, "B1")).outcome];
  await expire(later);
  await purge();
  await purge();

  assertEquals(kept, [true, "leased"]);
  assertEquals([await isThere(first), await isThere(later)], [false, false]);
});

Deno.test("an entry whose code nobody redeemed stays while another login lives on it", async () => {
  const tenant = await makeTenant(database);
  const row = newVaultId();
  const [access, refresh] = [buildSealedToken(tenant, { row }), buildSealedToken(tenant, { row })];
  await issueCode(service, tenant, {
    completion: { p_upstream_sub: PERSON, p_access_token: access, p_refresh_token: refresh },
  });
  const later = await logInAgain(tenant);
  await owner`
    update public.mcp_authorization_codes set expires_at = now() - interval '2 hours'
    where organization_id = ${tenant.organizationId}`;

  await purge();

  const { refresh_token_id, refresh_token_ciphertext } = await lease(later, "B1");
  assertEquals([refresh_token_id, refresh_token_ciphertext], [row, refresh]);
});

Deno.test("a server that is deleted takes its logins along, but for the refresh token that a login elsewhere lives on", async () => {
  const tenant = await makeTenant(database);
  const platform = await makePlatform(database, tenant.organizationId, await makeOrganization(owner));
  const [first, alone] = [await logInFirst(tenant), await logInAgain(tenant, { p_upstream_sub: "another" })];
  const slug = newName("server");
  const serverId = await insertRow(owner, "mcp_servers", {
    organization_id: tenant.organizationId,
    slug,
    name: "Another server",
    custom_oauth_config_id: tenant.configId,
  });
  const clientId = newName("client");
  const registrationId = await insertRow(owner, "mcp_client_registrations", {
    organization_id: tenant.organizationId,
    mcp_server_id: serverId,
    client_id: clientId,
    kind: "dynamic",
    token_endpoint_auth_method: "none",
    redirect_uris: ["https://client.example.com/callback"],
    grant_types: ["authorization_code", "refresh_token"],
  });
  const later = await logInAgain({ ...tenant, serverId, slug, clientId, registrationId });
  const beside = await logInAgain(tenant);

  await call(platform.owner.sql, "delete_mcp_server", { p_id: tenant.serverId });

  assertEquals([await isThere(first), await isThere(alone), await isThere(beside)], [true, false, false]);
  assertEquals((await lease(later, "B1")).refresh_token_ciphertext, "R1");
});

Deno.test("a person who is logged out everywhere, or forgotten, leaves no refresh token that lives", async () => {
  const tenant = await makeTenant(database);
  const platform = await makePlatform(database, tenant.organizationId, await makeOrganization(owner));
  const [first, later] = [await logInFirst(tenant), await logInAgain(tenant)];

  await call(platform.owner.sql, "revoke_mcp_server_user_tokens", { p_mcp_server_user_id: first.userId });
  const afterwards = await logInAgain(tenant, { p_access_token: "C1" });
  const outcomes = [(await lease(first, "A1")).outcome, (await lease(later, "B1")).outcome];
  const borrowed = (await lease(afterwards, "C1")).outcome;
  await call(platform.owner.sql, "delete_mcp_server_user", { p_mcp_server_user_id: first.userId });

  assertEquals([outcomes, borrowed], [["ended", "ended"], "no_refresh_token"]);
  assertEquals([await isThere(first), await isThere(later), await isThere(afterwards)], [
    false,
    false,
    false,
  ]);
});
