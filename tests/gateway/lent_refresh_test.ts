/**
 * Two logins of one person at a provider that sends a refresh token with the first alone, as Google does.
 *
 * Seen in onyx-dot-app/onyx PR 13924 and rancher/rancher#23954.
 */

import { assertEquals } from "@std/assert";
import { useStack } from "../support/stack/stack.ts";
import {
  expireUpstreamToken,
  freshWorker,
  type GatewayScene,
  listRefreshes,
  PING,
  readStatuses,
  refreshLogin,
  setGatewayScene,
} from "../support/stack/gateway_scene.ts";
import { postForm, postMessage } from "../support/client/mcp_client.ts";
import { logIn } from "../support/stack/scene.ts";

const stack = await useStack();

interface TwoLogins {
  scene: GatewayScene;
  /** The same scene as the later login sees it. */
  later: GatewayScene;
}

async function logInTwice(refresh: "rotating" | "omitting" = "rotating"): Promise<TwoLogins> {
  const scene = await setGatewayScene(stack, { shape: "google", program: { refresh } });
  await stack.sql`
    update public.custom_oauth_configs set authorization_parameters = '{}' where id = ${scene.tenant.configId}`;
  const { tokens } = await logIn(scene);
  const later: GatewayScene = {
    ...scene,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    call: (headers) => postMessage(scene.tenant.mcpUrl, tokens.access_token, PING, headers),
  };
  return { scene, later };
}

const giveBack = ({ client, refreshToken }: GatewayScene): Promise<Response> =>
  postForm(client.discovery.token_endpoint.replace("oauth-token", "oauth-revoke"), {
    token: refreshToken,
    client_id: client.clientId,
  });

for (const refresh of ["rotating", "omitting"] as const) {
  Deno.test(`the later login is renewed by the first one's refresh token, each time after the other (${refresh})`, async () => {
    const { scene, later } = await logInTwice(refresh);
    await using _scene = scene;
    const statuses: number[] = [];
    for (const login of [later, scene, later, scene]) {
      await expireUpstreamToken(scene);
      await using worker = await freshWorker(login);
      statuses.push(...await readStatuses([await worker.call(login)]));
    }

    assertEquals(statuses, [200, 200, 200, 200]);
    assertEquals(listRefreshes(scene).length, 4);
  });
}

Deno.test("calls of both logins at once on expired tokens refresh one after the other, and nobody is logged out", async () => {
  const { scene, later } = await logInTwice();
  await using _scene = scene;
  await expireUpstreamToken(scene);

  const responses = await Promise.all(
    Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? scene : later).call()),
  );

  assertEquals(await readStatuses(responses), Array(40).fill(200));
  assertEquals(listRefreshes(scene).length, 2);
});

Deno.test("the end of the refresh token is the end of both, by one question", async () => {
  const { scene, later } = await logInTwice();
  await using _scene = scene;
  await expireUpstreamToken(scene);
  scene.provider.program({ refresh: "revoking" });

  const statuses = await readStatuses([await scene.call(), await later.call()]);
  const refreshed = [await refreshLogin(scene), await refreshLogin(later)];

  assertEquals([statuses, listRefreshes(scene).length], [[401, 401], 1]);
  assertEquals(refreshed.map(({ error }) => error), ["invalid_grant", "invalid_grant"]);
});

Deno.test("a login that is given back leaves the other its refresh token; the last gives it back to the provider", async () => {
  const { scene, later } = await logInTwice();
  await using _scene = scene;

  const first = await giveBack(scene);
  const asked = scene.provider.requests("revocation").length;
  await expireUpstreamToken(scene);
  const call = await later.call();
  const last = await giveBack(later);

  assertEquals(await readStatuses([first, call, last]), [200, 200, 200]);
  assertEquals([asked, scene.provider.requests("revocation").length], [0, 1]);
});
