import { assert, assertEquals } from "@std/assert";
import { attemptAuthorization, discover, register } from "../support/client/mcp_client.ts";
import { openBrowser, openConsent, reachCallback, readLocation } from "../support/client/browser.ts";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
const MOST_UNUSED_CLIENTS = 10_000;
const MOST_SESSIONS = 10_000;

Deno.test("A18: a registration flood is bounded, and takes no client that somebody uses", async () => {
  await using scene = await setScene(stack);
  await using neighbour = await setScene(stack);
  await logIn(scene);
  const approved = await register(scene.client.discovery);
  const browser = openBrowser();
  const callback = await reachCallback(browser, (await attemptAuthorization(approved)).url);
  await floodWithClients(scene);

  for (let count = 0; count < 30; count++) {
    await register(scene.client.discovery, { client_name: `Flood ${count}` });
  }
  const newcomer = await register(scene.client.discovery, { client_name: "Newcomer" });

  const unused = await stack.sql`
    select count(*)::integer as count from public.mcp_client_registrations
    where mcp_server_id = ${scene.tenant.serverId} and expires_at is not null`;
  assert(unused[0]?.["count"] <= MOST_UNUSED_CLIENTS, `${unused[0]?.["count"]} unused clients`);
  await logIn(scene);
  await logIn({ client: newcomer });
  await logIn(neighbour);
  assertEquals((await readLocation(await browser.get(callback))).searchParams.has("code"), true);
});

Deno.test("A18: a consent flood is bounded, and a login that starts during it finishes", async () => {
  await using scene = await setScene(stack);
  await floodWithSessions(scene);
  const browser = openBrowser();
  const callback = await reachCallback(browser, (await attemptAuthorization(scene.client)).url);

  for (let count = 0; count < 10; count++) {
    const attacker = openBrowser();
    const { url } = await attemptAuthorization(scene.client);
    const form = await openConsent(attacker, url);
    await readLocation(await attacker.post(`${url.origin}${url.pathname}`, { form, decision: "approve" }));
  }

  const sessions = await stack.sql`
    select count(*)::integer as count from public.mcp_authorization_sessions
    where mcp_server_id = ${scene.tenant.serverId}`;
  assert(sessions[0]?.["count"] <= MOST_SESSIONS, `${sessions[0]?.["count"]} sessions`);
  assertEquals((await readLocation(await browser.get(callback))).searchParams.has("code"), true);
});

Deno.test("A18: a flood of GET requests writes nothing, good ones and bad ones alike", async () => {
  await using scene = await setScene(stack);
  const { url } = await attemptAuthorization(scene.client);
  const urls = [
    url.href,
    url.href.replace(scene.client.clientId, "mcr_unknown"),
    `${url.origin}${url.pathname}`,
    `${scene.tenant.issuer}/.well-known/openid-configuration`,
    `${stack.status.PUBLIC_URL}/oauth-callback/org_demo?state=${"s".repeat(43)}&code=x`,
    scene.tenant.mcpUrl,
    scene.client.discovery.userinfo_endpoint,
    scene.client.discovery.jwks_uri,
    scene.client.discovery.token_endpoint,
    scene.client.discovery.registration_endpoint,
  ];
  const before = await fingerprint(scene);

  for (let round = 0; round < 20; round++) {
    await Promise.all(urls.map(async (address) => {
      const response = await fetch(address, { headers: { Accept: "text/html" }, redirect: "manual" });
      await response.body?.cancel();
    }));
  }

  assertEquals(await fingerprint(scene), before);
});

Deno.test("A18: a flood that is refused writes nothing either", async () => {
  await using scene = await setScene(stack);
  const { discovery, clientId } = scene.client;
  const { url } = await attemptAuthorization(scene.client);
  const action = `${url.origin}${url.pathname}`;
  const before = await fingerprint(scene);

  for (let round = 0; round < 10; round++) {
    const answers = await Promise.all([
      fetch(discovery.registration_endpoint, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ redirect_uris: ["javascript:alert(1)"] }),
      }),
      openBrowser().post(action, { form: "forged", decision: "approve" }),
      openBrowser().post(discovery.token_endpoint, {
        grant_type: "authorization_code",
        code: crypto.randomUUID(),
        client_id: clientId,
      }),
      openBrowser().post(discovery.token_endpoint, {
        grant_type: "refresh_token",
        refresh_token: `gpr_${"A".repeat(65)}`,
        client_id: clientId,
      }),
    ]);
    for (const answer of answers) {
      assertEquals(answer.status, 400);
      await answer.body?.cancel();
    }
  }

  assertEquals(await fingerprint(scene), before);
});

