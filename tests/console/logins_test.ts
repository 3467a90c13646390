/**
 * Logins: why somebody could not log in, and why somebody was logged out.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type Account, addMember, signUpAccount, useConsole } from "../support/console/console.ts";
import { attemptAuthorization } from "../support/client/mcp_client.ts";
import { openBrowser, reachCallback } from "../support/client/browser.ts";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
const consoleTest = useConsole(stack);

const ADA = { sub: "ada", email: "ada@example.com", email_verified: true, name: "Ada" };

async function open(): Promise<{ scene: Scene; id: string; account: Account }> {
  const scene = await setScene(stack, { program: { person: ADA }, client: { client_name: "Example app" } });
  const account = await signUpAccount(stack);
  await addMember(stack, scene.tenant.organizationId, account, "member");
  return { scene, id: scene.tenant.organizationId, account };
}

/** A login that the provider refuses; the request id is the one that the person is shown. */
async function failLogin(scene: Scene): Promise<string> {
  const browser = openBrowser();
  const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);
  scene.provider.program({
    faults: { token: { kind: "json", status: 401, body: { error: "invalid_client" } } },
  });
  const response = await browser.get(callback);
  await response.body?.cancel();
  scene.provider.program({ faults: {} });
  return response.headers.get("X-Request-Id")!;
}

consoleTest(
  "whoever could not log in is found by the request id of their error, with reason and remedy",
  async (console) => {
    const { page } = console;
    const { scene, id, account } = await open();
    await using _ = scene;
    await logIn(scene);
    const requestId = await failLogin(scene);
    await console.open(`/${id}/logins`);
    await console.signIn(account);
    assertEquals(await page.locator("td .badge").allInnerTexts(), ["failed", "completed"]);
    await console.checkAccessibility();
    await console.photograph("logins");

    await page.getByLabel("Request id", { exact: true }).fill(requestId);
    await page.keyboard.press("Enter");

    await page.getByRole("heading", { name: "A login" }).waitFor();
    await page.getByRole("heading", { name: "Why" }).waitFor();
    const steps = await page.locator(".steps .badge").allInnerTexts();
    assertEquals(steps, ["done", "done", "failed here", "not reached"]);
    const facts = await page.locator("main dd").allInnerTexts();
    for (
      const fact of [
        "failed",
        "upstream_refused",
        "corrects the client id, secret, redirect URI or scopes",
        "the provider's token endpoint",
        "401",
        "invalid_client",
      ]
    ) {
      assertEquals(facts.includes(fact), true, `${fact} is not among ${facts.join(" | ")}`);
    }
    await page.getByRole("rowheader", { name: "login_failed" }).waitFor();
    await console.checkAccessibility();
    await console.photograph("login");
  },
);

consoleTest(
  "a login that succeeds meanwhile appears by itself, and is found by person, app and outcome",
  async (console) => {
    const { page } = console;
    const { scene, id, account } = await open();
    await using _ = scene;
    await page.clock.install();
    await console.open(`/${id}/logins`);
    await console.signIn(account);
    await page.getByText("Nobody has tried to log in yet.").waitFor();

    await logIn(scene);
    await failLogin(scene);
    await page.clock.runFor(31_000);
    await page.getByRole("link", { name: "Ada" }).waitFor();
    await page.getByLabel("Person").fill("ada@");
    await page.getByLabel("App", { exact: true }).fill("example");
    await page.getByLabel("Outcome").selectOption("completed");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.locator("td .badge.bad").waitFor({ state: "detached" });
    await page.locator("td .badge.good").waitFor();

    assertEquals(await page.locator("td .badge").allInnerTexts(), ["completed"]);
  },
);

consoleTest("a login that has ended says why, in the reader's language", async (console) => {
  const { page } = console;
  const { scene, id, account } = await open();
  await using _ = scene;
  await logIn(scene);
  await stack.sql`
    update public.mcp_proxy_tokens set revoked_at = now(), expires_at = now(), revoked_reason = 'refresh_token_reused'
    where organization_id = ${id}`;
  await console.open(`/${id}`);
  await console.signIn(account);
  await page.getByLabel("Language").selectOption("de");

  await console.open(`/${id}/logins?show=ended`);

  await page.getByRole("cell", { name: /ein altes Refresh-Token kam wieder: zwei Parteien hatten es/ })
    .waitFor();
  await page.getByText("findet heraus, welcher Client seine Tokens teilt", { exact: false }).waitFor();
  assertEquals(await page.getByRole("link", { name: "ada@example.com" }).count(), 1);
  await console.checkAccessibility();
  await console.photograph("ended_logins");
});

consoleTest("a request id that is unknown, or no id at all, is said to be so", async (console) => {
  const { page } = console;
  const { scene, id, account } = await open();
  await using _ = scene;
  await console.open(`/${id}/logins/${crypto.randomUUID()}`);
  await console.signIn(account);
  await page.getByText("No login and no audit event of this organization has this request id.").waitFor();

  await console.open(`/${id}/logins/${encodeURIComponent('x"},y')}`);

  await page.getByText("No login and no audit event of this organization has this request id.").waitFor();
});
