import { assert, assertEquals } from "@std/assert";
import { attemptAuthorization, register } from "../support/client/mcp_client.ts";
import { openBrowser, openConsent, reachCallback, readLocation } from "../support/client/browser.ts";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { countBounded, fillClients, fillSessions } from "../support/database/bounds.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
const FLOOD = { redirect_uris: ["https://flood.example/callback"], client_name: "Flood" };

Deno.test("A18: a registration flood is bounded, and people register and log in during it and after it", async () => {
  await using scene = await setScene(stack);
  await using neighbour = await setScene(stack);
  await logIn(scene);
  const approved = await register(scene.client.discovery);
  const browser = openBrowser();
  const callback = await reachCallback(browser, attemptAuthorization(approved).url);
  await fillClients(stack.sql, scene.tenant, "flood.example", { age: "10 seconds" });
  const before = await countBounded(stack.sql, scene.tenant);

  const answers = [];
  for (let count = 0; count < 30; count++) {
    answers.push(await flood(scene));
  }
  const newcomer = await register(scene.client.discovery, { client_name: "Newcomer" });

  assertEquals(new Set(answers), new Set(["429 60 temporarily_unavailable"]));
  assertEquals(await countBounded(stack.sql, scene.tenant), { ...before, clients: before.clients + 1 });
  await logIn(scene);
  await logIn({ client: newcomer });
  await logIn(neighbour);
  assertEquals((await readLocation(await browser.get(callback))).searchParams.has("code"), true);
  await logIn({ client: await register(scene.client.discovery, { client_name: "Latecomer" }) });
});

Deno.test("A18: a consent flood is bounded, and logins before, during and after it finish", async () => {
  await using scene = await setScene(stack);
  const browser = openBrowser();
  const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);
  const flooder = await register(scene.client.discovery, FLOOD);
  const { url } = attemptAuthorization(flooder, { redirect_uri: FLOOD.redirect_uris[0] });

  for (let count = 0; count < 60; count++) {
    const attacker = openBrowser();
    const form = await openConsent(attacker, url);
    await readLocation(await attacker.post(`${url.origin}${url.pathname}`, { form, decision: "approve" }));
  }

  const { logins } = await countBounded(stack.sql, scene.tenant);
  assert(logins <= 1 + 20, `${logins} logins`);
  assertEquals((await readLocation(await browser.get(callback))).searchParams.has("code"), true);
  await logIn(scene);
});

Deno.test("A18: a flood of GET requests writes nothing, good ones and bad ones alike", async () => {
  await using scene = await setScene(stack);
  const { url } = attemptAuthorization(scene.client);
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
  const { url } = attemptAuthorization(scene.client);
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
  await fillSessions(stack.sql, scene.tenant, { age: "3 hours", source: "flood" });
  await stack.sql`
    insert into public.mcp_client_registrations
      (organization_id, mcp_server_id, client_id, kind, token_endpoint_auth_method, redirect_uris, grant_types,
       expires_at)
    select organization_id, id, 'expired-' || number || id, 'dynamic', 'none', array['https://flood.example/cb'],
      array['authorization_code'], now() - interval '1 minute'
    from public.mcp_servers, generate_series(1, 500) as number where id = ${scene.tenant.serverId}`;
  const before = await countLeftovers(scene);

  // One registration in 25 cleans up, in the background: a thousand without one do not happen.
  let after = before;
  for (let count = 0; count < 1_000 && !isCleanedUp(before, after); count++) {
    await register(scene.client.discovery);
    after = await countLeftovers(scene);
  }

  assert(isCleanedUp(before, after), JSON.stringify({ before, after }));
});

/** A registration makes room by itself, so that fewer clients alone say nothing. */
function isCleanedUp(before: Leftovers, after: Leftovers): boolean {
  return after.clients < before.clients && after.sessions < before.sessions;
}

/** A registration of the flood, as the status, the time to wait and the error that answer it. */
async function flood({ client }: Scene): Promise<string> {
  const response = await fetch(client.discovery.registration_endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(FLOOD),
  });
  const { error } = await response.json();
  return `${response.status} ${response.headers.get("Retry-After")} ${error}`;
}

interface Leftovers {
  clients: number;
  sessions: number;
}

async function countLeftovers({ tenant }: Scene): Promise<Leftovers> {
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
