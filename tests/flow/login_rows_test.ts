/**
 * The rows that a login leaves in each table.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { decodeJwt } from "jose";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";
import { startReferenceServer } from "../support/mcp_server/reference/servers.ts";
import { startProvider } from "../support/provider/provider.ts";
import {
  attemptAuthorization,
  callTool,
  connect,
  decide,
  discover,
  followCallback,
  logInAndRedeem,
  openConsentForm,
  postMessage,
  reachCallback,
  REDIRECT_URI,
  refreshForm,
  register,
  requestTokens,
} from "../support/client/mcp_client.ts";
import { useStack } from "../support/stack/stack.ts";
import { insert, makeTenant } from "../support/stack/tenant.ts";

const stack = await useStack("own");
const ada = { userName: "ada" };

Deno.test("a registration leaves one row that expires unless it is used", async () => {
  const { clientId, clientSecret } = await register(await discover(stack.status.MCP_URL), {
    token_endpoint_auth_method: "client_secret_basic",
  });

  const [row] = await stack.sql`
    select organization_id, mcp_server_id, kind, client_secret_hash, token_endpoint_auth_method, client_name,
      redirect_uris, first_used_at, expires_at > now() as expires_later
    from public.mcp_client_registrations where client_id = ${clientId}`;

  assertEquals({ ...row }, {
    organization_id: "org_demo",
    mcp_server_id: "mcps_demo",
    kind: "dynamic",
    client_secret_hash: hashSecret(clientSecret!),
    token_endpoint_auth_method: "client_secret_basic",
    client_name: "Plain client",
    redirect_uris: [REDIRECT_URI],
    first_used_at: null,
    expires_later: true,
  });
});

Deno.test("looking at the consent page leaves no row at all", async () => {
  const client = await register(await discover(stack.status.MCP_URL));
  const { url } = attemptAuthorization(client);
  const before = await countRows();

  await openConsentForm(url);
  await openConsentForm(url);

  assertEquals(await countRows(), before);
});

Deno.test("an approval leaves one open session and nothing else", async () => {
  const client = await register(await discover(stack.status.MCP_URL));
  const { url, nonce } = attemptAuthorization(client);
  const before = await countRows();

  const approval = await decide(url, await openConsentForm(url), "approve");

  const state = new URL(approval.headers.get("Location")!).searchParams.get("state")!;
  const [row] = await stack.sql`
    select redirect_uri, resource, scope, nonce, code_challenge, claimed_at, completed_at, failed_at,
      extract(epoch from expires_at - created_at)::integer as seconds
    from public.mcp_authorization_sessions where state_hash = ${hashSecret(state)}`;
  assertEquals({ ...row }, {
    redirect_uri: REDIRECT_URI,
    resource: stack.status.MCP_URL,
    scope: "openid email profile offline_access",
    nonce,
    code_challenge: url.searchParams.get("code_challenge"),
    claimed_at: null,
    completed_at: null,
    failed_at: null,
    seconds: 600,
  });
  assertEquals(await countRows(), {
    ...before,
    mcp_authorization_sessions: before["mcp_authorization_sessions"]! + 1,
  });
});

Deno.test("a callback leaves a user, an identity, a vault entry and a code, all of one person", async () => {
  const client = await register(await discover(stack.status.MCP_URL));
  const pending = await reachCallback(client, { userName: "rosa" });

  const returned = new URL((await followCallback(pending)).headers.get("Location")!);

  const codeHash = hashSecret(returned.searchParams.get("code")!);
  const [code] = await stack.sql`
    select organization_id, mcp_server_id, mcp_server_user_id, upstream_token_id, redirect_uri, resource, scope,
      spent_at, mcp_proxy_token_id, extract(epoch from expires_at - created_at)::integer as seconds
    from public.mcp_authorization_codes where code_hash = ${codeHash}`;
  const { mcp_server_user_id: userId, upstream_token_id: vaultId, ...others } = code!;
  assertEquals(others, {
    organization_id: "org_demo",
    mcp_server_id: "mcps_demo",
    redirect_uri: REDIRECT_URI,
    resource: stack.status.MCP_URL,
    scope: "openid email profile offline_access",
    spent_at: null,
    mcp_proxy_token_id: null,
    seconds: 60,
  });

  const [user] = await stack.sql`
    select organization_id, auth_type, email, email_verified, upstream_sub, profile_data, tracking_hash, blocked_at
    from public.mcp_server_user where id = ${userId}`;
  assertEquals({ ...user }, {
    organization_id: "org_demo",
    auth_type: "custom_oauth",
    email: "rosa@example.com",
    email_verified: true,
    upstream_sub: "rosa",
    profile_data: {
      sub: "rosa",
      name: "Rosa",
      email: "rosa@example.com",
      email_verified: true,
      preferred_username: "rosa",
      picture: "https://example.com/rosa.png",
      updated_at: 1_750_000_000,
    },
    tracking_hash: null,
    blocked_at: null,
  });

  const identities = await stack.sql`
    select organization_id, source, subject, first_oauth_config_id
    from public.mcp_server_user_identities where mcp_server_user_id = ${userId}`;
  assertEquals(identities.map((row) => ({ ...row })), [{
    organization_id: "org_demo",
    source: stack.status.UPSTREAM_ISSUER,
    subject: "rosa",
    first_oauth_config_id: "coac_demo",
  }]);

  const vault = await stack.sql`
    select id, organization_id, oauth_config_id, scope, client_generation, ended_at,
      access_token_ciphertext, refresh_token_ciphertext,
      expires_at between now() + interval '50 minutes' and now() + interval '61 minutes' as expires_in_an_hour
    from public.upstream_oauth_tokens where mcp_server_user_id = ${userId}`;
  assertEquals(vault.length, 1);
  const { access_token_ciphertext, refresh_token_ciphertext, ...entry } = vault[0]!;
  assertEquals(entry, {
    id: vaultId,
    organization_id: "org_demo",
    oauth_config_id: "coac_demo",
    scope: "openid email profile offline_access",
    client_generation: 1,
    ended_at: null,
    expires_in_an_hour: true,
  });
  for (const ciphertext of [access_token_ciphertext, refresh_token_ciphertext]) {
    assertMatch(ciphertext, /^[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/);
  }

  const [session] = await stack.sql`
    select claimed_at is not null as claimed, completed_at is not null as completed, failed_at
    from public.mcp_authorization_sessions
    where state_hash = ${hashSecret(pending.callbackUrl.searchParams.get("state")!)}`;
  assertEquals({ ...session }, { claimed: true, completed: true, failed_at: null });

  const [registration] = await stack.sql`
    select first_used_at is not null as used, expires_at
    from public.mcp_client_registrations where client_id = ${client.clientId}`;
  assertEquals({ ...registration }, { used: true, expires_at: null });
});

Deno.test("a redemption spends the code and leaves one token family, a refresh leaves it one", async () => {
  const client = await connect(stack.status.MCP_URL, { userName: "rosa" });
  const { sid, sub } = decodeJwt(client.tokens.access_token);

  const [code] = await stack.sql`
    select spent_at is not null as spent, mcp_proxy_token_id
    from public.mcp_authorization_codes where code_hash = ${hashSecret(client.code)}`;
  assertEquals({ ...code }, { spent: true, mcp_proxy_token_id: sid });
  assertEquals(await readFamily(), {
    organization_id: "org_demo",
    mcp_server_id: "mcps_demo",
    mcp_server_user_id: sub,
    resource: stack.status.MCP_URL,
    scope: "openid email profile offline_access",
    rotated: false,
    revoked_at: null,
    lives_a_month: true,
  });

  await requestTokens(client.discovery, refreshForm(client, client.tokens.refresh_token));

  assertEquals((await readFamily())["rotated"], true);
  const [{ count }] = await stack.sql<[{ count: number }]>`
    select count(*)::integer from public.mcp_proxy_tokens as family
    join public.mcp_client_registrations as client on client.id = family.mcp_client_registration_id
    where client.client_id = ${client.clientId}`;
  assertEquals(count, 1);

  async function readFamily(): Promise<Record<string, unknown>> {
    const [row] = await stack.sql`
      select organization_id, mcp_server_id, mcp_server_user_id, resource, scope, rotated_at is not null as rotated,
        revoked_at, expires_at between now() + interval '29 days' and now() + interval '31 days' as lives_a_month
      from public.mcp_proxy_tokens where id = ${sid as string}`;
    return { ...row };
  }
});

Deno.test("the audit says who registered and who logged in, in order", async () => {
  const client = await connect(stack.status.MCP_URL, { userName: "newcomer" });
  const { sub } = decodeJwt(client.tokens.access_token);

  const events = await stack.sql`
    select organization_id, mcp_server_id, mcp_server_user_id, client_id, event, reason
    from public.mcp_audit_events where client_id = ${client.clientId} or mcp_server_user_id = ${sub!}
    order by id`;

  const common = { organization_id: "org_demo", mcp_server_id: "mcps_demo", client_id: client.clientId };
  assertEquals(events.map((row) => ({ ...row })), [
    { ...common, mcp_server_user_id: null, event: "client_registered", reason: null },
    {
      ...common,
      mcp_server_id: null,
      mcp_server_user_id: sub,
      client_id: null,
      event: "user_created",
      reason: null,
    },
    { ...common, mcp_server_user_id: sub, event: "login_completed", reason: "created" },
  ]);
});

Deno.test("two logins of one person are one user, whatever the client", async () => {
  const first = await connect(stack.status.MCP_URL, { userName: "twice" });
  const second = await connect(stack.status.MCP_URL, { userName: "twice" });

  assertEquals(decodeJwt(second.tokens.access_token).sub, decodeJwt(first.tokens.access_token).sub);
  assertEquals(await countUsers("twice"), 1);
  const [last] = await stack.sql`
    select reason from public.mcp_audit_events
    where client_id = ${second.clientId} and event = 'login_completed'`;
  assertEquals(last!["reason"], "matched");
});

Deno.test("two people are two users, in one client too", async () => {
  const client = await register(await discover(stack.status.MCP_URL));
  const subjects = [];
  for (const userName of ["first-person", "second-person"]) {
    const { tokens } = await logInAndRedeem(client, { userName });
    subjects.push(decodeJwt(tokens.access_token).sub);

    const { mcp_server_user_id, userinfo } = JSON.parse(
      await callTool(stack.status.MCP_URL, tokens.access_token, "whoami"),
    );
    assertEquals(mcp_server_user_id, subjects.at(-1));
    assertEquals(userinfo.sub, userName);
  }

  assertEquals(new Set(subjects).size, 2);
});

Deno.test("one person of two organizations is two users", async () => {
  await using provider = await startProvider();
  const subjects = [];
  for (const id of ["org_north", "org_south"]) {
    const organizationId = await insert(stack, "organizations", { id, name: id });
    const { mcpUrl } = await makeTenant(stack, provider, { organizationId });
    const { tokens } = await connect(mcpUrl, ada);
    subjects.push(decodeJwt(tokens.access_token).sub);
  }

  assertEquals(new Set(subjects).size, 2);
  const users = await stack.sql`
    select organization_id, email from public.mcp_server_user where id = any (${subjects as string[]})
    order by organization_id`;
  assertEquals(users.map((row) => ({ ...row })), [
    { organization_id: "org_north", email: "ada@example.com" },
    { organization_id: "org_south", email: "ada@example.com" },
  ]);
});

Deno.test("an MCP session leaves one row of its user, by its hash", async () => {
  await using provider = await startProvider();
  await using mcpServer = startReferenceServer("SDK 2, stateful");
  const { mcpUrl, organizationId, serverId } = await makeTenant(stack, provider, {
    server: { upstream_url: mcpServer.url },
  });
  const client = await connect(mcpUrl, ada);
  const { access_token } = client.tokens;

  const initialized = await postMessage(mcpUrl, access_token, {
    id: 1,
    method: "initialize",
    params: {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "plain", version: "1.0.0" },
    },
  });
  await initialized.body?.cancel();
  const sessionId = initialized.headers.get("Mcp-Session-Id");
  assert(sessionId);
  for (const id of [2, 3]) {
    const listed = await postMessage(mcpUrl, access_token, { id, method: "tools/list" }, {
      "Mcp-Session-Id": sessionId,
    });
    assertEquals(listed.status, 200);
    await listed.body?.cancel();
  }

  const rows = await stack.sql`
    select organization_id, mcp_server_id, mcp_server_user_id, session_hash, client_id
    from public.mcp_server_session where mcp_server_id = ${serverId}`;
  assertEquals(rows.map((row) => ({ ...row })), [{
    organization_id: organizationId,
    mcp_server_id: serverId,
    mcp_server_user_id: decodeJwt(access_token).sub,
    session_hash: hashSecret(sessionId),
    client_id: client.clientId,
  }]);
});

async function countUsers(upstreamSub: string): Promise<number> {
  const [row] = await stack.sql`
    select count(*)::integer as users from public.mcp_server_user where upstream_sub = ${upstreamSub}`;
  return row!["users"];
}

/** The number of rows of every table, by name. */
async function countRows(): Promise<Record<string, number>> {
  const tables = await stack.sql`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE'`;
  const counts = await Promise.all(tables.map(async ({ name }) => {
    const [row] = await stack.sql`select count(*)::integer as rows from ${stack.sql(`public.${name}`)}`;
    return [name, row!["rows"]];
  }));
  return Object.fromEntries(counts);
}
