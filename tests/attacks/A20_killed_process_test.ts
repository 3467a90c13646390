import { assert, assertEquals } from "@std/assert";
import {
  openSecret,
  parseEncryptionKeys,
  upstreamTokenOf,
} from "../../functions/_shared/secrets/encryption.ts";
import {
  attemptAuthorization,
  postForm,
  redemptionForm,
  refreshForm,
  requestTokens,
} from "../support/client/mcp_client.ts";
import { assertRefused } from "../support/client/attack_answers.ts";
import { type Browser, openBrowser, openConsent, reachCallback } from "../support/client/browser.ts";
import { type Fault, type FaultProxy, startDatabaseFaultProxy } from "../support/stack/fault_proxy.ts";
import { logIn, obtainCode, type Scene, type SceneChanges, setScene } from "../support/stack/scene.ts";
import { findFunctionWorkers } from "../support/stack/function_workers.ts";
import { useStack } from "../support/stack/stack.ts";
import { expireUpstreamTokens } from "../support/stack/tenant.ts";
import { startWorker } from "../support/stack/worker.ts";

const stack = await useStack();

Deno.test("A20: an approval that is lost before it arrives can be given again with the same form", async () => {
  await using scene = await setCutScene();
  const browser = openBrowser();
  const { url } = attemptAuthorization(scene.client);
  const form = await openConsent(browser, url);
  scene.proxy.fail("open_authorization_session", "before");

  const lost = await post(browser, url, form);
  const again = await post(browser, url, form);

  assertEquals([lost.status, lost.headers.has("Retry-After"), again.status], [503, true, 303]);
  await assertNothingPartial(scene);
});

Deno.test("A20: an approval whose answer is lost is spent, and the page leads to a new one", async () => {
  await using scene = await setCutScene();
  const browser = openBrowser();
  const { url } = attemptAuthorization(scene.client);
  const form = await openConsent(browser, url);
  scene.proxy.fail("open_authorization_session", "after");

  const lost = await post(browser, url, form);
  const again = await browser.post(url.origin + url.pathname, { form, decision: "approve" });
  const link = /<a href="([^"]+)"/.exec(await again.text())?.[1]?.replaceAll("&amp;", "&") ?? "";

  assertEquals([lost.status, again.status], [503, 400]);
  const callback = await reachCallback(browser, new URL(link));
  assert((await browser.get(callback)).headers.get("Location")?.includes("code="));
  await assertNothingPartial(scene);
});

Deno.test("A20: a callback that is lost before its session is claimed finishes at the next try", async () => {
  await using scene = await setCutScene();
  const [browser, callback] = await startLogin(scene);
  scene.proxy.fail("claim_authorization_session", "before");

  const lost = await visit(browser, callback);
  const again = await browser.get(callback);

  assertEquals([lost.status, lost.headers.has("Retry-After")], [503, true]);
  assertEquals(scene.provider.requests("token").length, 1);
  assert(again.headers.get("Location")?.includes("code="));
  await assertNothingPartial(scene);
});

/** The steps of a callback after which nobody knows how the login stands. */
const lostCallbacks: [string, Fault][] = [
  ["claim_authorization_session", "after"],
  ["complete_authorization", "before"],
  ["complete_authorization", "after"],
];
for (const [step, when] of lostCallbacks) {
  Deno.test(`A20: a callback that is killed right ${when} ${step} leaves nothing partial, and a new login works`, async () => {
    await using scene = await setCutScene();
    const [browser, callback] = await startLogin(scene);
    scene.proxy.fail(step, when);

    const lost = await visit(browser, callback);
    const again = await visit(browser, callback);

    assertEquals(
      [lost.headers.get("Location"), again.headers.get("Location")].join().includes("code="),
      false,
    );
    assert(lost.status === 503 || lost.headers.get("Location")?.includes("error=temporarily_unavailable"));
    assert(again.status === 400 || again.headers.get("Location")?.includes("error="));
    await assertNothingPartial(scene);
    await logIn(scene);
    await assertNothingPartial(scene);
  });
}

Deno.test("A20: a callback that fails, and then cannot even say so, ends in the client's hands", async () => {
  await using scene = await setCutScene();
  const [browser, callback] = await startLogin(scene);
  scene.provider.program({ faults: { token: { kind: "status", status: 503 } } });
  scene.proxy.fail("fail_authorization_session", "before");

  const failed = await visit(browser, callback);

  assert(failed.headers.get("Location")?.includes("error=temporarily_unavailable"));
  await assertNothingPartial(scene);
  scene.provider.program({ faults: {} });
  await logIn(scene);
});

Deno.test("A20: a redemption that is lost before it arrives succeeds at the next try", async () => {
  await using scene = await setCutScene();
  const { attempt, code } = await obtainCode(scene);
  const form = redemptionForm(scene.client, code, attempt.codeVerifier);
  scene.proxy.fail("redeem_authorization_code", "before");

  await assertOfTheMoment(await postForm(scene.client.discovery.token_endpoint, form));
  const again = await postForm(scene.client.discovery.token_endpoint, form);

  assertEquals([again.status, "refresh_token" in await again.json()], [200, true]);
  await assertNothingPartial(scene);
});