Deno.test("A18: what a flood leaves behind expires and is cleaned up on the way", async () => {
  await using scene = await setScene(stack);
  await floodWithSessions(scene, 500, "3 hours");
  await stack.sql`
    insert into public.mcp_client_registrations
      (organization_id, mcp_server_id, client_id, kind, token_endpoint_auth_method, redirect_uris, grant_types,
       expires_at)
    select organization_id, id, 'expired-' || number || id, 'dynamic', 'none', array['https://flood.example/cb'],
      array['authorization_code'], now() - interval '1 minute'
    from public.mcp_servers, generate_series(1, 500) as number where id = ${scene.tenant.serverId}`;
  const before = await countLeftovers(scene);

  for (let count = 0; count < 5; count++) {
    await register(await discover(scene.tenant.mcpUrl));
  }

  const after = await countLeftovers(scene);
  assert(
    after.clients < before.clients && after.sessions < before.sessions,
    JSON.stringify({ before, after }),
  );
});

/** As many unused clients as a server may have, as a flood would leave them. */
async function floodWithClients({ tenant }: Scene): Promise<void> {
  await stack.sql`
    insert into public.mcp_client_registrations
      (organization_id, mcp_server_id, client_id, kind, token_endpoint_auth_method, redirect_uris, grant_types)
    select organization_id, id, 'flood-' || number || id, 'dynamic', 'none', array['https://flood.example/cb'],
      array['authorization_code']
    from public.mcp_servers, generate_series(1, ${MOST_UNUSED_CLIENTS}) as number where id = ${tenant.serverId}`;
}

/** As many sessions as a server may have, as a flood would leave them. */
async function floodWithSessions({ tenant }: Scene, count = MOST_SESSIONS, age = "1 minute"): Promise<void> {
  await stack.sql`
    insert into public.mcp_authorization_sessions
      (organization_id, mcp_server_id, mcp_client_registration_id, oauth_config_id, client_generation, state_hash, browser_hash, form_hash,
       request_ciphertext, redirect_uri, resource, scope, code_challenge, created_at, expires_at)
    select server.organization_id, server.id, client.id, server.custom_oauth_config_id, 1,
      left(md5('state' || number || server.id) || md5('s'), 43), left(md5('browser' || number) || md5('b'), 43),
      left(md5('form' || number || server.id) || md5('f'), 43), 'sealed', 'https://flood.example/cb', 'resource', '', 'c',
      now() - ${age}::text::interval, now() - ${age}::text::interval + interval '10 minutes'
    from public.mcp_servers as server
    join public.mcp_client_registrations as client on client.mcp_server_id = server.id,
    generate_series(1, ${count}::integer) as number
    where server.id = ${tenant.serverId}`;
}

async function countLeftovers({ tenant }: Scene): Promise<{ clients: number; sessions: number }> {
  const [row] = await stack.sql`
    select
      (select count(*)::integer from public.mcp_client_registrations
       where mcp_server_id = ${tenant.serverId} and expires_at < now()) as clients,
      (select count(*)::integer from public.mcp_authorization_sessions
       where mcp_server_id = ${tenant.serverId} and expires_at < now() - interval '1 hour') as sessions`;
  return { clients: Number(row?.["clients"]), sessions: Number(row?.["sessions"]) };
}

/** Changes with every row that is written for a tenant. */
async function fingerprint({ tenant }: Scene): Promise<Record<string, string>> {
  const tables = await stack.sql`
    select table_name as name from information_schema.columns
    where table_schema = 'public' and column_name = 'organization_id'`;
  const prints: Record<string, string> = {};
  for (const { name } of tables) {
    const [row] = await stack.sql`
      select md5(coalesce(string_agg(entry::text, '' order by entry::text), '')) as print
      from public.${stack.sql(name)} as entry where entry.organization_id = ${tenant.organizationId}`;
    prints[name] = String(row?.["print"]);
  }
  return prints;
}
