import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import {
  buildLogin,
  hashTrackingId,
  issueCode,
  issueFamily,
  makeConfig,
  makeTenant,
  newHash,
  newName,
  type Tenant,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

/** A tenant whose provider names nobody, and a config of the same organization that does. */
async function makeAnonymousTenant(): Promise<{ tenant: Tenant; naming: Tenant }> {
  const tenant = await makeTenant(database, { config: { identity_source: "none" } });
  return { tenant, naming: { ...tenant, configId: await makeConfig(owner, tenant.organizationId) } };
}

async function readSessions(userId: string): Promise<unknown[]> {
  const rows = await owner`
    select session_hash from public.mcp_server_session where mcp_server_user_id = ${userId} order by session_hash`;
  return rows.map((row) => row.session_hash);
}

const anonymous: Row = { p_upstream_sub: null, p_profile: null };

Deno.test("a claim ends the tokens and codes of the anonymous row, and keeps its sessions", async () => {
  const { tenant, naming } = await makeAnonymousTenant();
  const p_tracking_id = newName("visitor");
  const family = await issueFamily(database, tenant, { completion: { ...anonymous, p_tracking_id } });
  const code = await issueCode(service, tenant, { completion: { ...anonymous, p_tracking_id } });
  const p_session_hash = newHash();
  await call(service, "open_mcp_call", { p_slug: tenant.slug, p_family_id: family.familyId, p_session_hash });

  const claimed = await call(service, "provision_mcp_server_user", buildLogin(naming, { p_tracking_id }));

  assertEquals([claimed.outcome, claimed.mcp_server_user_id], ["claimed_tracking", family.userId]);
  assertEquals((await call(service, "rotate_refresh_token", family.rotation)).outcome, "revoked");
  assertEquals((await call(service, "redeem_authorization_code", code.redemption)).outcome, "unknown");
  const [vault] = await owner`
    select ended_reason from public.upstream_oauth_tokens where id = ${family.upstreamTokenId}`;
  assertEquals(vault?.ended_reason, "user_claimed");
  assertEquals(await readSessions(family.userId), [p_session_hash]);
});

Deno.test("a known user's login takes over the anonymous row's sessions and nothing else", async () => {
  const { tenant, naming } = await makeAnonymousTenant();
  const login = buildLogin(naming);
  const known = await call(service, "provision_mcp_server_user", login);
  const p_tracking_id = newName("visitor");
  const family = await issueFamily(database, tenant, { completion: { ...anonymous, p_tracking_id } });
  const p_session_hash = newHash();
  await call(service, "open_mcp_call", { p_slug: tenant.slug, p_family_id: family.familyId, p_session_hash });

  const merged = await call(service, "provision_mcp_server_user", { ...login, p_tracking_id });

  assertEquals([merged.outcome, merged.mcp_server_user_id], ["matched", known.mcp_server_user_id]);
  assertEquals(await readSessions(String(known.mcp_server_user_id)), [p_session_hash]);
  assertEquals((await call(service, "rotate_refresh_token", family.rotation)).outcome, "unknown");
  const users = await owner`
    select id, tracking_hash from public.mcp_server_user where organization_id = ${tenant.organizationId}`;
  assertEquals(
    users.map((user) => ({ ...user })),
    [{
      id: known.mcp_server_user_id,
      tracking_hash: hashTrackingId(tenant.organizationId, p_tracking_id),
    }],
  );
});

Deno.test("a blocked anonymous row is neither claimed nor merged", async () => {
  const tenant = await makeTenant(database);
  for (const p_tracking_id of ["claimed", "merged"]) {
    await call(service, "track_mcp_server_user", {
      p_organization_id: tenant.organizationId,
      p_tracking_id,
      p_email: null,
    });
  }
  await owner`update public.mcp_server_user set blocked_at = now() where organization_id = ${tenant.organizationId}`;
  const login = buildLogin(tenant, { p_tracking_id: "claimed" });

  const first = await call(service, "provision_mcp_server_user", login);
  const second = await call(service, "provision_mcp_server_user", { ...login, p_tracking_id: "merged" });

  assertEquals(
    [first.outcome, second.outcome, second.mcp_server_user_id],
    ["created", "matched", first.mcp_server_user_id],
  );
  const [rows] = await owner`
    select count(*)::integer as blocked from public.mcp_server_user
    where organization_id = ${tenant.organizationId} and blocked_at is not null`;
  assertEquals(rows?.blocked, 2);
});
