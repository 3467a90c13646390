import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatform, type Platform } from "../../support/database/platform.ts";
import { buildSealedToken, makeConfig, makeOrganization, newHash } from "../../support/database/rows.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

/** A text of the shape of a client secret that is sealed for a config. */
function buildSealedSecret(organizationId: string, row: unknown, header: Row = {}): string {
  return buildSealedToken({ organizationId }, { typ: "config-secret", row, ...header });
}

interface Given {
  organizationId: string;
  platform: Platform;
  /** Arguments that make a config. */
  making: Row;
  /** A secret for a config that is there. */
  seal: (configId: unknown) => string;
}

async function givenOrganization(): Promise<Given> {
  const organizationId = await makeOrganization(owner);
  return {
    organizationId,
    platform: await makePlatform(database, organizationId, await makeOrganization(owner)),
    making: {
      p_organization_id: organizationId,
      p_name: "Provider",
      p_issuer: "https://login.example.com",
      p_client_id: "gatepost",
      p_client_secret_ciphertext: buildSealedSecret(organizationId, newConfigId()),
    },
    seal: (configId) => buildSealedSecret(organizationId, configId),
  };
}

function newConfigId(): string {
  return `coac_${newHash().slice(0, 12)}`;
}

async function readConfig(id: unknown): Promise<Row> {
  const [config] = await owner`select * from public.custom_oauth_configs where id = ${String(id)}`;
  return { ...config };
}

Deno.test("owners and admins make configs, members and strangers do not", async () => {
  const { platform, making, seal } = await givenOrganization();

  const outcomes: Record<string, unknown> = {};
  for (const who of ["owner", "admin", "member", "stranger"] as const) {
    const p_client_secret_ciphertext = seal(newConfigId());
    outcomes[who] =
      (await call(platform[who].sql, "save_oauth_config", { ...making, p_client_secret_ciphertext })).outcome;
  }

  assertEquals(outcomes, {
    owner: "created",
    admin: "created",
    member: "forbidden",
    stranger: "unknown_organization",
  });
});

Deno.test("owners and admins change configs of their own organization only", async () => {
  const { organizationId, platform } = await givenOrganization();
  const p_id = await makeConfig(owner, organizationId);
  const platformConfig = await makeConfig(owner, null);

  const outcomes: Record<string, unknown> = {};
  for (const who of ["owner", "admin", "member", "stranger"] as const) {
    outcomes[who] =
      (await call(platform[who].sql, "save_oauth_config", { p_id, p_name: `By ${who}` })).outcome;
  }
  outcomes.platform =
    (await call(platform.owner.sql, "save_oauth_config", { p_id: platformConfig, p_name: "Mine" })).outcome;

  assertEquals(outcomes, {
    owner: "saved",
    admin: "saved",
    member: "forbidden",
    stranger: "unknown_config",
    platform: "unknown_config",
  });
  assertEquals((await readConfig(p_id)).name, "By admin");
});

Deno.test("a new config takes every setting, and defaults for what is left out", async () => {
  const { organizationId, platform, making } = await givenOrganization();

  const created = await call(platform.owner.sql, "save_oauth_config", {
    ...making,
    p_userinfo_endpoint: "https://login.example.com/userinfo",
    p_scopes: ["openid"],
    p_authorization_parameters: { audience: "api" },
    p_allowed_tenants: ["contoso"],
    p_link_verified_email: true,
    p_refresh_sends_scope: true,
    p_account_prompt: "login",
  });

  const { id, created_at: _created, updated_at: _updated, ...config } = await readConfig(created.id);
  assertEquals(id, created.id);
  assertEquals(config, {
    organization_id: organizationId,
    owner_id: organizationId,
    name: "Provider",
    issuer: "https://login.example.com",
    authorization_endpoint: null,
    token_endpoint: null,
    userinfo_endpoint: "https://login.example.com/userinfo",
    jwks_uri: null,
    revocation_endpoint: null,
    emails_endpoint: null,
    client_id: "gatepost",
    client_secret_ciphertext: making.p_client_secret_ciphertext,
    client_generation: 1,
    token_endpoint_auth_method: "client_secret_basic",
    scopes: ["openid"],
    authorization_parameters: { audience: "api" },
    identity_source: "openid",
    subject_claim: "sub",
    allowed_tenants: ["contoso"],
    link_verified_email: true,
    refresh_sends_scope: true,
    account_prompt: "login",
    client_refused_at: null,
    client_refused_reason: null,
    disabled_at: null,
  });
});

