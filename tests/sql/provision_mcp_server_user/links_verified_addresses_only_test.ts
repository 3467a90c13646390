import { assertEquals, assertNotEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { buildLogin, makeConfig, makeTenant, type Tenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

const provision = (args: Row): Promise<Row> => call(service, "provision_mcp_server_user", args);

/** A tenant with two configs that both link by address. */
async function makeLinkingTenant(): Promise<{ tenant: Tenant; otherConfig: Tenant }> {
  const tenant = await makeTenant(database, { config: { link_verified_email: true } });
  const configId = await makeConfig(owner, tenant.organizationId, { link_verified_email: true });
  return { tenant, otherConfig: { ...tenant, configId } };
}

Deno.test("a verified address links a new subject to the user who has it verified", async () => {
  const { tenant, otherConfig } = await makeLinkingTenant();
  const first = await provision(buildLogin(tenant, { p_email: "Ada@Example.com", p_email_verified: true }));

  const login = buildLogin(otherConfig, { p_email: "ada@example.com", p_email_verified: true });
  const linked = await provision(login);
  const later = await provision(login);

  assertEquals([linked.outcome, linked.mcp_server_user_id], ["linked_email", first.mcp_server_user_id]);
  assertEquals([later.outcome, later.mcp_server_user_id], ["matched", first.mcp_server_user_id]);
  const [event] = await owner`
    select reason from public.mcp_audit_events
    where event = 'user_linked' and mcp_server_user_id = ${String(first.mcp_server_user_id)}`;
  assertEquals(event?.reason, "verified_email");
});

for (
  const [what, stored, presented] of [
    ["the stored address is unverified", { p_email_verified: false }, {}],
    ["the presented address is unverified", {}, { p_email_verified: false }],
    ["the presented address is not said to be verified", {}, { p_email_verified: null }],
    ["the addresses differ", {}, { p_email: "adah@example.com" }],
    [
      "the addresses differ by a letter that folds alike elsewhere",
      { p_email: "kelvin@example.com" },
      { p_email: "\u212Aelvin@example.com" },
    ],
  ] as const
) {
  Deno.test(`two subjects are two users when ${what}`, async () => {
    const { tenant, otherConfig } = await makeLinkingTenant();
    const verified = { p_email: "ada@example.com", p_email_verified: true };
    const first = await provision(buildLogin(tenant, { ...verified, ...stored }));

    const second = await provision(buildLogin(otherConfig, { ...verified, ...presented }));

    assertEquals(second.outcome, "created");
    assertNotEquals(second.mcp_server_user_id, first.mcp_server_user_id);
  });
}

Deno.test("a config that does not link makes a new user", async () => {
  const tenant = await makeTenant(database);
  const verified = { p_email: "ada@example.com", p_email_verified: true };
  await provision(buildLogin(tenant, verified));

  const second = await provision(buildLogin(tenant, verified));

  assertEquals(second.outcome, "created");
});

Deno.test("a provider whose word does not link cannot plant a user for others to be linked to", async () => {
  const tenant = await makeTenant(database, { config: { link_verified_email: true } });
  const lax = { ...tenant, configId: await makeConfig(owner, tenant.organizationId) };
  const verified = { p_email: "victim@example.com", p_email_verified: true };
  const planted = await provision(buildLogin(lax, verified));

  const victim = await provision(buildLogin(tenant, verified));

  assertEquals(victim.outcome, "created");
  assertNotEquals(victim.mcp_server_user_id, planted.mcp_server_user_id);
});

Deno.test("an address that two users have verified links to neither", async () => {
  const { tenant, otherConfig } = await makeLinkingTenant();
  const verified = { p_email: "ada@example.com", p_email_verified: true };
  const renamed = buildLogin(tenant, { p_email: "bob@example.com", p_email_verified: true });
  await provision(buildLogin(tenant, verified));
  await provision(renamed);
  await provision({ ...renamed, ...verified });

  const third = await provision(buildLogin(otherConfig, verified));

  assertEquals(third.outcome, "created");
});

Deno.test("an address that changes to somebody else's moves no login", async () => {
  const { tenant } = await makeLinkingTenant();
  const verified = { p_email: "ada@example.com", p_email_verified: true };
  await provision(buildLogin(tenant, verified));
  const bob = buildLogin(tenant, { p_email: "bob@example.com", p_email_verified: true });
  const before = await provision(bob);

  const after = await provision({ ...bob, ...verified });

  assertEquals([after.outcome, after.mcp_server_user_id], ["matched", before.mcp_server_user_id]);
});

Deno.test("an anonymous row with a victim's address is found by no login, and finds none", async () => {
  const { tenant } = await makeLinkingTenant();
  const planted = await call(service, "track_mcp_server_user", {
    p_organization_id: tenant.organizationId,
    p_tracking_id: "attacker",
    p_email: "victim@example.com",
  });

  const victim = await provision(
    buildLogin(tenant, { p_email: "victim@example.com", p_email_verified: true }),
  );

  assertEquals(victim.outcome, "created");
  assertNotEquals(victim.mcp_server_user_id, planted.mcp_server_user_id);
});

Deno.test("a user of another organization is never linked to", async () => {
  const [one, other] = [await makeLinkingTenant(), await makeLinkingTenant()];
  const verified = { p_email: "ada@example.com", p_email_verified: true };
  await provision(buildLogin(one.tenant, verified));

  const second = await provision(buildLogin(other.tenant, verified));

  assertEquals(second.outcome, "created");
});

Deno.test("a blocked user is not let in by a link", async () => {
  const { tenant, otherConfig } = await makeLinkingTenant();
  const verified = { p_email: "ada@example.com", p_email_verified: true };
  await provision(buildLogin(tenant, verified));
  await owner`update public.mcp_server_user set blocked_at = now() where organization_id = ${tenant.organizationId}`;

  const second = await provision(buildLogin(otherConfig, verified));

  assertEquals(second.outcome, "user_blocked");
});
