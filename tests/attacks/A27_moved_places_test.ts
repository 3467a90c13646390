import { assertEquals } from "@std/assert";
import { openBrowser, reachCallback } from "../support/client/browser.ts";
import { attemptAuthorization, postForm, postMessage } from "../support/client/mcp_client.ts";
import { signInMember } from "../support/client/platform_user.ts";
import { type ProgrammableProvider, startProvider } from "../support/provider/provider.ts";
import { type Login, logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { expireUpstreamTokens } from "../support/stack/tenant.ts";

const stack = await useStack();

/** Every setting that names a place which is sent the secret or a token, moved to the attacker's. */
const PLACES: Record<string, (attacker: ProgrammableProvider) => string> = {
  issuer: ({ issuer }) => issuer,
  token_endpoint: ({ url }) => url("token"),
  userinfo_endpoint: ({ url }) => url("userinfo"),
  revocation_endpoint: ({ url }) => url("revocation"),
  emails_endpoint: ({ url }) => url("emails"),
};

/** The organization's admin, who cannot read the client secret. */
async function openAdmin({ tenant }: Scene): Promise<(body: Record<string, unknown>) => Promise<number>> {
  const admin = await signInMember(stack, tenant.organizationId, "admin");
  return async (body) => {
    const response = await fetch(`${stack.status.PUBLIC_URL}/oauth-configs`, {
      method: "POST",
      headers: { "Authorization": `Bearer ${admin.accessToken}`, "Content-Type": "application/json" },
      body: JSON.stringify({ id: tenant.configId, ...body }),
    });
    await response.body?.cancel();
    return response.status;
  };
}

/** What reached the attacker beside the look at its discovery document. */
function listStolen(attacker: ProgrammableProvider): string[] {
  return attacker.requests().filter(({ endpoint }) =>
    endpoint !== "discovery" && endpoint !== "oauth_metadata"
  )
    .map(({ endpoint }) => endpoint);
}

async function call({ tenant }: Scene, { tokens }: Login): Promise<number> {
  const response = await postMessage(tenant.mcpUrl, tokens.access_token, { id: 1, method: "ping" });
  await response.body?.cancel();
  return response.status;
}

for (const [place, move] of Object.entries(PLACES)) {
  Deno.test(`A27: an admin who cannot read the client secret does not move ${place}, by the function or by the RPC`, async () => {
    await using scene = await setScene(stack);
    await using attacker = await startProvider();
    const save = await openAdmin(scene);
    const { client } = await signInMember(stack, scene.tenant.organizationId, "admin");

    const saved = await save({ [place]: move(attacker) });
    const { data } = await client.rpc("save_oauth_config", {
      p_id: scene.tenant.configId,
      [`p_${place}`]: move(attacker),
    });

    assertEquals([saved, data.outcome, data.reason], [
      400,
      "invalid",
      "config_new_place_needs_the_client_secret",
    ]);
    const [config] = await stack.sql`
      select client_generation, ${stack.sql(place)} as place from public.custom_oauth_configs
      where id = ${scene.tenant.configId}`;
    assertEquals([config?.["client_generation"], config?.["place"] === move(attacker)], [1, false]);
  });

  Deno.test(`A27: with an invented secret ${place} moves, and nothing that the provider issued goes there`, async () => {
    await using scene = await setScene(stack);
    await using attacker = await startProvider();
    const save = await openAdmin(scene);
    const [calling, leaving] = [await logIn(scene), await logIn(scene)];
    const browser = openBrowser();
    const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);
    await stack.sql`
      update public.mcp_server_user set profile_refreshed_at = now() - interval '2 days'
      where organization_id = ${scene.tenant.organizationId}`;

    const saved = await save({ [place]: move(attacker), client_secret: "an invented secret" });
    await expireUpstreamTokens(stack, scene.tenant.organizationId);
    const called = await call(scene, calling);
    const revoked = await postForm(
      scene.client.discovery.token_endpoint.replace("oauth-token", "oauth-revoke"),
      {
        token: leaving.tokens.refresh_token,
        client_id: scene.client.clientId,
      },
    );
    const returned = await browser.get(callback);

    assertEquals([saved, called, revoked.status, returned.status], [200, 401, 200, 400]);
    assertEquals(listStolen(attacker), []);
    await Promise.all([revoked.body?.cancel(), returned.body?.cancel()]);
  });
}

Deno.test("A27: a client without a secret may be moved, and nothing that the provider issued goes there either", async () => {
  await using scene = await setScene(stack);
  await using attacker = await startProvider();
  const save = await openAdmin(scene);
  const login = await logIn(scene);
  const browser = openBrowser();
  const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);

  const statuses = [
    await save({ token_endpoint_auth_method: "none" }),
    await save({ token_endpoint: attacker.url("token"), userinfo_endpoint: attacker.url("userinfo") }),
  ];
  await expireUpstreamTokens(stack, scene.tenant.organizationId);
  const called = await call(scene, login);
  const returned = await browser.get(callback);

  assertEquals([...statuses, called, returned.status], [200, 200, 401, 400]);
  assertEquals(listStolen(attacker), []);
  await returned.body?.cancel();
});

Deno.test("A27: an owner who knows the secret moves a place with it, and people log in there", async () => {
  await using scene = await setScene(stack);
  await using moved = await startProvider();
  const save = await openAdmin(scene);
  const before = await logIn(scene);

  const saved = await save({ issuer: moved.issuer, client_secret: moved.clientSecret });
  await expireUpstreamTokens(stack, scene.tenant.organizationId);
  const called = await call(scene, before);
  const after = await logIn(scene);

  assertEquals([saved, called, await call(scene, after)], [200, 401, 200]);
});