Deno.test("A20: a redemption whose answer is lost says log in again, and leaves no living family", async () => {
  await using scene = await setCutScene();
  const { attempt, code } = await obtainCode(scene);
  const form = redemptionForm(scene.client, code, attempt.codeVerifier);
  scene.proxy.fail("redeem_authorization_code", "after");

  await assertOfTheMoment(await postForm(scene.client.discovery.token_endpoint, form));
  await assertRefused(await postForm(scene.client.discovery.token_endpoint, form), 400, "invalid_grant");

  const living = await stack.sql`
    select id from public.mcp_proxy_tokens
    where organization_id = ${scene.tenant.organizationId} and revoked_at is null`;
  assertEquals(living.length, 0);
  await logIn(scene);
  await assertNothingPartial(scene);
});

for (const when of ["before", "after"] as const) {
  Deno.test(`A20: a refresh that is lost ${when} it arrives succeeds at the next try, and so does the one after`, async () => {
    await using scene = await setCutScene();
    const { tokens } = await logIn(scene);
    const { token_endpoint: endpoint } = scene.client.discovery;
    scene.proxy.fail("rotate_refresh_token", when);

    await assertOfTheMoment(await postForm(endpoint, refreshForm(scene.client, tokens.refresh_token)));
    const again = await postForm(endpoint, refreshForm(scene.client, tokens.refresh_token));
    const next = await postForm(endpoint, refreshForm(scene.client, (await again.json()).refresh_token));

    assertEquals([again.status, next.status], [200, 200]);
    await next.body?.cancel();
  });
}

Deno.test("A20: a refresh whose answer is lost is found again by whoever holds an older token", async () => {
  await using scene = await setCutScene();
  const { tokens } = await logIn(scene);
  const { discovery } = scene.client;
  const refresh = async (token: string): Promise<string> =>
    (await requestTokens(discovery, refreshForm(scene.client, token))).refresh_token;
  const second = await refresh(tokens.refresh_token);
  scene.proxy.fail("rotate_refresh_token", "after");
  await assertOfTheMoment(await postForm(discovery.token_endpoint, refreshForm(scene.client, second)));

  const [third, again] = [await refresh(tokens.refresh_token), await refresh(second)];

  assertEquals([third === second, again], [false, third]);
  assertEquals(await refresh(third) === third, false);
});

/** The steps of an upstream refresh, and whether the login outlives its loss at once. */
const refreshSteps: [string, Fault][] = [
  ["open_mcp_call", "before"],
  ["open_mcp_call", "after"],
  ["lease_upstream_refresh", "before"],
  ["store_upstream_refresh", "before"],
  ["store_upstream_refresh", "after"],
];
for (const [step, when] of refreshSteps) {
  Deno.test(`A20: a call that is killed right ${when} ${step} passes or says try again, and the next one passes`, async () => {
    await using scene = await setCutScene();
    const { tokens } = await logIn(scene);
    await expireUpstreamTokens(stack, scene.tenant.organizationId);
    scene.proxy.fail(step, when);

    const killed = await call(scene, tokens.access_token);
    const next = await call(scene, tokens.access_token);

    assert([200, 503].includes(killed.status), `the call answers ${killed.status}`);
    assertEquals(killed.status === 503, killed.headers.has("Retry-After"));
    assertEquals(next.status, 200);
    await assertNothingPartial(scene);
  });
}

Deno.test("A20: a lease whose taker was killed holds others off for its time only", async () => {
  await using scene = await setCutScene();
  const { tokens } = await logIn(scene);
  await expireUpstreamTokens(stack, scene.tenant.organizationId);
  await stack.sql`
    update public.upstream_oauth_tokens
    set refresh_leased_until = now() + interval '1 second', refresh_lease_hash = ${"k".repeat(43)}
    where organization_id = ${scene.tenant.organizationId}`;

  const answer = await call(scene, tokens.access_token);

  assertEquals(answer.status, 200);
  assertEquals(countRefreshes(scene), 1);
});

Deno.test("A20: a worker that was killed after the provider rotated says log in again, and asks no third time", async () => {
  await using scene = await setCutScene();
  const { tokens } = await logIn(scene);
  await expireUpstreamTokens(stack, scene.tenant.organizationId);
  await spendRefreshToken(scene);

  const answers = [await call(scene, tokens.access_token), await call(scene, tokens.access_token)];

  assertEquals(answers.map(({ status }) => status), [401, 401]);
  assert(answers[0]?.headers.get("WWW-Authenticate")?.includes("resource_metadata="));
  assertEquals(countRefreshes(scene), 2);
  await logIn(scene);
});

