import { assertEquals } from "@std/assert";
import type { CookieJar } from "tough-cookie";
import { attemptAuthorization } from "../support/client/mcp_client.ts";
import { assertShown } from "../support/client/attack_answers.ts";
import { approve, openBrowser, reachCallback, readLocation } from "../support/client/browser.ts";
import { setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { countRows } from "../support/stack/tenant.ts";

const stack = await useStack();

Deno.test("A1: a login that starts in browser A cannot finish in browser B, and A can still finish it", async () => {
  await using scene = await setScene(stack);
  const [a, b] = [openBrowser(), openBrowser()];
  const callback = await reachCallback(a, attemptAuthorization(scene.client).url);

  await assertShown(await b.get(callback), 400);

  assertEquals(scene.provider.requests("token"), []);
  assertEquals(await countRows(stack, "mcp_authorization_codes", scene.tenant.organizationId), 0);
  const returned = await readLocation(await a.get(callback));
  assertEquals(returned.searchParams.has("code"), true);
});

Deno.test("A1: a browser that is in a login of its own cannot finish another's", async () => {
  await using scene = await setScene(stack);
  const [a, b] = [openBrowser(), openBrowser()];
  const callbackOfA = await reachCallback(a, attemptAuthorization(scene.client).url);
  await approve(b, attemptAuthorization(scene.client).url);

  await assertShown(await b.get(callbackOfA), 400);

  assertEquals(scene.provider.requests("token"), []);
});

Deno.test("A1: the secret of B's own login under the name of A's cookie is refused", async () => {
  await using scene = await setScene(stack);
  const [a, b] = [openBrowser(), openBrowser()];
  const callbackOfA = await reachCallback(a, attemptAuthorization(scene.client).url);
  await approve(b, attemptAuthorization(scene.client).url);
  const [nameOfA] = await listCookies(a.cookies, callbackOfA);
  const [, secretOfB] = await listCookies(b.cookies, callbackOfA);

  const response = await fetch(callbackOfA, {
    headers: { Cookie: `${nameOfA}=${secretOfB}` },
    redirect: "manual",
  });

  await assertShown(response, 400);
  assertEquals(scene.provider.requests("token"), []);
});

Deno.test("A1: two logins in two tabs of one browser both finish", async () => {
  await using scene = await setScene(stack);
  const browser = openBrowser();
  const first = await reachCallback(browser, attemptAuthorization(scene.client).url);
  const second = await reachCallback(browser, attemptAuthorization(scene.client).url);

  for (const callback of [second, first]) {
    assertEquals((await readLocation(await browser.get(callback))).searchParams.has("code"), true);
  }
});

Deno.test("A1: the cookie is for no script, no other site's request and no longer than a login", async () => {
  await using scene = await setScene(stack);
  const browser = openBrowser();
  const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);

  const [cookie] = await browser.cookies.getCookies(callback.href);

  assertEquals(
    {
      httpOnly: cookie?.httpOnly,
      sameSite: cookie?.sameSite,
      maxAge: cookie?.maxAge,
      hostOnly: cookie?.hostOnly,
    },
    { httpOnly: true, sameSite: "lax", maxAge: 600, hostOnly: true },
  );
});

/** Name and secret of the one cookie of a browser. */
async function listCookies(jar: CookieJar, url: URL): Promise<[string, string]> {
  const [cookie] = await jar.getCookies(url.href);
  return [cookie?.key ?? "", cookie?.value ?? ""];
}
