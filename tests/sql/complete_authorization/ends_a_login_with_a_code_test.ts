import { assertEquals, assertMatch } from "@std/assert";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";
import {
  buildApproval,
  buildCompletion,
  buildLogin,
  claimSession,
  makeTenant,
  newHash,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

const refused = { mcp_server_user_id: null, provisioning: null };

Deno.test("complete_authorization makes user, vault entry and code together", async () => {
  const tenant = await makeTenant(database);
  const { sessionId, approval } = await claimSession(service, tenant);
  const completion = buildCompletion(tenant, sessionId);

  const completed = await call(service, "complete_authorization", completion);

  assertEquals([completed.outcome, completed.provisioning], ["completed", "created"]);
  assertMatch(String(completed.mcp_server_user_id), /^mcpu_/);
  const [code] = await owner`
    select code.mcp_server_user_id, code.redirect_uri, code.resource, code.scope, code.code_challenge, code.nonce,
      code.auth_time, code.expires_at - code.created_at = interval '60 seconds' as lasts_a_minute, code.spent_at,
      upstream.access_token_ciphertext
    from public.mcp_authorization_codes as code
    join public.upstream_oauth_tokens as upstream on upstream.id = code.upstream_token_id
    where code.code_hash = ${String(completion.p_code_hash)}`;
  assertEquals({ ...code }, {
    mcp_server_user_id: completed.mcp_server_user_id,
    redirect_uri: approval.p_redirect_uri,
    resource: approval.p_resource,
    scope: approval.p_scope,
    code_challenge: approval.p_code_challenge,
    nonce: "client-nonce",
    auth_time: completion.p_auth_time,
    lasts_a_minute: true,
    spent_at: null,
    access_token_ciphertext: completion.p_access_token,
  });
  const events = await owner`
    select event, reason, client_id from public.mcp_audit_events
    where organization_id = ${tenant.organizationId} and event = 'login_completed'`;
  assertEquals(events.map((event) => ({ ...event })), [
    { event: "login_completed", reason: "created", client_id: tenant.clientId },
  ]);
});

Deno.test("complete_authorization carries the login's tracking id to the user", async () => {
  const tenant = await makeTenant(database);
  const tracked = await call(service, "track_mcp_server_user", {
    p_organization_id: tenant.organizationId,
    p_tracking_id: "visitor",
    p_email: null,
  });
  const { sessionId } = await claimSession(service, tenant);

  const completed = await call(
    service,
    "complete_authorization",
    buildCompletion(tenant, sessionId, { p_tracking_id: "visitor" }),
  );

  assertEquals([completed.provisioning, completed.mcp_server_user_id], [
    "claimed_tracking",
    tracked.mcp_server_user_id,
  ]);
});

Deno.test("a session completes once, and only after it was claimed", async () => {
  const tenant = await makeTenant(database);
  const { sessionId } = await claimSession(service, tenant);
  await call(service, "complete_authorization", buildCompletion(tenant, sessionId));
  const approval = buildApproval(tenant);
  await call(service, "open_authorization_session", approval);
  const [unclaimed] = await owner`
    select id from public.mcp_authorization_sessions where state_hash = ${String(approval.p_state_hash)}`;

  for (const id of [sessionId, String(unclaimed?.id), "mcas_nobody"]) {
    assertEquals(await call(service, "complete_authorization", buildCompletion(tenant, id)), {
      outcome: "unknown",
      ...refused,
    });
  }
});

const refusals: [string, Row, string][] = [
  ["subject_required", { p_upstream_sub: null }, "select 1"],
  ["config_disabled", {}, "update public.custom_oauth_configs set disabled_at = now()"],
];
for (const [outcome, changes, meanwhile] of refusals) {
  Deno.test(`complete_authorization passes on ${outcome} and ends the session`, async () => {
    const fresh = await openDatabase();
    try {
      const tenant = await makeTenant(fresh);
      const { sessionId } = await claimSession(fresh.service, tenant);
      await fresh.owner.unsafe(meanwhile);

      const completed = await call(
        fresh.service,
        "complete_authorization",
        buildCompletion(tenant, sessionId, changes),
      );

      assertEquals(completed, { outcome, ...refused });
      const [session] = await fresh
        .owner`select failed_at is not null as failed from public.mcp_authorization_sessions`;
      assertEquals(session?.failed, true);
      const events = await fresh.owner`select event, reason from public.mcp_audit_events`;
      assertEquals(events.map((event) => ({ ...event })), [{ event: "login_failed", reason: outcome }]);
    } finally {
      await fresh.close();
    }
  });
}

Deno.test("complete_authorization passes on user_blocked", async () => {
  const tenant = await makeTenant(database);
  const login = buildLogin(tenant);
  await call(service, "provision_mcp_server_user", login);
  await owner`update public.mcp_server_user set blocked_at = now() where organization_id = ${tenant.organizationId}`;
  const { sessionId } = await claimSession(service, tenant);

  const completed = await call(
    service,
    "complete_authorization",
    buildCompletion(tenant, sessionId, { p_upstream_sub: login.p_upstream_sub }),
  );

  assertEquals(completed, { outcome: "user_blocked", ...refused });
});

Deno.test("what is raised leaves nothing behind, and the login can go on", async () => {
  const tenant = await makeTenant(database);
  const { sessionId } = await claimSession(service, tenant);

  const state = await findSqlState(() =>
    call(service, "complete_authorization", buildCompletion(tenant, sessionId, { p_code_hash: "too short" }))
  );

  assertEquals(state, "23514");
  const [users] = await owner`
    select count(*)::integer as count from public.mcp_server_user where organization_id = ${tenant.organizationId}`;
  assertEquals(users?.count, 0);
  const completed = await call(service, "complete_authorization", buildCompletion(tenant, sessionId));
  assertEquals(completed.outcome, "completed");
});

Deno.test("tokens belong to the client generation under which the login began, whatever the config has become since", async () => {
  const tenant = await makeTenant(database);
  const { sessionId } = await claimSession(service, tenant);
  await owner`update public.custom_oauth_configs set client_generation = 2 where id = ${tenant.configId}`;

  await call(service, "complete_authorization", buildCompletion(tenant, sessionId));

  const [entry] = await owner`
    select id, client_generation, access_token_ciphertext as token from public.upstream_oauth_tokens
    where organization_id = ${tenant.organizationId}`;
  const leased = await call(service, "lease_upstream_refresh", {
    p_upstream_token_id: entry?.id,
    p_lease_hash: newHash(),
    p_known_access_token: entry?.token,
  });
  assertEquals([entry?.client_generation, leased.outcome], [1, "credentials_changed"]);
});
