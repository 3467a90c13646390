/**
 * Rotating the signing key while clients run: published before it signs, and until its last token dies.
 *
 * Generations of workers stand side by side as they do while a new
 * configuration is rolled out: the stack's own, and those of the test.
 *
 * @module
 */

import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { createRemoteJWKSet, customFetch, decodeProtectedHeader, errors, jwtVerify } from "jose";
import { startWorker, type Worker } from "../support/stack/worker.ts";
import { makeSigningKeySet } from "../support/functions/keys.ts";
import { connect, type LoggedInClient, refreshForm, type Tokens } from "../support/client/mcp_client.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack("own");

Deno.test("a client that keeps the published keys verifies every token through a rotation", async () => {
  const { oldKey, newKey } = await makeKeys();
  await using announcing = await startGeneration([oldKey, newKey]);
  await using rotated = await startGeneration([newKey, oldKey]);
  const client = await connect(stack.status.MCP_URL, { userName: "ada" });
  let fetches = 0;
  // Keys are kept for the whole test: a token of a key that was not published in time cannot be verified.
  const keys = createRemoteJWKSet(new URL(client.discovery.jwks_uri), {
    cooldownDuration: Infinity,
    [customFetch]: (url, options) => {
      fetches += 1;
      return announcing.handle(new Request(url, options as RequestInit));
    },
  });

  const before = await jwtVerify(client.tokens.access_token, keys);
  const refreshed = await refresh(client, client.tokens, rotated);
  const after = await jwtVerify(refreshed.access_token, keys);
  const identity = await jwtVerify(refreshed.id_token!, keys);

  assertEquals([before.protectedHeader.kid, fetches], [kidOf(oldKey), 1]);
  assertEquals([after.protectedHeader.kid, identity.protectedHeader.kid], [kidOf(newKey), kidOf(newKey)]);
});

Deno.test("a key that signs without having been published is unknown to a client that keeps the keys", async () => {
  const { newKey, oldKey } = await makeKeys();
  await using rotated = await startGeneration([newKey, oldKey]);
  const client = await connect(stack.status.MCP_URL, { userName: "ada" });
  const keys = createRemoteJWKSet(new URL(client.discovery.jwks_uri), { cooldownDuration: Infinity });
  await jwtVerify(client.tokens.access_token, keys);

  const refreshed = await refresh(client, client.tokens, rotated);

  await assertRejects(() => jwtVerify(refreshed.access_token, keys), errors.JWKSNoMatchingKey);
});

Deno.test("workers of both generations accept each other's tokens, and without the old key it is over", async () => {
  const { oldKey, newKey } = await makeKeys();
  await using announcing = await startGeneration([oldKey, newKey]);
  await using rotated = await startGeneration([newKey, oldKey]);
  await using finished = await startGeneration([newKey]);
  const client = await connect(stack.status.MCP_URL, { userName: "ada" });
  const old = client.tokens;

  const renewed = await refresh(client, old, rotated);

  assertNotEquals(
    decodeProtectedHeader(renewed.access_token).kid,
    decodeProtectedHeader(old.access_token).kid,
  );
  assertEquals(
    await Promise.all([announcing, rotated, finished].map((worker) => askUserinfo(worker, client, old))),
    [200, 200, 401],
  );
  assertEquals(
    await Promise.all([announcing, rotated, finished].map((worker) => askUserinfo(worker, client, renewed))),
    [200, 200, 200],
  );
});

Deno.test("a refresh token outlives every rotation, because no key signs it", async () => {
  const { newKey } = await makeKeys();
  await using finished = await startGeneration([newKey]);
  const client = await connect(stack.status.MCP_URL, { userName: "ada" });

  const renewed = await refresh(client, client.tokens, finished);

  assertEquals(await askUserinfo(finished, client, renewed), 200);
});

Deno.test("each generation publishes all its keys, the one that signs first, and no private half", async () => {
  const { oldKey, newKey } = await makeKeys();
  await using rotated = await startGeneration([newKey, oldKey]);

  const response = await rotated.handle(new Request(`${stack.status.PUBLIC_URL}/oauth-jwks`));

  const { keys } = await response.json() as { keys: Record<string, string>[] };
  assertEquals(keys.map(({ kid }) => kid), [kidOf(newKey), kidOf(oldKey)]);
  assertEquals(keys.map((key) => Object.keys(key).sort()), [
    ["alg", "crv", "kid", "kty", "use", "x", "y"],
    ["alg", "crv", "kid", "kty", "use", "x", "y"],
  ]);
  assertEquals(response.headers.get("Cache-Control"), "public, max-age=300");
});

type Jwk = Record<string, unknown>;

/** The key that the stack signs with, and one that is to replace it. */
async function makeKeys(): Promise<{ oldKey: Jwk; newKey: Jwk }> {
  const [oldKey] = JSON.parse(stack.secrets.signingKeys).keys;
  const [newKey] = JSON.parse(await makeSigningKeySet(`next-${crypto.randomUUID()}`)).keys;
  return { oldKey, newKey };
}

/** A worker of the same deployment with these keys. */
function startGeneration(keys: Jwk[]): Promise<Worker> {
  const config = { publicUrl: stack.status.PUBLIC_URL, signingKeys: JSON.stringify({ keys }) };
  return startWorker(stack, { config });
}

async function refresh(client: LoggedInClient, { refresh_token }: Tokens, worker: Worker): Promise<Tokens> {
  const body = new URLSearchParams(refreshForm(client, refresh_token));
  const response = await worker.handle(
    new Request(client.discovery.token_endpoint, { method: "POST", body }),
  );
  return await response.json();
}

async function askUserinfo(
  worker: Worker,
  client: LoggedInClient,
  { access_token }: Tokens,
): Promise<number> {
  const headers = { Authorization: `Bearer ${access_token}` };
  const response = await worker.handle(new Request(client.discovery.userinfo_endpoint, { headers }));
  await response.body?.cancel();
  return response.status;
}

function kidOf({ kid }: Jwk): string {
  return String(kid);
}
