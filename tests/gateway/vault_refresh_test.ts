import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { RefreshBehaviour } from "../support/provider/program.ts";
import type { ShapeName } from "../support/provider/shapes.ts";
import { useStack } from "../support/stack/stack.ts";
import {
  expireUpstreamToken,
  freshWorker,
  listRefreshes,
  readStatuses,
  readVaultRow,
  setGatewayScene,
} from "../support/stack/gateway_scene.ts";
import { acceptOnly } from "../support/mcp_server/scripted.ts";

const stack = await useStack();

const providers: [ShapeName, RefreshBehaviour][] = [
  ["openid", "rotating"],
  ["entra", "rotating"],
  ["google", "omitting"],
  ["auth0", "rotating"],
  ["keycloak", "not_rotating"],
];
for (const [shape, refresh] of providers) {
  Deno.test(`100 concurrent calls over two workers on an expired token of ${shape} make one upstream refresh (${refresh})`, async () => {
    await using scene = await setGatewayScene(stack, { shape, program: { refresh } });
    await expireUpstreamToken(scene);

    const responses = await Promise.all(Array.from({ length: 100 }, () => scene.call()));

    assertEquals(await readStatuses(responses), Array(100).fill(200));
    const [refreshed, ...more] = listRefreshes(scene);
    assertEquals([more.length, refreshed?.has("resource")], [0, false]);
    assertEquals(new Set(scene.mcp.received.map(({ bearer }) => bearer)).size, 1);
  });

  Deno.test(`a token of ${shape} is refreshed time after time (${refresh})`, async () => {
    await using scene = await setGatewayScene(stack, { shape, program: { refresh } });

    for (let round = 0; round < 3; round++) {
      await expireUpstreamToken(scene);
      await using worker = await freshWorker(scene);
      assertEquals(await readStatuses([await worker.call(scene)]), [200]);
    }

    assertEquals(
      [listRefreshes(scene).length, new Set(scene.mcp.received.map(({ bearer }) => bearer)).size],
      [
        3,
        3,
      ],
    );
  });
}

Deno.test("calls wait for a provider that is slow, and it is asked once", async () => {
  await using scene = await setGatewayScene(stack, { program: { delays: { token: 1500 } } });
  await expireUpstreamToken(scene);

  const responses = await Promise.all(Array.from({ length: 20 }, () => scene.call()));

  assertEquals(await readStatuses(responses), Array(20).fill(200));
  assertEquals(listRefreshes(scene).length, 1);
});

Deno.test("a token that is about to expire is refreshed ahead, one that is not is left alone", async () => {
  await using scene = await setGatewayScene(stack);
  const [due, early] = [await freshWorker(scene), await freshWorker(scene)];
  await expireUpstreamToken(scene, 120);
  await readStatuses([await early.call(scene)]);
  const before = listRefreshes(scene).length;

  await expireUpstreamToken(scene, 20);
  await readStatuses([await due.call(scene)]);

  assertEquals([before, listRefreshes(scene).length], [0, 1]);
  await due[Symbol.asyncDispose]();
  await early[Symbol.asyncDispose]();
});

Deno.test("a worker that has a token at hand refreshes it when its time comes, between two calls", async () => {
  await using scene = await setGatewayScene(stack);
  await expireUpstreamToken(scene, 40);
  let passed = 0;
  await using worker = await freshWorker(scene, { now: () => Date.now() + passed });

  const statuses: number[] = [];
  const refreshes: number[] = [];
  for (passed of [0, 1_000, 15_000, 16_000]) {
    statuses.push(...await readStatuses([await worker.call(scene)]));
    refreshes.push(listRefreshes(scene).length);
  }

  assertEquals([statuses, refreshes], [[200, 200, 200, 200], [0, 0, 1, 1]]);
  const [first, second, third, fourth] = scene.mcp.received.map(({ bearer }) => bearer);
  assertEquals([second === first, third === second, fourth === third], [true, false, true]);
});

Deno.test("a refreshed token that lives for less than half a minute is not refreshed by every call", async () => {
  await using scene = await setGatewayScene(stack, { program: { expiresIn: 25 } });
  await expireUpstreamToken(scene);

  for (let call = 0; call < 3; call++) {
    await using worker = await freshWorker(scene);
    await readStatuses([await worker.call(scene), await worker.call(scene)]);
  }

  assertEquals(listRefreshes(scene).length, 1);
});

Deno.test("a token whose expiry the provider does not tell is used until the MCP server refuses it", async () => {
  await using scene = await setGatewayScene(stack, { program: { expiresIn: null } });
  const before = await readVaultRow(scene);
  await readStatuses([await scene.call()]);
  const first = scene.mcp.received[0]?.bearer;
  scene.mcp.program(acceptOnly((bearer) => bearer !== first));

  const response = await scene.call();

  assertEquals([before.expires_at, response.status, await response.text()], [
    null,
    200,
    '{"jsonrpc":"2.0","id":1,"result":{}}',
  ]);
  assertEquals(listRefreshes(scene).length, 1);
});

