/**
 * What the views say of people, connections, logins and their ends.
 */

import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row, type Sql } from "../../support/database/database.ts";
import { logInAtOwnPage } from "../../support/database/own_page.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import {
  buildApproval,
  buildCompletion,
  claimSession,
  issueFamily,
  makeTenant,
  newHash,
  type Tenant,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

const PERSON = {
  p_upstream_sub: "ada",
  p_email: "ada@example.com",
  p_email_verified: true,
  p_profile: { name: "Ada" },
};

async function open(): Promise<{ tenant: Tenant; sql: Sql; read: (view: string) => Promise<Row[]> }> {
  const tenant = await makeTenant(database);
  const { sql } = await makePlatformUser(database, tenant.organizationId);
  return { tenant, sql, read: async (view) => [...await sql`select * from public.${sql(view)}`] };
}

Deno.test("mcp_members and mcp_invitations have addresses, of the caller's organizations only", async () => {
  const { tenant, sql, read } = await open();
  const invited = await makePlatformUser(database, tenant.organizationId, "owner");
  await owner`update auth.users set email = 'owner@example.com' where id = ${invited.id}`;
  await call(invited.sql, "invite_organization_member", {
    p_organization_id: tenant.organizationId,
    p_email: "new@example.com",
    p_role: "member",
  });
  const stranger = await makePlatformUser(database, (await makeTenant(database)).organizationId);
  await owner`update auth.users set email = 'stranger@example.com' where id = ${stranger.id}`;

  const members = (await read("mcp_members")).map(({ email, role }) => [email, role]);
  const invitations = (await read("mcp_invitations")).map((
    { email, invited_by_email },
  ) => [email, invited_by_email]);
  const addresses = await sql`select email from public.list_member_addresses() where email is not null`;

  assertEquals(members.sort(), [[null, "member"], ["owner@example.com", "owner"]]);
  assertEquals(invitations, [["new@example.com", "owner@example.com"]]);
  assertEquals(addresses.map(({ email }) => email), ["owner@example.com"]);
});

Deno.test("mcp_people has a person with identities, mcp_connections a line for each client", async () => {
  const { tenant, read } = await open();
  const first = await issueFamily(database, tenant, {
    completion: PERSON,
    approval: { p_scope: "openid read" },
  });
  await issueFamily(database, tenant, { completion: PERSON, approval: { p_scope: "openid write" } });
  await call(service, "open_mcp_call", {
    p_slug: tenant.slug,
    p_family_id: first.familyId,
    p_session_hash: newHash(),
  });
  await owner`
    update public.mcp_server_session set last_seen_at = now() + interval '1 hour'
    where organization_id = ${tenant.organizationId}`;

  const [person, ...people] = await read("mcp_people");
  const [connection, ...connections] = await read("mcp_connections");

  assertEquals([person!.email, person!.name, people, connections], ["ada@example.com", "Ada", [], []]);
  assertEquals((person!.identities as Row[]).map(({ subject }) => subject), ["ada"]);
  assertEquals(
    [connection!.email, connection!.client_name, connection!.server, connection!.logins, connection!.scopes],
    ["ada@example.com", "Test client", tenant.slug, 2, ["openid", "read", "write"]],
  );
  assertEquals(Number(connection!.last_used_at) > Number(connection!.first_used_at) + 3_000_000, true);
});

Deno.test("mcp_upstream_tokens says whose a token is, when it was renewed and since when it is refused", async () => {
  const { tenant, read } = await open();
  const { upstreamTokenId } = await issueFamily(database, tenant, { completion: PERSON });
  await owner`
    update public.upstream_oauth_tokens
    set refreshed_at = '2026-11-01', first_refused_at = '2026-11-02', refusals = 2 where id = ${upstreamTokenId}`;

  const [token, ...others] = await read("mcp_upstream_tokens");

  assertEquals([token!.email, token!.provider, token!.refusals, others], [
    "ada@example.com",
    "Test provider",
    2,
    [],
  ]);
  assertEquals([token!.renewed_at, token!.refused_at], [new Date("2026-11-01Z"), new Date("2026-11-02Z")]);
});

Deno.test("mcp_login_attempts has a login a line: under way, completed, failed and abandoned", async () => {
  const { tenant, read } = await open();
  const outcomes = async (): Promise<unknown[]> =>
    (await read("mcp_login_attempts")).map(({ outcome, reason, email }) => [outcome, reason, email]);

  const approval = buildApproval(tenant);
  await call(service, "open_authorization_session", approval);
  assertEquals(await outcomes(), [["under way", null, null]]);

  await owner`
    update public.mcp_authorization_sessions set expires_at = now() where state_hash = ${
    String(approval.p_state_hash)
  }`;
  assertEquals(await outcomes(), [["abandoned", "provider_sent_nobody_back", null]]);
  await owner`delete from public.mcp_authorization_sessions where organization_id = ${tenant.organizationId}`;

  await issueFamily(database, tenant, { completion: PERSON });
  await owner`delete from public.mcp_authorization_sessions where organization_id = ${tenant.organizationId}`;
  assertEquals(await outcomes(), [["completed", "created", "ada@example.com"]]);

  const { sessionId } = await claimSession(service, tenant);
  await call(service, "fail_authorization_session", {
    p_session_id: sessionId,
    p_reason: "upstream_refused",
    p_retry: false,
    p_detail: { step: "token", status: 401, error_code: "invalid_client" },
  });
  await owner`delete from public.mcp_authorization_sessions where organization_id = ${tenant.organizationId}`;
  const failed = (await read("mcp_login_attempts")).find(({ outcome }) => outcome === "failed");
  assertEquals([failed?.step, failed?.status, failed?.error_code, failed?.client_name], [
    "token",
    401,
    "invalid_client",
    "Test client",
  ]);
});

