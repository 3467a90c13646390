import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertRefused, assertShown } from "../support/client/attack_answers.ts";
import { openBrowser } from "../support/client/browser.ts";
import { attemptAuthorization, postForm, redemptionForm, refreshForm } from "../support/client/mcp_client.ts";
import { logInAtPage, pageOf, reachPageCallback, readPageToken } from "../support/client/own_page.ts";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
const pageAt = ({ tenant }: Scene): string => pageOf(stack.status.PUBLIC_URL, tenant.slug);

async function countLiving(scene: Scene): Promise<unknown> {
  const [row] = await stack.sql`
    select count(*)::integer as count
    from public.mcp_proxy_tokens as family
    join public.mcp_client_registrations as client on client.id = family.mcp_client_registration_id
    where family.organization_id = ${scene.tenant.organizationId} and family.revoked_at is null
      and client.kind <> 'gatepost'`;
  return row?.["count"];
}

function ask(url: string, token: string, method = "GET"): Promise<Response> {
  return fetch(url, { method, headers: { Authorization: `Bearer ${token}` } });
}

Deno.test("A50: no MCP client's token opens the page's endpoint, even with a scope of that name", async () => {
  await using scene = await setScene(stack, { server: { scopes_supported: ["openid", "connections"] } });
  const { tokens } = await logIn(scene, { scope: "openid connections" });
  assertEquals(tokens.scope, "openid connections");
  const page = pageAt(scene);

  for (const token of [tokens.access_token, tokens.refresh_token, tokens.id_token!]) {
    for (const [method, url] of [["GET", page], ["DELETE", page], ["DELETE", `${page}/mcr_1`]] as const) {
      await assertRefused(await ask(url, token, method), 401, "invalid_token");
    }
    const browser = openBrowser();
    const cookie = `gatepost-connections-${scene.tenant.slug}=${token}`;
    const shown = await assertShown(await browser.get(page, { Cookie: cookie }), 200);
    assertStringIncludes(shown, "log_in");
  }
  assertEquals(await countLiving(scene), 1);
});

Deno.test("A50: the page's token calls no MCP server, reads no claims and is no active token", async () => {
  await using scene = await setScene(stack);
  const token = await logInAtPage(openBrowser(), pageAt(scene));
  const [resourceServer] = await stack.sql`
    select * from public.mcp_resource_servers where mcp_server_id = ${scene.tenant.serverId}`;
  assertEquals(resourceServer, undefined);
  const secret = "resource-server-secret";
  await stack.sql`
    insert into public.mcp_resource_servers (id, organization_id, mcp_server_id, name, secret_hash)
    values (${`mrs_${scene.tenant.slug}`}, ${scene.tenant.organizationId}, ${scene.tenant.serverId}, 'API',
      translate(rtrim(encode(sha256(${secret}::bytea), 'base64'), '='), '+/', '-_'))`;

  const listed = await ask(pageAt(scene), token);
  const call = await ask(scene.tenant.mcpUrl, token, "POST");
  const userinfo = await ask(scene.client.discovery.userinfo_endpoint, token);
  const introspection = await fetch(`${stack.status.PUBLIC_URL}/oauth-introspect/${scene.tenant.slug}`, {
    method: "POST",
    body: new URLSearchParams({ token, client_id: `mrs_${scene.tenant.slug}`, client_secret: secret }),
  });

  assertEquals(listed.status, 200);
  await listed.body?.cancel();
  await assertRefused(call, 401, "invalid_token");
  await assertRefused(userinfo, 401, "invalid_token");
  assertEquals([introspection.status, await introspection.json()], [200, { active: false }]);
  assertEquals(scene.mcpServer.received.length, 0);
});

Deno.test("A50: no MCP client gets a token for the page, and the page's client none for an MCP server", async () => {
  await using scene = await setScene(stack);
  const page = pageAt(scene);
  await (await openBrowser().post(page, { action: "log_in" })).body?.cancel();
  await logIn(scene);

  const asApp = attemptAuthorization(scene.client, { resource: page, scope: "connections" });
  const asPage = attemptAuthorization(scene.client, {
    client_id: "gatepost-connections",
    redirect_uri: `${page}/callback`,
  });
  const elsewhere = attemptAuthorization(scene.client, {
    client_id: "gatepost-connections",
    resource: page,
  });

  const refusals = await Promise.all([asApp, asPage].map(async ({ url }) => {
    const response = await openBrowser().get(url);
    await response.body?.cancel();
    return new URL(response.headers.get("Location") ?? "missing:").searchParams.get("error");
  }));
  assertEquals(refusals, ["invalid_target", "invalid_target"]);
  await assertShown(await openBrowser().get(elsewhere.url), 400);
});

Deno.test("A50: an answer that somebody else began logs nobody in", async () => {
  await using scene = await setScene(stack);
  const [attacker, victim] = [openBrowser(), openBrowser()];
  const callback = await reachPageCallback(attacker, pageAt(scene));

  const response = await victim.get(callback);

  assertEquals(response.headers.get("Location"), `${pageAt(scene)}?login=interrupted`);
  await response.body?.cancel();
  assertEquals(await readPageToken(victim, pageAt(scene)), "");
});

