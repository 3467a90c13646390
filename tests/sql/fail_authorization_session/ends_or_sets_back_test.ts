import { assertEquals } from "@std/assert";
import { call, openDatabase } from "../../support/database/database.ts";
import { buildCompletion, claimSession, makeTenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

Deno.test("fail_authorization_session ends a login for good, and says why in the audit", async () => {
  const tenant = await makeTenant(database);
  const { sessionId, approval } = await claimSession(service, tenant);

  const failed = await call(service, "fail_authorization_session", {
    p_session_id: sessionId,
    p_reason: "upstream_refused",
    p_retry: false,
  });

  assertEquals(failed, { outcome: "failed" });
  const completed = await call(service, "complete_authorization", buildCompletion(tenant, sessionId));
  assertEquals(completed.outcome, "unknown");
  const claim = await call(service, "claim_authorization_session", {
    p_state_hash: approval.p_state_hash,
    p_browser_hash: approval.p_browser_hash,
  });
  assertEquals(claim.outcome, "replayed");
  const [event] = await owner`
    select event, reason, client_id from public.mcp_audit_events
    where organization_id = ${tenant.organizationId}`;
  assertEquals({ ...event }, {
    event: "login_failed",
    reason: "upstream_refused",
    client_id: tenant.clientId,
  });
});

Deno.test("fail_authorization_session sets a login back, so that the same callback is good again", async () => {
  const tenant = await makeTenant(database);
  const { sessionId, approval } = await claimSession(service, tenant);

  const failed = await call(service, "fail_authorization_session", {
    p_session_id: sessionId,
    p_reason: "upstream_unavailable",
    p_retry: true,
  });
  const claim = await call(service, "claim_authorization_session", {
    p_state_hash: approval.p_state_hash,
    p_browser_hash: approval.p_browser_hash,
  });

  const [event] = await owner`
    select event, reason from public.mcp_audit_events where organization_id = ${tenant.organizationId}`;

  assertEquals([failed.outcome, claim.outcome, claim.session_id], ["set_back", "claimed", sessionId]);
  assertEquals({ ...event }, { event: "login_delayed", reason: "upstream_unavailable" });
});

Deno.test("fail_authorization_session knows no login that is not claimed, or that has ended", async () => {
  const tenant = await makeTenant(database);
  const { sessionId } = await claimSession(service, tenant);
  await call(service, "complete_authorization", buildCompletion(tenant, sessionId));

  for (const p_session_id of [sessionId, "mcas_nobody"]) {
    const failed = await call(service, "fail_authorization_session", {
      p_session_id,
      p_reason: "late",
      p_retry: true,
    });
    assertEquals(failed, { outcome: "unknown" });
  }
});