const killing = {
  name: "A20: workers that are killed in the middle of a callback come back, and a new login works",
  // The workers are found in /proc.
  ignore: Deno.build.os !== "linux",
};
Deno.test(killing, async () => {
  await using scene = await setScene(stack, { program: { delays: { token: 1500 } } });
  const [browser, callback] = await startLogin(scene);
  const visiting = visit(browser, callback);
  while (scene.provider.requests("token").length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  for (const pid of await listFunctionWorkers()) {
    Deno.kill(pid, "SIGKILL");
  }
  const killed = await visiting;

  assertEquals(killed.status, 503);
  await assertNothingPartial(scene);
  await waitForWorkers(scene);
  scene.provider.program({ delays: {} });
  assertEquals((await visit(browser, callback)).status, 400);
  await logIn(scene);
  await assertNothingPartial(scene);
});

type CutScene = Scene & { proxy: FaultProxy };

/** A scene whose functions run in this process, behind a proxy that loses calls. */
async function setCutScene(changes: SceneChanges = {}): Promise<CutScene> {
  const proxy = startDatabaseFaultProxy(stack.status);
  const worker = await startWorker(stack, { config: { databaseUrl: proxy.url } });
  const scene = await setScene(stack, { ...changes, publicUrl: worker.publicUrl });
  return {
    ...scene,
    proxy,
    async [Symbol.asyncDispose](): Promise<void> {
      await scene[Symbol.asyncDispose]();
      await worker[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

async function startLogin({ client }: Scene): Promise<[Browser, URL]> {
  const browser = openBrowser();
  return [browser, await reachCallback(browser, attemptAuthorization(client).url)];
}

async function visit(browser: Browser, url: URL): Promise<Response> {
  const response = await browser.get(url);
  await response.body?.cancel();
  return response;
}

async function post(browser: Browser, url: URL, form: string): Promise<Response> {
  const response = await browser.post(url.origin + url.pathname, { form, decision: "approve" });
  await response.body?.cancel();
  return response;
}

async function call({ tenant }: Scene, accessToken: string): Promise<Response> {
  const headers = { Authorization: `Bearer ${accessToken}` };
  const response = await fetch(tenant.mcpUrl, { method: "POST", headers, body: "{}" });
  await response.body?.cancel();
  return response;
}

async function assertOfTheMoment(response: Response): Promise<void> {
  assertEquals([response.status, response.headers.has("Retry-After")], [503, true]);
  assertEquals((await response.json()).error, "temporarily_unavailable");
}

/** Every login that completed has its user, vault entry and code; no other has left any of them. */
async function assertNothingPartial({ tenant }: Scene): Promise<void> {
  const [row] = await stack.sql`
    select
      (select count(*) from public.mcp_authorization_sessions
       where organization_id = ${tenant.organizationId} and completed_at is not null)::integer as completed,
      (select count(*) from public.mcp_authorization_codes
       where organization_id = ${tenant.organizationId})::integer as codes,
      (select count(*) from public.upstream_oauth_tokens
       where organization_id = ${tenant.organizationId})::integer as entries,
      (select count(*) from public.mcp_server_user as person
       where organization_id = ${tenant.organizationId} and not exists (
         select from public.mcp_server_user_identities as identity where identity.mcp_server_user_id = person.id
       ))::integer as users_without_identity`;
  const { completed } = row as unknown as { completed: number };
  assertEquals({ ...row }, { completed, codes: completed, entries: completed, users_without_identity: 0 });
}

function countRefreshes({ provider }: Scene): number {
  return provider.requests("token").filter(({ parameters }) =>
    parameters.get("grant_type") === "refresh_token"
  ).length;
}

/** What a worker does that is killed between the provider's answer and the database. */
async function spendRefreshToken({ provider, tenant }: Scene): Promise<void> {
  const [entry] = await stack.sql`
    select id, refresh_token_ciphertext as ciphertext from public.upstream_oauth_tokens
    where organization_id = ${tenant.organizationId}`;
  const keys = parseEncryptionKeys(stack.secrets.encryptionKeys);
  const place = upstreamTokenOf(tenant.organizationId, String(entry?.["id"]));
  const { text } = await openSecret(String(entry?.["ciphertext"]), place, keys);
  const response = await postForm(provider.url("token"), {
    grant_type: "refresh_token",
    refresh_token: text,
    client_id: provider.clientId,
    client_secret: provider.clientSecret,
  });
  assertEquals(response.status, 200);
  await response.body?.cancel();
}

async function listFunctionWorkers(): Promise<number[]> {
  const workers = await findFunctionWorkers(stack.pid);
  assertEquals(workers.length, 2);
  return workers;
}

async function waitForWorkers({ tenant }: Scene): Promise<void> {
  for (let inARow = 0; inARow < 4;) {
    const response = await fetch(`${tenant.issuer}/.well-known/openid-configuration`);
    await response.body?.cancel();
    inARow = response.ok ? inARow + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
