import { assertEquals, assertNotEquals } from "@std/assert";
import { useStack } from "../support/stack/stack.ts";
import {
  expireUpstreamToken,
  freshWorker,
  type GatewayScene,
  listRefreshes,
  readStatuses,
  setGatewayScene,
} from "../support/stack/gateway_scene.ts";
import { signInMember } from "../support/client/platform_user.ts";

const stack = await useStack();

/** Saves through the function, as the organization's owner. */
async function save({ tenant }: GatewayScene, changes: Record<string, unknown>): Promise<number> {
  const { accessToken } = await signInMember(stack, tenant.organizationId);
  const response = await fetch(`${stack.status.PUBLIC_URL}/oauth-configs`, {
    method: "POST",
    headers: { "Authorization": `Bearer ${accessToken}`, "Content-Type": "application/json" },
    body: JSON.stringify({ id: tenant.configId, ...changes }),
  });
  await response.body?.cancel();
  return response.status;
}

async function readClient({ tenant }: GatewayScene): Promise<Record<string, unknown>> {
  const [config] = await stack.sql`
    select client_generation as generation, client_secret_ciphertext as secret, client_refused_reason as refused
    from public.custom_oauth_configs where id = ${tenant.configId}`;
  return { ...config };
}

async function callAnew(scene: GatewayScene): Promise<number[]> {
  await expireUpstreamToken(scene);
  await using worker = await freshWorker(scene);
  return await readStatuses([await worker.call(scene)]);
}

Deno.test("the same client secret saved again changes nothing, and nobody is logged out", async () => {
  await using scene = await setGatewayScene(stack);
  const before = await readClient(scene);

  const saved = await save(scene, { client_secret: scene.provider.clientSecret });

  assertEquals([saved, await readClient(scene)], [200, before]);
  assertEquals([await callAnew(scene), listRefreshes(scene).length], [[200], 1]);
});

Deno.test("a client secret that was rotated at the provider keeps every login (RFC 6749 §6)", async () => {
  await using scene = await setGatewayScene(stack);
  const before = await readClient(scene);
  scene.provider.clientSecret = "the-secret-after-the-rotation";

  const refused = await callAnew(scene);
  const told = await readClient(scene);
  const saved = await save(scene, { client_secret: scene.provider.clientSecret });
  const after = await readClient(scene);

  assertEquals([refused, told.refused, saved], [[503], "upstream_client_refused", 200]);
  assertEquals([after.generation, after.refused], [before.generation, null]);
  assertNotEquals(after.secret, before.secret);
  assertEquals(await callAnew(scene), [200]);
});

Deno.test("another client id ends the logins of the old one: no refresh token is sent for it", async () => {
  await using scene = await setGatewayScene(stack);

  const saved = await save(scene, { client_id: "another-client" });

  assertEquals([saved, await callAnew(scene), listRefreshes(scene).length], [200, [401], 0]);
});
