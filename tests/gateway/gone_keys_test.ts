import { assertEquals } from "@std/assert";
import { useStack } from "../support/stack/stack.ts";
import { listEvents } from "../support/stack/tenant.ts";
import {
  expireUpstreamToken,
  freshWorker,
  type GatewayScene,
  listRefreshes,
  readStatuses,
  readVaultRow,
  refreshLogin,
  setGatewayScene,
} from "../support/stack/gateway_scene.ts";
import {
  configSecretOf,
  parseEncryptionKeys,
  type SealedPlace,
  sealSecret,
  upstreamTokenOf,
} from "../../functions/_shared/secrets/encryption.ts";
import { generateEncryptionKeys } from "../../supabase/local/make_keys.ts";

const stack = await useStack();

/** Keys that no worker has any more. */
const gone = parseEncryptionKeys(generateEncryptionKeys());
const sealUnderGone = (place: SealedPlace): Promise<string> => sealSecret("a secret", place, gone);

async function assertEnded(scene: GatewayScene, refused: Response, reason: string): Promise<void> {
  assertEquals([refused.status, (await refused.json()).error], [401, "invalid_token"]);
  assertEquals(refused.headers.get("WWW-Authenticate")?.startsWith('Bearer error="invalid_token"'), true);
  assertEquals((await readVaultRow(scene)).ended_reason, reason);
  const events = await listEvents(stack, scene.tenant.organizationId);
  assertEquals(events.includes(`upstream_token_ended:${reason}`), true);
  assertEquals((await refreshLogin(scene)).error, "invalid_grant");
}

Deno.test("an access token whose key is gone ends its login: 401 with a reason of its own", async () => {
  await using scene = await setGatewayScene(stack);
  await using worker = await freshWorker(scene, { config: { encryptionKeys: generateEncryptionKeys() } });

  const refused = await worker.call(scene);

  await assertEnded(scene, refused, "upstream_token_key_gone");
});

Deno.test("a refresh token whose key is gone ends its login when it is needed", async () => {
  await using scene = await setGatewayScene(stack);
  const { id } = await readVaultRow(scene);
  const ciphertext = await sealUnderGone(upstreamTokenOf(scene.tenant.organizationId, id));
  await stack.sql`
    update public.upstream_oauth_tokens set refresh_token_ciphertext = ${ciphertext}
    where organization_id = ${scene.tenant.organizationId}`;
  await using worker = await freshWorker(scene);
  const before = await readStatuses([await worker.call(scene)]);
  await expireUpstreamToken(scene);
  await using later = await freshWorker(scene);

  const refused = await later.call(scene);

  assertEquals(before, [200]);
  await assertEnded(scene, refused, "upstream_token_key_gone");
  assertEquals(listRefreshes(scene).length, 0);
});

for (
  const [name, spoil] of [
    ["altered", (ciphertext: string) => Promise.resolve(ciphertext.replace(/.{5}$/, "AAAAA"))],
    ["no ciphertext at all", () => Promise.resolve("plain")],
  ] as const
) {
  Deno.test(`a token that is ${name} ends its login, and is no 500`, async () => {
    await using scene = await setGatewayScene(stack);
    const { id, access_token_ciphertext } = await readVaultRow(scene);
    await stack.sql`
      update public.upstream_oauth_tokens set access_token_ciphertext = ${await spoil(
      access_token_ciphertext,
    )}
      where id = ${id}`;
    await using worker = await freshWorker(scene);

    const refused = await worker.call(scene);

    await assertEnded(scene, refused, "upstream_token_not_genuine");
  });
}

Deno.test("a client secret whose key is gone is the owner's to save anew: no login ends, and all go on then", async () => {
  await using scene = await setGatewayScene(stack);
  const { configId, organizationId } = scene.tenant;
  const [before] = await stack.sql`
    select client_secret_ciphertext as secret from public.custom_oauth_configs where id = ${configId}`;
  const put = (secret: unknown): Promise<unknown> =>
    stack.sql`
      update public.custom_oauth_configs set client_secret_ciphertext = ${
      String(secret)
    } where id = ${configId}`;
  await put(await sealUnderGone(configSecretOf({ id: configId, organization_id: organizationId })));
  await expireUpstreamToken(scene);

  const refused = await scene.call();
  const [config] = await stack.sql`
    select client_refused_reason as reason from public.custom_oauth_configs where id = ${configId}`;
  await put(before?.["secret"]);
  const recovered = await scene.call();

  assertEquals(await readStatuses([refused, recovered]), [503, 200]);
  assertEquals([config?.["reason"], (await readVaultRow(scene)).ended_reason], [
    "client_secret_unreadable",
    null,
  ]);
  const events = await listEvents(stack, organizationId);
  assertEquals(events.includes("upstream_client_refused:client_secret_unreadable"), true);
});
