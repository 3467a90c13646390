import { assertEquals, assertMatch } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { insertRow, issueCode, makeTenant, newHash, newName } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

const redeem = (args: Row): Promise<Row> => call(service, "redeem_authorization_code", args);

const refusal = (outcome: string): Row => ({
  outcome,
  family_id: null,
  organization_id: null,
  mcp_server_user_id: null,
  client_id: null,
  resource: null,
  scope: null,
  nonce: null,
  auth_time: null,
  access_token_seconds: null,
  email: null,
  email_verified: null,
  profile: null,
  successor_ciphertexts: null,
});

async function isSpent(codeHash: unknown): Promise<boolean> {
  const [code] = await owner`
    select spent_at is not null as spent from public.mcp_authorization_codes where code_hash = ${
    String(codeHash)
  }`;
  return Boolean(code?.spent);
}

Deno.test("redeem_authorization_code starts a token family", async () => {
  const tenant = await makeTenant(database);
  const { userId, redemption } = await issueCode(service, tenant, {
    completion: { p_email: "ada@example.com", p_email_verified: true },
  });

  const redeemed = await redeem(redemption);

  assertMatch(String(redeemed.family_id), /^mcpt_/);
  assertEquals(redeemed, {
    outcome: "redeemed",
    family_id: redeemed.family_id,
    organization_id: tenant.organizationId,
    mcp_server_user_id: userId,
    client_id: tenant.clientId,
    resource: redemption.p_resource,
    scope: "openid email offline_access",
    nonce: "client-nonce",
    auth_time: new Date("2026-11-01T12:00:00Z"),
    access_token_seconds: 900,
    email: "ada@example.com",
    email_verified: true,
    profile: { name: "Test person" },
    successor_ciphertexts: null,
  });
  const [family] = await owner`
    select handle_hash, refresh_hash, expires_at - created_at = interval '30 days' as lasts_30_days, revoked_at
    from public.mcp_proxy_tokens where id = ${String(redeemed.family_id)}`;
  assertEquals({ ...family }, {
    handle_hash: redemption.p_handle_hash,
    refresh_hash: redemption.p_refresh_hash,
    lasts_30_days: true,
    revoked_at: null,
  });
});

Deno.test("a resource and a redirect URI may be left out only where the rule allows it", async () => {
  const tenant = await makeTenant(database);
  const withoutResource = await issueCode(service, tenant);
  const withoutRedirect = await issueCode(service, tenant);

  const resource = await redeem({ ...withoutResource.redemption, p_resource: null });
  const redirect = await redeem({ ...withoutRedirect.redemption, p_redirect_uri: null });

  assertEquals([resource.outcome, redirect.outcome], ["redeemed", "wrong_redirect_uri"]);
});

Deno.test("a replay is answered replayed, and revokes what the code gave", async () => {
  const tenant = await makeTenant(database);
  const { redemption } = await issueCode(service, tenant);
  const { family_id } = await redeem(redemption);

  const replayed = await redeem({ ...redemption, p_handle_hash: newHash() });

  assertEquals(replayed, refusal("replayed"));
  const [family] = await owner`
    select revoked_reason, expires_at <= now() as has_expired from public.mcp_proxy_tokens
    where id = ${String(family_id)}`;
  assertEquals({ ...family }, { revoked_reason: "code_replayed", has_expired: true });
  const [event] = await owner`
    select event, reason from public.mcp_audit_events
    where organization_id = ${tenant.organizationId} and event = 'code_refused'`;
  assertEquals({ ...event }, { event: "code_refused", reason: "replayed" });
});

for (
  const [outcome, change] of [
    ["wrong_redirect_uri", { p_redirect_uri: "https://client.example.com/callback/" }],
    ["wrong_verifier", { p_code_challenge: newHash() }],
    ["wrong_resource", { p_resource: "https://auth.example.com/mcp/another" }],
  ] as const
) {
  Deno.test(`a code presented with something wrong is answered ${outcome} and dead`, async () => {
    const { redemption } = await issueCode(service, await makeTenant(database));

    const refused = await redeem({ ...redemption, ...change });
    const corrected = await redeem(redemption);

    assertEquals([refused, corrected.outcome], [refusal(outcome), "replayed"]);
  });
}

Deno.test("an expired code is answered expired", async () => {
  const { redemption } = await issueCode(service, await makeTenant(database));
  await owner`
    update public.mcp_authorization_codes set expires_at = now() where code_hash = ${
    String(redemption.p_code_hash)
  }`;

  const refused = await redeem(redemption);

  assertEquals([refused, await isSpent(redemption.p_code_hash)], [refusal("expired"), true]);
});

Deno.test("another client is answered wrong_client, and the code is dead", async () => {
  const tenant = await makeTenant(database);
  const otherClientId = newName("client");
  await insertRow(owner, "mcp_client_registrations", {
    organization_id: tenant.organizationId,
    mcp_server_id: tenant.serverId,
    client_id: otherClientId,
    kind: "dynamic",
    token_endpoint_auth_method: "none",
    redirect_uris: ["https://other.example.com/callback"],
    grant_types: ["authorization_code"],
  });
  const { redemption } = await issueCode(service, tenant);

  const refused = await redeem({ ...redemption, p_client_id: otherClientId });

  assertEquals([refused, await isSpent(redemption.p_code_hash)], [refusal("wrong_client"), true]);
});

Deno.test("a code is unknown at another server", async () => {
  const [tenant, other] = [await makeTenant(database), await makeTenant(database)];
  const { redemption } = await issueCode(service, tenant);

  const refused = await redeem({ ...redemption, p_slug: other.slug, p_client_id: other.clientId });

  assertEquals([refused, await isSpent(redemption.p_code_hash)], [refusal("unknown"), false]);
});

Deno.test("a blocked user's code is answered user_blocked", async () => {
  const { userId, redemption } = await issueCode(service, await makeTenant(database));
  await owner`update public.mcp_server_user set blocked_at = now() where id = ${userId}`;

  assertEquals(await redeem(redemption), refusal("user_blocked"));
});

Deno.test("a client that does not prove itself leaves the code as it is", async () => {
  const secret = newHash();
  const tenant = await makeTenant(database, {
    client: { token_endpoint_auth_method: "client_secret_basic", client_secret_hash: secret },
  });
  const { redemption } = await issueCode(service, tenant);

  const outcomes = [];
  for (
    const changes of [
      { p_slug: "nobody-has-this" },
      { p_client_id: "nobody" },
      { p_client_secret_hash: null },
      { p_client_secret_hash: newHash() },
      { p_client_secret_hash: secret },
    ]
  ) {
    outcomes.push((await redeem({ ...redemption, ...changes })).outcome);
  }

  assertEquals(outcomes, ["unknown_server", "unknown_client", "wrong_secret", "wrong_secret", "redeemed"]);
});