Deno.test("a token that the MCP server refuses is refreshed once by 40 concurrent calls, and each call is made once more", async () => {
  await using scene = await setGatewayScene(stack);
  await readStatuses([await scene.call(), await scene.call()]);
  const first = scene.mcp.received[0]?.bearer;
  scene.mcp.program(acceptOnly((bearer) => bearer !== first));
  scene.mcp.received.length = 0;

  const responses = await Promise.all(Array.from({ length: 40 }, () => scene.call()));

  assertEquals(await readStatuses(responses), Array(40).fill(200));
  assertEquals(listRefreshes(scene).length, 1);
  assert(scene.mcp.received.length <= 80);
});

for (const bytes of [1000, 3_000_000]) {
  Deno.test(`a call of ${bytes} bytes is made once more with its whole body`, async () => {
    await using scene = await setGatewayScene(stack);
    await using worker = await freshWorker(scene);
    let first: string | undefined;
    scene.mcp.program(acceptOnly((bearer) => bearer !== (first ??= bearer)));
    const body = JSON.stringify({ text: "x".repeat(bytes) });

    const response = await worker.call(scene, { body });

    assertEquals(await readStatuses([response]), [200]);
    assertEquals(scene.mcp.received.map((request) => request.body === body), [true, true]);
  });
}

Deno.test("a refresh token goes only where it came from: after a change of credentials nothing is sent", async () => {
  await using scene = await setGatewayScene(stack);
  await stack.sql`
    update public.custom_oauth_configs set client_generation = client_generation + 1
    where id = ${scene.tenant.configId}`;
  await expireUpstreamToken(scene);

  const response = await scene.call();

  assertEquals(await readStatuses([response]), [401]);
  assertEquals([listRefreshes(scene).length, (await readVaultRow(scene)).ended_reason], [
    0,
    "upstream_credentials_changed",
  ]);
});

Deno.test("a token under an old key is sealed again when it is read, as is its refresh token and the client's secret", async () => {
  await using scene = await setGatewayScene(stack, { program: { refresh: "omitting" } });
  const before = await readVaultRow(scene);
  await expireUpstreamToken(scene);
  const old = JSON.parse(stack.secrets.encryptionKeys).keys;
  const key = { kty: "oct", kid: "newer", k: "bmV3ZXIgbmV3ZXIgbmV3ZXIgbmV3ZXIgbmV3ZXIgbmU" };
  const encryptionKeys = JSON.stringify({ keys: [key, ...old] });
  await using worker = await freshWorker(scene, { config: { encryptionKeys } });

  assertEquals(await readStatuses([await worker.call(scene)]), [200]);

  const after = await readVaultRow(scene);
  const [config] = await stack.sql`
    select client_secret_ciphertext as secret from public.custom_oauth_configs where id = ${scene.tenant.configId}`;
  const sealed = [
    before.refresh_token_ciphertext,
    after.access_token_ciphertext,
    after.refresh_token_ciphertext,
    config?.["secret"],
  ].map(readKeyId);
  assertEquals(sealed, [old[0].kid, "newer", "newer", "newer"]);
});

Deno.test("a token under an old key that is good for long is sealed again as well, and stays the same", async () => {
  await using scene = await setGatewayScene(stack);
  const key = { kty: "oct", kid: "newer", k: "bmV3ZXIgbmV3ZXIgbmV3ZXIgbmV3ZXIgbmV3ZXIgbmU" };
  const encryptionKeys = JSON.stringify({ keys: [key, ...JSON.parse(stack.secrets.encryptionKeys).keys] });
  const before = await readVaultRow(scene);
  await using worker = await freshWorker(scene, { config: { encryptionKeys } });

  const responses = await Promise.all(Array.from({ length: 10 }, () => worker.call(scene)));

  assertEquals(await readStatuses(responses), Array(10).fill(200));
  const after = await readVaultRow(scene);
  assertEquals(readKeyId(after.access_token_ciphertext), "newer");
  assertNotEquals(after.access_token_ciphertext, before.access_token_ciphertext);
  assertEquals([listRefreshes(scene).length, new Set(scene.mcp.received.map(({ bearer }) => bearer)).size], [
    0,
    1,
  ]);
});

function readKeyId(ciphertext: unknown): unknown {
  const [header = ""] = String(ciphertext).split(".");
  return JSON.parse(atob(header.replaceAll("-", "+").replaceAll("_", "/"))).kid;
}
