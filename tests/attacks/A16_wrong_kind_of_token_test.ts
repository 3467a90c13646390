import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { decodeJwt, SignJWT } from "jose";
import { postForm, refreshForm } from "../support/client/mcp_client.ts";
import { assertRefused } from "../support/client/attack_answers.ts";
import { connectAs, signInMember } from "../support/client/platform_user.ts";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();

Deno.test("A16: no token of Supabase Auth and no key of the platform is an access token", async () => {
  await using scene = await setScene(stack);
  const platformUser = await signInMember(stack, scene.tenant.organizationId);
  const { tokens } = await logIn(scene);
  const [identityToken, upstreamToken] = await listenAsMcpServer(scene, tokens.access_token);
  const imposters = {
    "the identity that the MCP server is handed": identityToken,
    "the upstream token that the MCP server is handed": upstreamToken,
    "a platform user's token": platformUser.accessToken,
    "the publishable key": stack.status.PUBLISHABLE_KEY,
    "the secret key": stack.status.SECRET_KEY,
    "a service_role token": await signPlatformToken({ role: "service_role" }),
    "a platform token that copies an access token": await copyClaims(tokens.access_token),
    "a refresh token": tokens.refresh_token,
    "an id_token": tokens.id_token ?? "",
    "the client id": scene.client.clientId,
  };

  for (const [name, token] of Object.entries(imposters)) {
    const headers = { Authorization: `Bearer ${token}`, apikey: stack.status.SECRET_KEY };
    const call = await fetch(scene.tenant.mcpUrl, { method: "POST", headers, body: "{}" });
    await assertRefused(call, 401, "invalid_token");
    assertEquals(call.headers.get("WWW-Authenticate")?.startsWith("Bearer "), true, name);
    const userinfo = await fetch(scene.client.discovery.userinfo_endpoint, { headers });
    await assertRefused(userinfo, 401, "invalid_token");
  }
  assertEquals(scene.mcpServer.received.length, 1);
});

Deno.test("A16: an end user's token opens nothing of the platform", async () => {
  await using scene = await setScene(stack);
  const { tokens } = await logIn(scene);
  const tables = await stack.sql`select tablename from pg_catalog.pg_tables where schemaname = 'public'`;

  for (const token of [tokens.access_token, tokens.id_token ?? "", tokens.refresh_token]) {
    const client = connectAs(stack, token);
    for (const { tablename } of tables) {
      const { data, error } = await client.from(tablename).select("*");
      assertNotEquals(error, null, tablename);
      assertEquals(data, null);
    }
    const { error } = await client.rpc("organizations_of_platform_user", { p_roles: ["owner"] });
    assertNotEquals(error, null);
    const { error: authError } = await client.rpc("find_mcp_server", { p_slug: scene.tenant.slug });
    assertNotEquals(authError, null);
    const user = await fetch(`${stack.status.API_URL}/auth/v1/user`, {
      headers: { apikey: stack.status.PUBLISHABLE_KEY, Authorization: `Bearer ${token}` },
    });
    assert(user.status === 401 || user.status === 403, `Auth answers ${user.status}`);
    await user.body?.cancel();
  }
});

Deno.test("A16: oauth-configs, which platform users call, takes no end user's token and no key", async () => {
  await using scene = await setScene(stack);
  const { tokens } = await logIn(scene);
  const imposters = [
    tokens.access_token,
    tokens.id_token,
    tokens.refresh_token,
    stack.status.PUBLISHABLE_KEY,
  ];

  for (const token of [...imposters, stack.status.SECRET_KEY]) {
    const response = await fetch(`${stack.status.PUBLIC_URL}/oauth-configs`, {
      method: "POST",
      headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ id: scene.tenant.configId, name: "Taken over" }),
    });
    assertEquals(response.status, 401);
    await response.body?.cancel();
  }
  const [config] = await stack.sql`
    select name from public.custom_oauth_configs where id = ${scene.tenant.configId}`;
  assertEquals(config?.["name"], "A provider");
});

Deno.test("A16: the publishable key opens no function of the database and is nobody's secret", async () => {
  await using scene = await setScene(stack, { client: { token_endpoint_auth_method: "client_secret_post" } });
  const { tokens } = await logIn(scene);
  const visitor = connectAs(stack);

  const { error } = await visitor.rpc("find_mcp_server", { p_slug: scene.tenant.slug });
  const form = {
    ...refreshForm(scene.client, tokens.refresh_token),
    client_secret: stack.status.PUBLISHABLE_KEY,
  };
  const refresh = await postForm(scene.client.discovery.token_endpoint, form);

  assertNotEquals(error, null);
  await assertRefused(refresh, 401, "invalid_client");
});

Deno.test("A16: no client is registered with a key of the platform for an initial access token", async () => {
  await using scene = await setScene(stack);
  await stack.sql`
    update public.mcp_servers set registration_policy = 'token', initial_access_token_hash = ${"x".repeat(43)}
    where id = ${scene.tenant.serverId}`;

  for (
    const token of [undefined, "", stack.status.PUBLISHABLE_KEY, stack.status.SECRET_KEY, "x".repeat(43)]
  ) {
    const response = await fetch(scene.client.discovery.registration_endpoint, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ redirect_uris: ["https://app.example.com/callback"] }),
    });
    await assertRefused(response, 401, "invalid_token");
  }
});

/** What an MCP server receives with a call: who calls, and the upstream's token. */
async function listenAsMcpServer(
  { tenant, mcpServer }: Scene,
  accessToken: string,
): Promise<[string, string]> {
  const headers = { Authorization: `Bearer ${accessToken}` };
  const call = await fetch(tenant.mcpUrl, { method: "POST", headers, body: "{}" });
  await call.body?.cancel();
  const received = mcpServer.received[0];
  return [received?.get("Gatepost-User") ?? "", received?.get("Authorization")?.replace("Bearer ", "") ?? ""];
}

async function signPlatformToken(claims: Record<string, unknown>): Promise<string> {
  return await new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", typ: "at+jwt" })
    .setExpirationTime("1 hour")
    .sign(new TextEncoder().encode(stack.secrets.authJwtSecret));
}

async function copyClaims(accessToken: string): Promise<string> {
  return await signPlatformToken(decodeJwt(accessToken));
}
