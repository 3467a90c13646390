import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";
import {
  buildLogin,
  buildSealedToken,
  hashTrackingId,
  makeConfig,
  makeOrganization,
  makeTenant,
  newName,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

const provision = (args: Row): Promise<Row> => call(service, "provision_mcp_server_user", args);

async function readUser(id: unknown): Promise<Row> {
  const [user] = await owner`
    select organization_id, auth_type, email, email_verified, upstream_sub, profile_data, tracking_hash, blocked_at
    from public.mcp_server_user where id = ${String(id)}`;
  return { ...user };
}

Deno.test("a first login is created, with its tokens", async () => {
  const tenant = await makeTenant(database);
  const login = buildLogin(tenant, {
    p_email: " ada@example.com ",
    p_email_verified: true,
    p_tracking_id: "visitor",
  });

  const provisioned = await provision(login);

  assertEquals(provisioned.outcome, "created");
  assertMatch(String(provisioned.mcp_server_user_id), /^mcpu_[A-Za-z0-9_-]{12}$/);
  assertMatch(String(provisioned.upstream_token_id), /^uoat_[A-Za-z0-9_-]{12}$/);
  assertEquals(await readUser(provisioned.mcp_server_user_id), {
    organization_id: tenant.organizationId,
    auth_type: "custom_oauth",
    email: "ada@example.com",
    email_verified: true,
    upstream_sub: login.p_upstream_sub,
    profile_data: { name: "Test person" },
    tracking_hash: hashTrackingId(tenant.organizationId, "visitor"),
    blocked_at: null,
  });
  const [token] = await owner`
    select organization_id, mcp_server_user_id, oauth_config_id, access_token_ciphertext, refresh_token_ciphertext,
      scope, expires_at, client_generation
    from public.upstream_oauth_tokens where id = ${String(provisioned.upstream_token_id)}`;
  assertEquals({ ...token }, {
    organization_id: tenant.organizationId,
    mcp_server_user_id: provisioned.mcp_server_user_id,
    oauth_config_id: tenant.configId,
    access_token_ciphertext: login.p_access_token,
    refresh_token_ciphertext: login.p_refresh_token,
    scope: "openid email",
    expires_at: login.p_expires_at,
    client_generation: 1,
  });
});

Deno.test("a later login of the same subject is matched, and its profile follows", async () => {
  const tenant = await makeTenant(database);
  const login = buildLogin(tenant, { p_email: "ada@example.com", p_email_verified: true });
  const first = await provision(login);

  const second = await provision(
    buildLogin(tenant, {
      p_upstream_sub: login.p_upstream_sub,
      p_email: "countess@example.com",
      p_email_verified: false,
      p_profile: { name: "Countess" },
    }),
  );

  assertEquals([second.outcome, second.mcp_server_user_id], ["matched", first.mcp_server_user_id]);
  assertNotEquals(second.upstream_token_id, first.upstream_token_id);
  const user = await readUser(first.mcp_server_user_id);
  assertEquals([user.email, user.email_verified, user.profile_data], [
    "countess@example.com",
    false,
    { name: "Countess" },
  ]);
});

Deno.test("a login without address and profile leaves the stored ones as they are", async () => {
  const tenant = await makeTenant(database);
  const login = buildLogin(tenant, { p_email: "ada@example.com", p_email_verified: true });
  const first = await provision(login);

  await provision({ ...login, p_email: "", p_email_verified: false, p_profile: null });

  const user = await readUser(first.mcp_server_user_id);
  assertEquals([user.email, user.email_verified, user.profile_data], ["ada@example.com", true, {
    name: "Test person",
  }]);
});

Deno.test("one subject at two organizations is two users", async () => {
  const shared = { config: { issuer: "https://shared.example.com" } };
  const [one, other] = [await makeTenant(database, shared), await makeTenant(database, shared)];
  const login = { p_upstream_issuer: "https://shared.example.com", p_upstream_sub: "shared" };
  const first = await provision(buildLogin(one, login));

  const second = await provision(buildLogin(other, login));

  assertEquals([first.outcome, second.outcome], ["created", "created"]);
  assertNotEquals(first.mcp_server_user_id, second.mcp_server_user_id);
});

Deno.test("one subject through two configs of one issuer is one user", async () => {
  const tenant = await makeTenant(database, { config: { issuer: "https://one.example.com" } });
  const configId = await makeConfig(owner, tenant.organizationId, { issuer: "https://one.example.com" });
  const login = buildLogin(tenant);
  const first = await provision(login);

  const second = await provision(
    buildLogin({ ...tenant, configId }, { p_upstream_sub: login.p_upstream_sub }),
  );

  assertEquals([second.outcome, second.mcp_server_user_id], ["matched", first.mcp_server_user_id]);
});

Deno.test("one subject through two configs without issuer is two users", async () => {
  const config = {
    issuer: null,
    identity_source: "userinfo",
    authorization_endpoint: "https://github.example.com/authorize",
    token_endpoint: "https://github.example.com/token",
  };
  const tenant = await makeTenant(database, { config });
  const login = buildLogin(tenant, { p_upstream_sub: "1" });
  const first = await provision(login);

  const configId = await makeConfig(owner, tenant.organizationId, config);
  const second = await provision(buildLogin({ ...tenant, configId }, { p_upstream_sub: "1" }));

  assertEquals([first.outcome, second.outcome], ["created", "created"]);
});

Deno.test("a login with a tracking id claims the anonymous row, and its history follows", async () => {
  const tenant = await makeTenant(database);
  const tracked = await call(service, "track_mcp_server_user", {
    p_organization_id: tenant.organizationId,
    p_tracking_id: "visitor",
    p_email: "somebody@example.com",
  });

  const claimed = await provision(buildLogin(tenant, { p_tracking_id: "visitor" }));

  assertEquals([claimed.outcome, claimed.mcp_server_user_id], [
    "claimed_tracking",
    tracked.mcp_server_user_id,
  ]);
  const user = await readUser(claimed.mcp_server_user_id);
  assertEquals([user.auth_type, user.email, user.email_verified], ["custom_oauth", null, false]);
});

Deno.test("a tracking id that a user carries already is left to that user", async () => {
  const tenant = await makeTenant(database);
  const first = await provision(buildLogin(tenant, { p_tracking_id: "visitor" }));

  const second = await provision(buildLogin(tenant, { p_tracking_id: "visitor" }));

  assertEquals(second.outcome, "created");
  assertEquals(
    (await readUser(first.mcp_server_user_id)).tracking_hash,
    hashTrackingId(tenant.organizationId, "visitor"),
  );
  assertEquals((await readUser(second.mcp_server_user_id)).tracking_hash, null);
});

Deno.test("a login without identity is anonymous, and found again by its tracking id alone", async () => {
  const tenant = await makeTenant(database, { config: { identity_source: "none" } });
  const login = buildLogin(tenant, {
    p_upstream_sub: null,
    p_tracking_id: "visitor",
    p_email: "somebody@example.com",
  });

  const first = await provision(login);
  const again = await provision(login);
  const other = await provision(
    buildLogin(tenant, { p_upstream_sub: null, p_email: "somebody@example.com" }),
  );

  assertEquals([first.outcome, again.outcome, other.outcome], ["anonymous", "anonymous", "anonymous"]);
  assertEquals(again.mcp_server_user_id, first.mcp_server_user_id);
  assertNotEquals(other.mcp_server_user_id, first.mcp_server_user_id);
  const user = await readUser(first.mcp_server_user_id);
  assertEquals([user.upstream_sub, user.email, user.email_verified], [null, "somebody@example.com", false]);
});

Deno.test("an anonymous login never reaches a row with an identity, whatever it carries", async () => {
  const tenant = await makeTenant(database);
  const anonymousConfig = await makeConfig(owner, tenant.organizationId, { identity_source: "none" });
  const known = await provision(buildLogin(tenant, { p_tracking_id: "visitor" }));

  const anonymous = await provision(
    buildLogin({ ...tenant, configId: anonymousConfig }, { p_upstream_sub: null, p_tracking_id: "visitor" }),
  );

  assertEquals(anonymous.outcome, "anonymous");
  assertNotEquals(anonymous.mcp_server_user_id, known.mcp_server_user_id);
});

Deno.test("without an access token only the user is provisioned", async () => {
  const tenant = await makeTenant(database);

  const provisioned = await provision(buildLogin(tenant, { p_access_token: null, p_refresh_token: null }));

  assertEquals([provisioned.outcome, provisioned.upstream_token_id], ["created", null]);
});

Deno.test("a user of the platform's sign-in belongs to the organization that is named", async () => {
  const platformConfig = await makeConfig(owner, null);
  const organizationId = await makeOrganization(owner);

  const provisioned = await provision(
    buildLogin({ organizationId, configId: platformConfig }, { p_organization_id: organizationId }),
  );

  const user = await readUser(provisioned.mcp_server_user_id);
  assertEquals([provisioned.outcome, user.organization_id, user.auth_type], [
    "created",
    organizationId,
    "platform_oauth",
  ]);
});

Deno.test("the platform's sign-in and an organization's own stay apart, though issuer, subject and address agree", async () => {
  const config = { issuer: "https://accounts.google.com" };
  const tenant = await makeTenant(database, { config: { ...config, link_verified_email: true } });
  const platformConfig = await makeConfig(owner, null, config);
  const login = buildLogin(tenant, {
    p_upstream_issuer: "https://accounts.google.com",
    p_upstream_sub: "ada",
    p_email: "ada@example.com",
    p_email_verified: true,
    p_organization_id: tenant.organizationId,
  });
  const own = await provision(login);

  const platform = await provision({
    ...login,
    p_oauth_config_id: platformConfig,
    p_access_token: buildSealedToken(tenant),
    p_refresh_token: null,
  });
  const ownOtherSubject = await provision({ ...login, p_upstream_sub: "ada-2" });

  assertEquals([own.outcome, platform.outcome, ownOtherSubject.outcome], [
    "created",
    "created",
    "linked_email",
  ]);
  assertEquals(ownOtherSubject.mcp_server_user_id, own.mcp_server_user_id);
});

Deno.test("refusals are returned, and write nothing", async () => {
  const tenant = await makeTenant(database);
  const disabled = await makeConfig(owner, tenant.organizationId, { disabled_at: new Date() });
  const platformConfig = await makeConfig(owner, null);
  const organizationId = await makeOrganization(owner);
  const count = async (): Promise<Row> => {
    const [row] = await owner`
      select (select count(*)::integer from public.mcp_server_user) as users,
        (select count(*)::integer from public.upstream_oauth_tokens) as tokens`;
    return { ...row };
  };
  const before = await count();

  const outcomes = [];
  for (
    const changes of [
      { p_oauth_config_id: "coac_nobody" },
      { p_oauth_config_id: disabled },
      { p_oauth_config_id: platformConfig },
      { p_oauth_config_id: platformConfig, p_organization_id: "org_nobody" },
      { p_organization_id: organizationId },
      { p_upstream_sub: null },
      { p_upstream_sub: "" },
    ]
  ) {
    const refused = await provision(buildLogin(tenant, changes));
    assertEquals([refused.mcp_server_user_id, refused.upstream_token_id], [null, null]);
    outcomes.push(refused.outcome);
  }

  assertEquals(outcomes, [
    "unknown_config",
    "config_disabled",
    "organization_required",
    "unknown_organization",
    "wrong_organization",
    "subject_required",
    "subject_required",
  ]);
  assertEquals(await count(), before);
});

Deno.test("a blocked user is answered user_blocked, by subject and by tracking id", async () => {
  const tenant = await makeTenant(database, { config: { identity_source: "none" } });
  const login = buildLogin(tenant);
  const anonymous = buildLogin(tenant, { p_upstream_sub: null, p_tracking_id: "visitor" });
  await provision(login);
  await provision(anonymous);
  await owner`update public.mcp_server_user set blocked_at = now() where organization_id = ${tenant.organizationId}`;

  for (const args of [login, anonymous]) {
    assertEquals(await provision(args), {
      outcome: "user_blocked",
      mcp_server_user_id: null,
      upstream_token_id: null,
    });
  }
});

Deno.test("what no caller may send is raised", async () => {
  const tenant = await makeTenant(database);

  for (
    const changes of [
      { p_upstream_sub: "s".repeat(256) },
      { p_email: "e".repeat(321) },
      { p_tracking_id: "t".repeat(256) },
      { p_profile: ["no object"] },
      { p_access_token: null },
    ]
  ) {
    assertEquals(await findSqlState(() => provision(buildLogin(tenant, changes))), "22023");
  }
});

Deno.test("a first login is in the audit, by id and without the address", async () => {
  const tenant = await makeTenant(database);
  const { mcp_server_user_id } = await provision(buildLogin(tenant, { p_email: newName("ada") }));

  const events = await owner`
    select event, reason, mcp_server_user_id from public.mcp_audit_events
    where organization_id = ${tenant.organizationId}`;

  assertEquals(events.map((event) => ({ ...event })), [{
    event: "user_created",
    reason: null,
    mcp_server_user_id,
  }]);
});
