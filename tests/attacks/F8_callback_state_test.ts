import { assertEquals } from "@std/assert";
import { randomSecret } from "../../functions/_shared/secrets/secrets.ts";
import { attemptAuthorization } from "../support/client/mcp_client.ts";
import { assertShown } from "../support/client/attack_answers.ts";
import { type Browser, openBrowser, reachCallback, readLocation } from "../support/client/browser.ts";
import { type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { countRows } from "../support/stack/tenant.ts";

const stack = await useStack();

const attacks: Record<string, (callback: URL) => void> = {
  "without state": (callback) => callback.searchParams.delete("state"),
  "with an empty state": (callback) => callback.searchParams.set("state", ""),
  "with a made-up state": (callback) => callback.searchParams.set("state", randomSecret()),
  "with a state of one character less": (callback) =>
    callback.searchParams.set("state", (callback.searchParams.get("state") ?? "").slice(0, -1)),
  "with two states": (callback) => callback.searchParams.append("state", randomSecret()),
};

for (const [name, attack] of Object.entries(attacks)) {
  Deno.test(`F8: a callback ${name} is refused before the upstream code is redeemed`, async () => {
    await using scene = await setScene(stack);
    const browser = openBrowser();
    const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);

    const attacked = new URL(callback);
    attack(attacked);

    await assertRefusedEarly(await browser.get(attacked), scene);
    await assertFinishes(browser, callback);
  });
}

Deno.test("F8: a callback for a login that has expired is refused before the upstream code is redeemed", async () => {
  await using scene = await setScene(stack);
  const browser = openBrowser();
  const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);
  await stack.sql`
    update public.mcp_authorization_sessions
    set created_at = now() - interval '11 minutes', expires_at = now() - interval '1 minute'
    where organization_id = ${scene.tenant.organizationId}`;

  await assertRefusedEarly(await browser.get(callback), scene);
});

Deno.test("F8: a callback that is replayed with its cookie is refused before the upstream code is redeemed", async () => {
  await using scene = await setScene(stack);
  const browser = openBrowser();
  const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);
  const cookies = await browser.cookies.getCookieString(callback.href);
  await assertFinishes(browser, callback);

  const replay = await fetch(callback, { headers: { Cookie: cookies }, redirect: "manual" });

  await assertShown(replay, 400);
  assertEquals(scene.provider.requests("token").length, 1);
});

Deno.test("F8: of 20 parallel presentations of one callback a single one redeems the upstream code", async () => {
  await using scene = await setScene(stack, { program: { delays: { token: 50 } } });
  const browser = openBrowser();
  const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);
  const headers = { Cookie: await browser.cookies.getCookieString(callback.href) };

  const answers = await Promise.all(
    Array.from({ length: 20 }, () => fetch(callback, { headers, redirect: "manual" })),
  );

  assertEquals(answers.filter(({ headers }) => headers.get("Location")?.includes("code=")).length, 1);
  await Promise.all(answers.map((answer) => answer.body?.cancel()));
  assertEquals(scene.provider.requests("token").length, 1);
});

Deno.test("F8: a callback from another browser is refused before the upstream code is redeemed", async () => {
  await using scene = await setScene(stack);
  const callback = await reachCallback(openBrowser(), attemptAuthorization(scene.client).url);

  await assertRefusedEarly(await openBrowser().get(callback), scene);
});

async function assertRefusedEarly(response: Response, scene: Scene): Promise<void> {
  await assertShown(response, 400);
  assertEquals(scene.provider.requests("token"), []);
  assertEquals(await countRows(stack, "mcp_authorization_codes", scene.tenant.organizationId), 0);
}

/** What was refused did the login itself no harm. */
async function assertFinishes(browser: Browser, callback: URL): Promise<void> {
  const returned = await readLocation(await browser.get(callback));
  assertEquals(returned.searchParams.has("code"), true);
}