Deno.test("null leaves a setting, the secret included; an empty text clears one; disabling comes and goes", async () => {
  const { platform, making } = await givenOrganization();
  const { id: p_id } = await call(platform.owner.sql, "save_oauth_config", {
    ...making,
    p_jwks_uri: "https://login.example.com/keys",
  });
  const save = (changes: Row): Promise<Row> =>
    call(platform.owner.sql, "save_oauth_config", { p_id, ...changes });

  await save({ p_jwks_uri: "", p_disabled: true });
  const disabled = await readConfig(p_id);
  await save({ p_disabled: false });
  const enabled = await readConfig(p_id);

  assertEquals(
    [disabled.jwks_uri, disabled.client_secret_ciphertext, disabled.disabled_at instanceof Date],
    [null, making.p_client_secret_ciphertext, true],
  );
  assertEquals([enabled.disabled_at, enabled.client_generation], [null, 1]);
});

Deno.test("the generation moves with the client and with each place that is sent a secret or a token, and with nothing else", async () => {
  const { platform, making, seal } = await givenOrganization();
  const { id: p_id } = await call(platform.owner.sql, "save_oauth_config", making);
  const { p_client_secret_ciphertext } = making;

  const generations = [];
  for (
    const changes of [
      { p_name: "Renamed", p_client_id: "gatepost", p_issuer: "https://login.example.com" },
      { p_client_secret_ciphertext: seal(p_id) },
      { p_authorization_endpoint: "https://login.example.com/authorize" },
      { p_jwks_uri: "https://login.example.com/keys" },
      { p_token_endpoint_auth_method: "client_secret_post" },
      { p_client_id: "another" },
      { p_client_secret_ciphertext, p_issuer: "https://another.example.com" },
      { p_client_secret_ciphertext, p_token_endpoint: "https://login.example.com/token" },
      { p_client_secret_ciphertext, p_userinfo_endpoint: "https://login.example.com/userinfo" },
      { p_client_secret_ciphertext, p_revocation_endpoint: "https://login.example.com/revoke" },
      { p_client_secret_ciphertext, p_emails_endpoint: "https://login.example.com/emails" },
      { p_token_endpoint_auth_method: "none" },
      { p_token_endpoint: "" },
    ]
  ) {
    assertEquals(
      (await call(platform.owner.sql, "save_oauth_config", { p_id, ...changes })).outcome,
      "saved",
    );
    generations.push((await readConfig(p_id)).client_generation);
  }

  assertEquals(generations, [1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 7, 8]);
  assertEquals((await readConfig(p_id)).client_secret_ciphertext, null);
});

for (
  const changes of [
    { p_issuer: "https://another.example.com" },
    { p_token_endpoint: "https://another.example.com/token" },
    { p_userinfo_endpoint: "https://another.example.com/userinfo" },
    { p_revocation_endpoint: "https://another.example.com/revoke" },
    { p_emails_endpoint: "https://another.example.com/emails" },
  ]
) {
  const [place = ""] = Object.keys(changes);
  Deno.test(`a new ${place.slice(2)} is refused without the client secret, and nothing is written`, async () => {
    const { platform, making } = await givenOrganization();
    const { id: p_id } = await call(platform.owner.sql, "save_oauth_config", making);
    const before = await readConfig(p_id);

    const refused = await call(platform.admin.sql, "save_oauth_config", {
      p_id,
      p_name: "Moved",
      ...changes,
    });

    assertEquals([refused.outcome, refused.reason], ["invalid", "config_new_place_needs_the_client_secret"]);
    assertEquals(await readConfig(p_id), before);
  });
}

Deno.test("a client that the provider refused is forgiven when it is saved anew, and not by another change", async () => {
  const { platform, making, seal } = await givenOrganization();
  const { id: p_id } = await call(platform.owner.sql, "save_oauth_config", making);
  await owner`
    update public.custom_oauth_configs set client_refused_at = now(), client_refused_reason = 'upstream_client_refused'
    where id = ${String(p_id)}`;

  const reasons = [];
  for (const changes of [{ p_name: "Renamed" }, { p_client_secret_ciphertext: seal(p_id) }]) {
    await call(platform.owner.sql, "save_oauth_config", { p_id, ...changes });
    reasons.push((await readConfig(p_id)).client_refused_reason);
  }

  assertEquals(reasons, ["upstream_client_refused", null]);
});

