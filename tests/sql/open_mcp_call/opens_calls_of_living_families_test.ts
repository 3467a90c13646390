import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { issueFamily, makeTenant, newHash } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

const nothing = {
  organization_id: null,
  mcp_server_user_id: null,
  client_id: null,
  email: null,
  email_verified: null,
  upstream_token_id: null,
  access_token_ciphertext: null,
  upstream_expires_at: null,
  upstream_refreshed_at: null,
};

Deno.test("open_mcp_call answers open with the user and the sealed upstream token", async () => {
  const tenant = await makeTenant(database);
  const { familyId, userId, upstreamTokenId } = await issueFamily(database, tenant, {
    completion: { p_access_token: "sealed", p_expires_at: new Date("2027-01-01T00:00:00Z") },
  });

  const opened = await call(service, "open_mcp_call", {
    p_slug: tenant.slug,
    p_family_id: familyId,
    p_session_hash: null,
  });

  assertEquals(opened, {
    outcome: "open",
    organization_id: tenant.organizationId,
    mcp_server_user_id: userId,
    client_id: tenant.clientId,
    email: null,
    email_verified: false,
    upstream_token_id: upstreamTokenId,
    access_token_ciphertext: "sealed",
    upstream_expires_at: new Date("2027-01-01T00:00:00Z"),
    upstream_refreshed_at: null,
  });
});

Deno.test("open_mcp_call records the MCP session once, with its first and last sight", async () => {
  const tenant = await makeTenant(database);
  const { familyId, userId } = await issueFamily(database, tenant);
  const args = { p_slug: tenant.slug, p_family_id: familyId, p_session_hash: newHash() };

  await call(service, "open_mcp_call", args);
  await owner`update public.mcp_server_session set first_seen_at = now() - interval '1 hour',
    last_seen_at = now() - interval '1 hour' where session_hash = ${args.p_session_hash}`;
  await call(service, "open_mcp_call", args);
  await call(service, "open_mcp_call", { ...args, p_session_hash: null });

  const sessions = await owner`
    select mcp_server_user_id, client_id, last_seen_at - first_seen_at >= interval '1 hour' as seen_again,
      keep_until = ((now() at time zone 'UTC') + interval '365 days')::date as kept_for_a_year
    from public.mcp_server_session where mcp_server_id = ${tenant.serverId}`;
  assertEquals(sessions.map((session) => ({ ...session })), [
    { mcp_server_user_id: userId, client_id: tenant.clientId, seen_again: true, kept_for_a_year: true },
  ]);
});

const endings: [string, string, (ids: Record<string, string>) => PromiseLike<unknown>][] = [
  [
    "ended",
    "the family is revoked",
    ({ familyId = "" }) =>
      owner`update public.mcp_proxy_tokens set revoked_at = now(), revoked_reason = 'test', expires_at = now()
      where id = ${familyId}`,
  ],
  [
    "ended",
    "the user is blocked",
    ({ userId = "" }) => owner`update public.mcp_server_user set blocked_at = now() where id = ${userId}`,
  ],
  [
    "ended",
    "the server is disabled",
    ({ serverId = "" }) => owner`update public.mcp_servers set disabled_at = now() where id = ${serverId}`,
  ],
  [
    "upstream_ended",
    "the vault entry has ended",
    ({ upstreamTokenId = "" }) =>
      owner`update public.upstream_oauth_tokens set ended_at = now(), ended_reason = 'test'
      where id = ${upstreamTokenId}`,
  ],
];
for (const [outcome, when, act] of endings) {
  Deno.test(`open_mcp_call answers ${outcome} when ${when}`, async () => {
    const tenant = await makeTenant(database);
    const { familyId, userId, upstreamTokenId } = await issueFamily(database, tenant);
    await act({ familyId, userId, upstreamTokenId, serverId: tenant.serverId });

    const refused: Row = await call(service, "open_mcp_call", {
      p_slug: tenant.slug,
      p_family_id: familyId,
      p_session_hash: newHash(),
    });

    assertEquals(refused, { outcome, ...nothing });
    const [sessions] = await owner`
      select count(*)::integer as count from public.mcp_server_session where mcp_server_id = ${tenant.serverId}`;
    assertEquals(sessions?.count, 0);
  });
}

Deno.test("open_mcp_call answers ended at another server", async () => {
  const [tenant, other] = [await makeTenant(database), await makeTenant(database)];
  const { familyId } = await issueFamily(database, tenant);

  const ended = await call(service, "open_mcp_call", {
    p_slug: other.slug,
    p_family_id: familyId,
    p_session_hash: null,
  });

  assertEquals(ended, { outcome: "ended", ...nothing });
});
