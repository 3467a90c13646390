import { assert, assertEquals } from "@std/assert";
import { decodeProtectedHeader } from "jose";
import { generateEncryptionKeys, generateSigningKeys } from "../../supabase/local/make_keys.ts";
import { attemptAuthorization, postForm, refreshForm } from "../support/client/mcp_client.ts";
import { assertRefused } from "../support/client/attack_answers.ts";
import { openBrowser, openConsent, reachCallback } from "../support/client/browser.ts";
import { until } from "../support/run/until.ts";
import { type Login, logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { expireUpstreamTokens } from "../support/stack/tenant.ts";
import { startWorker, type Worker } from "../support/stack/worker.ts";

const stack = await useStack();
const { signingKeys: oldSigning, encryptionKeys: oldEncryption } = stack.secrets;
const newSigning = await generateSigningKeys();
const newEncryption = generateEncryptionKeys();

Deno.test("A22: sessions, logins and forms that began under the old keys go on under the new ones", async () => {
  await using site = await startRotatingSite();
  await using scene = await setScene(stack, { publicUrl: site.publicUrl });
  const login = await logIn(scene);
  const [consenting, returning] = [openBrowser(), openBrowser()];
  const { url } = attemptAuthorization(scene.client);
  const form = await openConsent(consenting, url);
  const callback = await reachCallback(returning, attemptAuthorization(scene.client).url);

  site.use("both");

  await assertServed(scene, login);
  const refreshed = await refresh(scene, login.tokens.refresh_token);
  assertEquals(decodeProtectedHeader(refreshed.access_token).kid, readKid(newSigning));
  const approval = await consenting.post(url.origin + url.pathname, { form, decision: "approve" });
  assertEquals(approval.headers.get("Location")?.startsWith(scene.provider.url("authorize")), true);
  const finished = await returning.get(callback);
  assert(finished.headers.get("Location")?.includes("code="));
});

Deno.test("A22: both keys are published while both are configured, and no private half ever", async () => {
  await using site = await startRotatingSite();
  site.use("both");

  const { keys } = await (await fetch(`${site.publicUrl}/oauth-jwks`)).json();

  assertEquals(keys.map(({ kid }: { kid: string }) => kid), [readKid(newSigning), readKid(oldSigning)]);
  assertEquals(keys.some((key: Record<string, unknown>) => "d" in key || "k" in key), false);
});

Deno.test("A22: what lies under the old key is sealed under the new one when it is read, and the old key can go", async () => {
  await using site = await startRotatingSite();
  await using scene = await setScene(stack, { publicUrl: site.publicUrl });
  const login = await logIn(scene);
  assertEquals(await listSealingKeys(scene), {
    config: readKid(oldEncryption),
    access: readKid(oldEncryption),
  });

  site.use("both");
  await assertServed(scene, login);
  const refreshed = await refresh(scene, login.tokens.refresh_token);
  await reachCallbackAndFinish(scene);
  await until(
    "the token is sealed under the new key",
    async () => (await listSealingKeys(scene)).access === readKid(newEncryption),
  );

  assertEquals(await listSealingKeys(scene), {
    config: readKid(newEncryption),
    access: readKid(newEncryption),
  });
  site.use("new");
  await assertServed(scene, { tokens: { ...login.tokens, access_token: refreshed.access_token } });
  await reachCallbackAndFinish(scene);
});

Deno.test("A22: a refresh token under the old key is used and sealed anew", async () => {
  await using site = await startRotatingSite();
  await using scene = await setScene(stack, {
    publicUrl: site.publicUrl,
    program: { refresh: "omitting" },
  });
  const login = await logIn(scene);
  await expireUpstreamTokens(stack, scene.tenant.organizationId);

  site.use("both");
  await assertServed(scene, login);

  const [entry] = await stack.sql`
    select access_token_ciphertext, refresh_token_ciphertext from public.upstream_oauth_tokens
    where organization_id = ${scene.tenant.organizationId}`;
  const kids = Object.values(entry ?? {}).map((ciphertext) => decodeProtectedHeader(String(ciphertext)).kid);
  assertEquals(kids, [readKid(newEncryption), readKid(newEncryption)]);
});

Deno.test("A22: a token whose key has gone is refused, and the client can log in again", async () => {
  await using site = await startRotatingSite();
  await using scene = await setScene(stack, { publicUrl: site.publicUrl });
  const { tokens } = await logIn(scene);
  site.use("both");
  await reachCallbackAndFinish(scene);

  site.use("new");

  const headers = { Authorization: `Bearer ${tokens.access_token}` };
  await assertRefused(
    await fetch(scene.tenant.mcpUrl, { method: "POST", headers, body: "{}" }),
    401,
    "invalid_token",
  );
  await logIn(scene);
});

type Keys = "old" | "both" | "new";

interface RotatingSite extends AsyncDisposable {
  publicUrl: string;
  /** Restarts the functions with other keys. */
  use: (keys: Keys) => void;
}

/** One address, with functions behind it that are restarted with other keys. */
async function startRotatingSite(): Promise<RotatingSite> {
  let serving: Worker;
  const abort = new AbortController();
  const listening = { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen: (): void => undefined };
  const server = Deno.serve(listening, (request) => serving.handle(request));
  const publicUrl = `http://127.0.0.1:${server.addr.port}/functions/v1`;
  const start = (signingKeys: string, encryptionKeys: string): Promise<Worker> =>
    startWorker(stack, { config: { publicUrl, signingKeys, encryptionKeys } });
  const workers: Record<Keys, Worker> = {
    old: await start(oldSigning, oldEncryption),
    both: await start(joinKeys(newSigning, oldSigning), joinKeys(newEncryption, oldEncryption)),
    new: await start(newSigning, newEncryption),
  };
  serving = workers.old;
  return {
    publicUrl,
    use: (keys) => serving = workers[keys],
    async [Symbol.asyncDispose](): Promise<void> {
      abort.abort();
      await server.finished;
      await Promise.all(Object.values(workers).map((worker) => worker[Symbol.asyncDispose]()));
    },
  };
}

function joinKeys(first: string, second: string): string {
  return JSON.stringify({ keys: [...JSON.parse(first).keys, ...JSON.parse(second).keys] });
}

function readKid(keySet: string): string {
  return JSON.parse(keySet).keys[0].kid;
}

async function assertServed(
  { tenant, client, mcpServer }: Scene,
  { tokens }: Pick<Login, "tokens">,
): Promise<void> {
  const headers = { Authorization: `Bearer ${tokens.access_token}` };
  const userinfo = await fetch(client.discovery.userinfo_endpoint, { headers });
  const call = await fetch(tenant.mcpUrl, { method: "POST", headers, body: "{}" });
  assertEquals([userinfo.status, call.status], [200, 200]);
  await Promise.all([userinfo.body?.cancel(), call.body?.cancel()]);
  assertEquals(mcpServer.received.at(-1)?.get("Authorization")?.startsWith("Bearer upstream-access-"), true);
}

async function refresh({ client }: Scene, token: string): Promise<{ access_token: string }> {
  return await (await postForm(client.discovery.token_endpoint, refreshForm(client, token))).json();
}

async function reachCallbackAndFinish(scene: Scene): Promise<void> {
  const browser = openBrowser();
  const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);
  const finished = await browser.get(callback);
  assert(finished.headers.get("Location")?.includes("code="));
}

/** The keys under which the config's secret and the oldest vault entry lie. */
async function listSealingKeys({ tenant }: Scene): Promise<{ config: string; access: string }> {
  const [row] = await stack.sql`
    select config.client_secret_ciphertext as config, entry.access_token_ciphertext as access
    from public.custom_oauth_configs as config
    join public.upstream_oauth_tokens as entry on entry.oauth_config_id = config.id
    where config.id = ${tenant.configId} order by entry.created_at limit 1`;
  const readKey = (ciphertext: unknown): string => String(decodeProtectedHeader(String(ciphertext)).kid);
  return { config: readKey(row?.["config"]), access: readKey(row?.["access"]) };
}