Deno.test("mcp_login_attempts has a line for each login that the audit counts in one row, found by its request id", async () => {
  const { tenant, read } = await open();
  const requestIds = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
  for (const id of requestIds) {
    await service`select set_config('request.headers', ${JSON.stringify({ "x-request-id": id })}, false)`;
    const { sessionId } = await claimSession(service, tenant);
    await call(service, "fail_authorization_session", {
      p_session_id: sessionId,
      p_reason: "upstream_denied",
      p_retry: false,
    });
  }
  await service`select set_config('request.headers', '', false)`;
  await owner`delete from public.mcp_authorization_sessions where organization_id = ${tenant.organizationId}`;

  const rows = await owner`
    select count(*)::integer as count from public.mcp_audit_events
    where organization_id = ${tenant.organizationId} and event = 'login_failed'`;
  const attempts = await read("mcp_login_attempts");

  assertEquals(rows[0]?.count, 1);
  assertEquals(attempts.map(({ request_id }) => request_id).sort(), requestIds.sort());
  assertEquals(
    new Set(attempts.map(({ outcome, reason }) => `${outcome} ${reason}`)),
    new Set(["failed upstream_denied"]),
  );
  assertEquals(attempts.filter(({ began_at }) => began_at !== null).length, 1);
});

Deno.test("mcp_login_attempts has one line of a login that met trouble, says which while it lasts, and then how it ended", async () => {
  const { tenant, read } = await open();
  await service`select set_config('request.headers', ${
    JSON.stringify({ "x-request-id": crypto.randomUUID() })
  }, false)`;
  const { sessionId, approval } = await claimSession(service, tenant);
  const outcomes = async (): Promise<unknown[]> =>
    (await read("mcp_login_attempts")).map(({ outcome, reason, status }) => [outcome, reason, status]);

  await call(service, "fail_authorization_session", {
    p_session_id: sessionId,
    p_reason: "upstream_unavailable",
    p_retry: true,
    p_detail: { step: "token", status: 503 },
  });
  const delayed = await outcomes();
  await call(service, "claim_authorization_session", {
    p_state_hash: approval.p_state_hash,
    p_browser_hash: approval.p_browser_hash,
  });
  await call(service, "complete_authorization", buildCompletion(tenant, sessionId, PERSON));
  await service`select set_config('request.headers', '', false)`;

  assertEquals(delayed, [["under way", "upstream_unavailable", 503]]);
  assertEquals(await outcomes(), [["completed", "created", null]]);
});

const ENDINGS: [reason: string, event: string | null, end: (login: Ending) => Promise<unknown>][] = [
  ["client_revoked", "tokens_revoked", ({ tenant, handleHash }) =>
    call(service, "revoke_token", {
      p_slug: tenant.slug,
      p_client_id: tenant.clientId,
      p_client_secret_hash: null,
      p_handle_hash: handleHash,
      p_family_id: null,
    })],
  [
    "organization_revoked",
    "connections_revoked",
    ({ admin, tenant }) => call(admin, "revoke_mcp_server_connections", { p_mcp_server_id: tenant.serverId }),
  ],
  [
    "organization_revoked",
    "user_tokens_revoked",
    ({ admin, userId }) => call(admin, "revoke_mcp_server_user_tokens", { p_mcp_server_user_id: userId }),
  ],
  [
    "user_blocked",
    "user_blocked",
    ({ admin, userId }) =>
      call(admin, "block_mcp_server_user", { p_mcp_server_user_id: userId, p_blocked: true }),
  ],
  [
    "refresh_token_expired",
    null,
    ({ familyId }) => owner`update public.mcp_proxy_tokens set expires_at = now() where id = ${familyId}`,
  ],
  ["mcp_server_refused_token", "upstream_token_ended", async ({ upstreamTokenId }) => {
    const [entry] = await owner`
      select access_token_ciphertext from public.upstream_oauth_tokens where id = ${upstreamTokenId}`;
    return await call(service, "end_upstream_token", {
      p_upstream_token_id: upstreamTokenId,
      p_lease_hash: null,
      p_known_access_token: entry?.access_token_ciphertext,
      p_reason: "mcp_server_refused_token",
    });
  }],
];

Deno.test("mcp_ended_logins does not list logins at Gatepost's own page", async () => {
  const { tenant, read } = await open();
  const { familyId } = await logInAtOwnPage(database, tenant);

  await owner`update public.mcp_proxy_tokens set expires_at = now() where id = ${familyId}`;

  assertEquals(await read("mcp_ended_logins"), []);
});

interface Ending {
  tenant: Tenant;
  admin: Sql;
  userId: string;
  familyId: string;
  handleHash: string;
  upstreamTokenId: string;
}

for (const [reason, event, end] of ENDINGS) {
  Deno.test(`mcp_ended_logins answers why somebody was logged out: ${reason}, ${event ?? "without an event"}`, async () => {
    const { tenant, read } = await open();
    const admin = await makePlatformUser(database, tenant.organizationId, "admin");
    const login = await issueFamily(database, tenant, { completion: PERSON });
    assertEquals(await read("mcp_ended_logins"), []);

    await end({ tenant, admin: admin.sql, ...login });

    const ended = (await read("mcp_ended_logins")).map((
      row,
    ) => [row.email, row.server, row.reason, row.event]);
    assertEquals(ended, [["ada@example.com", tenant.slug, reason, event]]);
  });
}