Deno.test("a new config takes the id that its secret was sealed for; a secret of another place is refused", async () => {
  const { organizationId, platform, making, seal } = await givenOrganization();
  const row = newConfigId();
  const save = (changes: Row): Promise<Row> => call(platform.admin.sql, "save_oauth_config", changes);
  const created = await save({ ...making, p_client_secret_ciphertext: seal(row) });
  const before = await readConfig(row);

  const refused = [];
  for (
    const changes of [
      { p_id: row, p_client_secret_ciphertext: seal(newConfigId()) },
      { p_id: row, p_client_secret_ciphertext: buildSealedSecret(await makeOrganization(owner), row) },
      {
        p_id: row,
        p_client_secret_ciphertext: buildSealedSecret(organizationId, row, { typ: "upstream-token" }),
      },
      { ...making, p_client_secret_ciphertext: seal(row) },
      { ...making, p_client_secret_ciphertext: seal("uoat_abcdefghijkl") },
    ]
  ) {
    refused.push((await save(changes)).reason);
  }

  assertEquals([created.outcome, created.id], ["created", row]);
  assertEquals(refused, Array.from({ length: 5 }, () => "config_secret_is_sealed"));
  assertEquals(await readConfig(row), before);
});

Deno.test("what breaks a rule is refused with the rule's name, and nothing is written", async () => {
  const { organizationId, platform, making } = await givenOrganization();

  const reasons = [];
  for (
    const changes of [
      { p_client_secret_ciphertext: "the secret itself" },
      { p_client_secret_ciphertext: null },
      { p_issuer: "http://login.example.com" },
      { p_issuer: "javascript:alert(1)" },
      { p_issuer: "" },
      { p_name: "" },
      { p_name: null },
      { p_client_id: null },
      { p_identity_source: "magic" },
      { p_token_endpoint_auth_method: "private_key_jwt" },
      { p_authorization_parameters: [] },
      { p_authorization_parameters: { max_age: 3600 } },
      { p_scopes: ["openid", null] },
      { p_scopes: ["openid email"] },
      { p_jwks_uri: "ftp://login.example.com" },
      { p_allowed_tenants: ["contoso"], p_identity_source: "userinfo" },
      { p_allowed_tenants: [null] },
    ]
  ) {
    const refused = await call(platform.owner.sql, "save_oauth_config", { ...making, ...changes });
    assertEquals([refused.outcome, refused.id], ["invalid", null]);
    reasons.push(refused.reason);
  }

  assertEquals(reasons, [
    "config_secret_is_sealed",
    "config_secret_stands_with_its_method",
    "config_issuer_is_a_web_url",
    "config_issuer_is_a_web_url",
    "config_is_discovered_or_names_its_endpoints",
    "config_name_is_readable",
    "name_is_missing",
    "client_id_is_missing",
    "config_identity_source_is_known",
    "config_auth_method_is_known",
    "config_parameters_are_an_object",
    "config_parameters_are_an_object",
    "config_scopes_are_scopes",
    "config_scopes_are_scopes",
    "config_jwks_uri_is_a_web_url",
    "only_an_id_token_names_a_tenant",
    "allowed_tenants_are_named",
  ]);
  const [configs] = await owner`
    select count(*)::integer as count from public.custom_oauth_configs where organization_id = ${organizationId}`;
  assertEquals(configs?.count, 0);
});

Deno.test("who saved what is in the audit, and a config without organization is raised", async () => {
  const { organizationId, platform, making } = await givenOrganization();
  const { id } = await call(platform.admin.sql, "save_oauth_config", making);

  const events = await owner`
    select event, platform_user_id, object_id from public.mcp_audit_events where organization_id = ${organizationId}`;
  assertEquals(events.map((event) => ({ ...event })), [
    { event: "config_saved", platform_user_id: platform.admin.id, object_id: id },
  ]);
  assertEquals(
    await findSqlState(() => call(platform.admin.sql, "save_oauth_config", { p_name: "x" })),
    "22004",
  );
});
