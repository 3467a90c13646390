import { assertEquals, assertMatch } from "@std/assert";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatform, type Platform } from "../../support/database/platform.ts";
import { issueCode, makeTenant, newHash, type Tenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

const REDIRECT_URIS = [
  "https://client.example.com/callback",
  "http://127.0.0.1/callback",
  "cursor://client/callback",
];

async function setUp(changes: { server?: Row } = {}): Promise<{ tenant: Tenant; platform: Platform }> {
  const tenant = await makeTenant(database, changes);
  const { organizationId } = await makeTenant(database);
  return { tenant, platform: await makePlatform(database, tenant.organizationId, organizationId) };
}

function buildClient(tenant: Tenant, changes: Row = {}): Row {
  return {
    p_mcp_server_id: tenant.serverId,
    p_name: " Weather app ",
    p_redirect_uris: REDIRECT_URIS,
    p_confidential: true,
    ...changes,
  };
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

Deno.test("an owner's confidential client proves itself with the secret that is answered once, and never expires", async () => {
  const { tenant, platform } = await setUp();

  const created = await call(platform.owner.sql, "create_mcp_client", buildClient(tenant));

  const [clientId, secret] = [String(created.client_id), String(created.client_secret)];
  assertEquals([created.outcome, created.reason], ["created", null]);
  assertMatch(clientId, /^mcr_[A-Za-z0-9_-]{12}$/);
  assertMatch(secret, /^[A-Za-z0-9_-]{43}$/);
  const [row] = await owner`
    select *, to_jsonb(client)::text as text from public.mcp_client_registrations as client
    where client.client_id = ${clientId}`;
  assertEquals(
    [row?.kind, row?.token_endpoint_auth_method, row?.client_name, row?.redirect_uris, row?.expires_at],
    ["preregistered", "client_secret_basic", "Weather app", REDIRECT_URIS, null],
  );
  assertEquals(String(row?.text).includes(secret), false);
  const { redemption } = await issueCode(service, { ...tenant, clientId });
  const outcomes = [];
  for (const p_client_secret_hash of [null, newHash(), await sha256(secret)]) {
    outcomes.push(
      (await call(service, "redeem_authorization_code", { ...redemption, p_client_secret_hash })).outcome,
    );
  }
  assertEquals(outcomes, ["wrong_secret", "wrong_secret", "redeemed"]);
  const [event] = await owner`
    select event, object_id, platform_user_id from public.mcp_audit_events
    where organization_id = ${tenant.organizationId} and event = 'client_created'`;
  assertEquals({ ...event }, {
    event: "client_created",
    object_id: clientId,
    platform_user_id: platform.owner.id,
  });
});

Deno.test("a public client has no secret, and an approval does not make it expire", async () => {
  const { tenant, platform } = await setUp({ server: { registration_policy: "closed" } });

  const created = await call(
    platform.admin.sql,
    "create_mcp_client",
    buildClient(tenant, { p_confidential: false }),
  );

  assertEquals([created.outcome, created.client_secret], ["created", null]);
  const clientId = String(created.client_id);
  const readClient = async (): Promise<unknown> => {
    const [row] = await owner`
      select token_endpoint_auth_method, client_secret_hash, expires_at from public.mcp_client_registrations
      where client_id = ${clientId}`;
    return { ...row };
  };
  const lasting = { token_endpoint_auth_method: "none", client_secret_hash: null, expires_at: null };
  assertEquals(await readClient(), lasting);
  const begun = await call(service, "begin_authorization", { p_slug: tenant.slug, p_client_id: clientId });
  assertEquals((begun.client as { approved: boolean }).approved, true);
  const { redemption } = await issueCode(service, { ...tenant, clientId });
  assertEquals((await call(service, "redeem_authorization_code", redemption)).outcome, "redeemed");
  assertEquals(await readClient(), lasting);
});

Deno.test("members, strangers and visitors make no client", async () => {
  const { tenant, platform } = await setUp();

  const outcomes = [];
  for (const { sql } of [platform.member, platform.stranger]) {
    outcomes.push((await call(sql, "create_mcp_client", buildClient(tenant))).outcome);
  }
  const state = await findSqlState(() =>
    call(database.openPlatformUser(), "create_mcp_client", buildClient(tenant))
  );

  assertEquals([outcomes, state], [["forbidden", "unknown_server"], "42501"]);
});

Deno.test("a server that asks nobody to log in has no clients", async () => {
  const { tenant, platform } = await setUp({ server: { auth_type: "none", custom_oauth_config_id: null } });

  const created = await call(platform.owner.sql, "create_mcp_client", buildClient(tenant));

  assertEquals([created.outcome, created.client_id, created.client_secret], ["no_sign_in", null, null]);
});

const INVALID: [what: string, changes: Row, reason: string][] = [
  ["a blank name", { p_name: " " }, "client_name_is_readable"],
  ["a name without end", { p_name: "n".repeat(201) }, "client_name_is_readable"],
  ["no redirect URI", { p_redirect_uris: [] }, "client_has_a_redirect_uri"],
  ["21 redirect URIs", { p_redirect_uris: Array(21).fill(REDIRECT_URIS[0]) }, "client_has_a_redirect_uri"],
  ...[
    "http://client.example.com/callback",
    "https://user@client.example.com/callback",
    "https://CLIENT.example.com/callback",
    "https://client.example.com/#fragment",
    "https://client.example.com/call back",
    "https://client.example.com\\@evil.example/",
    "http://127.0.0.1.evil.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "client:/callback",
    "/callback",
    "",
  ].map((uri): typeof INVALID[number] => [
    `the redirect URI ${JSON.stringify(uri)}`,
    { p_redirect_uris: [REDIRECT_URIS[0], uri] },
    "client_redirect_uris_are_usable",
  ]),
];
for (const [what, changes, reason] of INVALID) {
  Deno.test(`a client is refused with its rule: ${what}`, async () => {
    const { tenant, platform } = await setUp();

    const created = await call(platform.owner.sql, "create_mcp_client", buildClient(tenant, changes));

    const { expected, ...refused } = created;
    assertEquals(refused, {
      outcome: "invalid",
      client_id: null,
      client_secret: null,
      reason,
      argument: Object.keys(changes)[0],
    });
    assertMatch(String(expected), /^1 to |^https URLs/);
  });
}

Deno.test("nulls are raised, among the redirect URIs as well", async () => {
  const { tenant, platform } = await setUp();
  const create = (changes: Row): Promise<string | undefined> =>
    findSqlState(() => call(platform.owner.sql, "create_mcp_client", buildClient(tenant, changes)));

  for (const name of Object.keys(buildClient(tenant))) {
    assertEquals([name, await create({ [name]: null })], [name, "22004"]);
  }
  const created = await call(
    platform.owner.sql,
    "create_mcp_client",
    buildClient(tenant, { p_redirect_uris: [null] }),
  );
  assertEquals(created.reason, "client_redirect_uris_are_usable");
});