Deno.test("A50: the page's code is spent once, and by nobody without its verifier", async () => {
  await using scene = await setScene(stack);
  const browser = openBrowser();
  const callback = await reachPageCallback(browser, pageAt(scene));
  const thief = {
    ...redemptionForm(scene.client, callback.searchParams.get("code")!, "x".repeat(43)),
    client_id: "gatepost-connections",
    redirect_uri: `${pageAt(scene)}/callback`,
    resource: pageAt(scene),
  };

  await assertRefused(await postForm(scene.client.discovery.token_endpoint, thief), 400, "invalid_grant");
  const late = await browser.get(callback);

  await late.body?.cancel();
  assertEquals(await readPageToken(browser, pageAt(scene)), "");
});

Deno.test("A50: another site's form disconnects nobody, and neither does a link", async () => {
  await using scene = await setScene(stack);
  await logIn(scene);
  const browser = openBrowser();
  const page = pageAt(scene);
  await logInAtPage(browser, page);

  for (
    const Origin of [
      "https://evil.example",
      "null",
      stack.status.PUBLIC_URL.replace("127.0.0.1", "localhost"),
    ]
  ) {
    const response = await browser.post(page, { action: "disconnect_all" }, { Origin });
    await assertShown(response, 403);
  }
  for (const link of [`${page}?action=disconnect_all`, `${page}/disconnect_all`]) {
    await (await browser.get(link)).body?.cancel();
  }
  const noCookie = await fetch(page, {
    method: "DELETE",
    headers: { Cookie: await browser.cookies.getCookieString(page) },
  });
  await assertRefused(noCookie, 401, "invalid_token");

  assertEquals(await countLiving(scene), 1);
});

Deno.test("A50: a person ends no connection of another person, and sees none", async () => {
  await using scene = await setScene(stack);
  await logIn(scene);
  const [connection] = await stack.sql`
    select mcp_client_registration_id as id from public.mcp_proxy_tokens
    where organization_id = ${scene.tenant.organizationId}`;
  scene.provider.program({ person: { sub: "somebody-else" } });
  const token = await logInAtPage(openBrowser(), pageAt(scene));

  const listed = await (await ask(pageAt(scene), token)).json();
  await assertRefused(
    await ask(`${pageAt(scene)}/${connection?.["id"]}`, token, "DELETE"),
    404,
    "not_found",
  );
  const all = await (await ask(pageAt(scene), token, "DELETE")).json();

  assertEquals([listed.connections, all], [[], { ended: 0 }]);
  assertEquals(await countLiving(scene), 1);
});

Deno.test("A50: the token of one server's page opens no other server's page, of the same organization or not", async () => {
  await using scene = await setScene(stack);
  await using neighbour = await setScene(stack, { organizationId: scene.tenant.organizationId });
  await using stranger = await setScene(stack);
  const token = await logInAtPage(openBrowser(), pageAt(scene));

  for (const other of [neighbour, stranger]) {
    await assertRefused(await ask(pageAt(other), token), 401, "invalid_token");
    await assertRefused(await ask(pageAt(other), token, "DELETE"), 401, "invalid_token");
  }
});

Deno.test("A50: who is logged out, or blocked, sees nothing with the token that the browser held", async () => {
  await using scene = await setScene(stack);
  const browser = openBrowser();
  const token = await logInAtPage(browser, pageAt(scene));
  const blocked = await logInAtPage(openBrowser(), pageAt(scene));

  await (await browser.post(pageAt(scene), { action: "log_out" })).body?.cancel();
  await assertRefused(await ask(pageAt(scene), token), 401, "invalid_token");
  await stack.sql`
    update public.mcp_server_user set blocked_at = now()
    where organization_id = ${scene.tenant.organizationId}`;

  await assertRefused(await ask(pageAt(scene), blocked), 401, "invalid_token");
});

Deno.test("A50: a refresh token of the page's client makes its login no longer", async () => {
  await using scene = await setScene(stack);
  const page = pageAt(scene);
  await (await openBrowser().post(page, { action: "log_in" })).body?.cancel();
  const client = { ...scene.client, clientId: "gatepost-connections", redirectUri: `${page}/callback` };
  const login = await logIn({ client }, { scope: "connections", resource: page });
  const readEnd = async (): Promise<unknown> =>
    (await stack.sql`
      select family.expires_at < now() + interval '16 minutes' as soon
      from public.mcp_proxy_tokens as family
      where family.organization_id = ${scene.tenant.organizationId}`)[0]?.["soon"];

  const refreshed = await postForm(
    scene.client.discovery.token_endpoint,
    refreshForm(client, login.tokens.refresh_token),
  );

  await refreshed.body?.cancel();
  assertEquals([login.tokens.scope, refreshed.status, await readEnd()], ["connections", 200, true]);
});
