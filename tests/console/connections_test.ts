/**
 * Connections and apps: found, ended one by one and together, made by hand and deleted.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Account, addMember, signUpAccount, useConsole } from "../support/console/console.ts";
import { discover, postForm, refreshForm, register } from "../support/client/mcp_client.ts";
import { type Login, logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
const consoleTest = useConsole(stack);

const ADA = { sub: "ada", email: "ada@example.com", email_verified: true, name: "Ada" };
const GRACE = { sub: "grace", email: "grace@example.com", email_verified: true, name: "Grace" };

/** Two people with one app, and the first of them with another one. */
async function open(role: "owner" | "member" = "owner"): Promise<{
  scene: Scene;
  id: string;
  account: Account;
  logins: { ada: Login; adaElsewhere: Login; grace: Login };
  elsewhere: Pick<Scene, "client">;
}> {
  const scene = await setScene(stack, {
    program: { person: ADA, people: { grace: GRACE } },
    client: { client_name: "First app" },
  });
  const id = scene.tenant.organizationId;
  const account = await signUpAccount(stack);
  await addMember(stack, id, account, role);
  const elsewhere = {
    client: await register(await discover(scene.tenant.mcpUrl), { client_name: "Second app" }),
  };
  const logins = {
    ada: await logIn(scene),
    adaElsewhere: await logIn(elsewhere),
    grace: await logIn(scene, { login_hint: "grace" }),
  };
  return { scene, id, account, logins, elsewhere };
}

/** Whether an app may still renew its tokens. */
async function isAlive({ client }: Pick<Scene, "client">, { tokens }: Login): Promise<boolean> {
  const response = await postForm(
    client.discovery.token_endpoint,
    refreshForm(client, tokens.refresh_token!),
  );
  await response.body?.cancel();
  return response.ok;
}

consoleTest("a connection is found by person, app and server, and ended alone", async (console) => {
  const { page } = console;
  const { scene, id, account, logins, elsewhere } = await open();
  await using _ = scene;
  await console.open(`/${id}/connections`);
  await console.signIn(account);
  assertEquals((await page.getByRole("rowheader").allInnerTexts()).sort(), ["Ada", "Ada", "Grace"]);
  await console.checkAccessibility();
  await console.photograph("connections");

  await page.getByLabel("Person").fill("ada@");
  await page.getByLabel("App", { exact: true }).fill("second");
  await page.getByLabel("Server").selectOption(scene.tenant.serverId);
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByRole("link", { name: "First app" }).first().waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Second app" }).waitFor();
  assertEquals(await page.getByRole("rowheader").allInnerTexts(), ["Ada"]);
  await page.getByRole("button", { name: `End: Ada, Second app, ${scene.tenant.slug}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End" }).click();
  await page.getByText("1 connection has ended").waitFor();
  await page.getByText("Nothing fits the filter.").waitFor();

  assertEquals(await isAlive(elsewhere, logins.adaElsewhere), false);
  assertEquals(await isAlive(scene, logins.ada), true);
});

consoleTest("several connections are chosen with the keyboard and ended together", async (console) => {
  const { page } = console;
  const { scene, id, account, logins, elsewhere } = await open();
  await using _ = scene;
  await console.open(`/${id}/connections`);
  await console.signIn(account);

  for (const name of [/Choose: Ada, First app/, /Choose: Grace, First app/]) {
    await page.getByRole("checkbox", { name }).focus();
    await page.keyboard.press("Space");
  }
  await page.getByRole("button", { name: "End 2 connections" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End" }).click();
  await page.getByText("2 connections have ended").waitFor();

  assertEquals(await page.getByRole("rowheader").allInnerTexts(), ["Ada"]);
  assertEquals([await isAlive(scene, logins.ada), await isAlive(scene, logins.grace)], [false, false]);
  assertEquals(await isAlive(elsewhere, logins.adaElsewhere), true);
});

consoleTest("an app is ended everywhere, and deleted", async (console) => {
  const { page } = console;
  const { scene, id, account, logins } = await open();
  await using _ = scene;
  await console.open(`/${id}/clients?search=first`);
  await console.signIn(account);
  await page.getByText("Details").click();
  await page.getByText("http://127.0.0.1:4321/callback").waitFor();
  await console.checkAccessibility();
  await console.photograph("clients");

  await page.getByRole("button", { name: "End logins: First app" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End logins" }).click();
  await page.getByText("Every login of First app has ended").waitFor();
  assertEquals(await isAlive(scene, logins.grace), false);
  assertEquals(await page.getByRole("button", { name: "End logins: First app" }).count(), 0);

  await page.getByRole("button", { name: "Delete: First app" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("First app is deleted").waitFor();
  await page.getByText("Nothing fits the filter.").waitFor();
});

consoleTest(
  "an app is made by hand: a wrong redirect URI is said beside its field, the secret is shown once",
  async (console) => {
    const { page } = console;
    const { scene, id, account } = await open();
    await using _ = scene;
    await console.open(`/${id}/clients`);
    await console.signIn(account);

    await page.getByRole("button", { name: "Make an app" }).click();
    await page.getByLabel("Name").fill("Company chat");
    await page.getByLabel("Redirect URIs").fill("javascript:alert(1)");
    await page.getByRole("dialog").getByRole("button", { name: "Make an app" }).click();
    await page.locator("textarea[aria-invalid=true]").waitFor();
    await console.checkAccessibility();
    await page.getByLabel("Redirect URIs").fill(
      "https://chat.example.com/callback\nhttps://chat.example.com/two",
    );
    await page.getByRole("dialog").getByRole("button", { name: "Make an app" }).click();
    await page.getByRole("heading", { name: "Company chat is made" }).waitFor();
    await console.checkAccessibility();
    await console.photograph("client_made");
    const [clientId, secret] = await page.locator(".made code").allInnerTexts();
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { name: "Company chat is made" }).waitFor();
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByRole("rowheader", { name: "Company chat" }).waitFor();

    assertMatch(clientId!, /^mcr_/);
    const [stored] = await stack.sql`
    select redirect_uris, client_secret_hash from public.mcp_client_registrations where id = ${clientId!}`;
    assertEquals(stored!["redirect_uris"], [
      "https://chat.example.com/callback",
      "https://chat.example.com/two",
    ]);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret)));
    assertEquals(
      stored!["client_secret_hash"],
      digest.toBase64({ alphabet: "base64url", omitPadding: true }),
    );
    assert(!(await page.content()).includes(secret!), "the secret is gone with its dialog");
  },
);

consoleTest("a member sees connections and apps, and no button that would be refused", async (console) => {
  const { page } = console;
  const { scene, id, account } = await open("member");
  await using _ = scene;
  await console.open(`/${id}/connections`);
  await console.signIn(account);
  assertEquals(await page.locator("main").getByRole("button").allInnerTexts(), ["Apply"]);
  assertEquals(await page.getByRole("checkbox").count(), 0);

  await console.open(`/${id}/clients`);

  await page.getByRole("rowheader", { name: "First app" }).waitFor();
  assertEquals(
    await page.locator("main").getByRole("button", { name: /End|Delete|Make/ }).count(),
    0,
  );
});
