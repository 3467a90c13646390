/**
 * What an owner says for the consent page: the logo, another account, and what scopes mean. Saved, and read there.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { attemptAuthorization } from "../support/client/mcp_client.ts";
import {
  type Account,
  addMember,
  type ConsoleScene,
  signUpAccount,
  useConsole,
} from "../support/console/console.ts";
import { type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
const consoleTest = useConsole(stack);

/** The browser asks the functions' origin for an icon as well, which has none. What is on the page is looked at. */
const NO_ICON = { expected: [/status of 404/] };

const SERVER = { scopes_supported: ["files:read", "files:write"], required_scopes: ["files:read"] };

async function setUp(role: "owner" | "member" = "owner"): Promise<{ scene: Scene; account: Account }> {
  const scene = await setScene(stack, { server: SERVER });
  const account = await signUpAccount(stack);
  await addMember(stack, scene.tenant.organizationId, account, role);
  return { scene, account };
}

async function openAs({ open, signIn }: ConsoleScene, account: Account, path: string): Promise<void> {
  await open(path);
  await signIn(account);
}

/** Goes to the consent page, as an app would send a person there. */
async function openConsent(page: Page, { client }: Scene, parameters = {}): Promise<void> {
  const { url } = attemptAuthorization(client, { scope: "files:read files:write", ...parameters });
  await page.goto(url.href);
}

/** What the browser made of an image: how wide it is, or 0 where it could not be shown. */
async function measure(page: Page, selector: string): Promise<number> {
  const image = page.locator(selector);
  await image.waitFor();
  return await image.evaluate(async (element) => {
    const shown = element as unknown as { decode: () => Promise<void>; naturalWidth: number };
    await shown.decode().catch(() => undefined);
    return shown.naturalWidth;
  });
}

async function choose(page: Page, name: string, mimeType: string, bytes: Uint8Array): Promise<void> {
  await page.getByLabel("Image file").setInputFiles({ name, mimeType, buffer: Buffer.from(bytes) });
  await page.getByRole("button", { name: "Upload the logo" }).click();
}

consoleTest(
  "an owner uploads a logo, people see it on the consent page, and it is removed",
  async (console) => {
    const { page } = console;
    const { scene, account } = await setUp();
    await using _ = scene;
    const path = `/${scene.tenant.organizationId}/settings`;
    await openAs(console, account, path);
    await page.getByText("There is no logo.").waitFor();
    const png = await page.screenshot({ clip: { x: 0, y: 0, width: 120, height: 60 } });

    await choose(page, "logo.png", "image/png", png);
    await page.getByText("The logo is saved").waitFor();
    assertEquals(await measure(page, "main img"), 120);
    assertEquals(await page.getByLabel("Image file").inputValue(), "");
    await console.checkAccessibility();
    await console.photograph("settings_logo");
    await page.reload();
    assertEquals(await measure(page, "main img"), 120);

    await openConsent(page, scene);
    assertEquals(await measure(page, ".owner img"), 120);
    await console.photograph("consent_logo");

    await console.open(path);
    await page.getByRole("button", { name: "Remove the logo" }).click();
    await page.getByText("The logo is removed").waitFor();
    await page.getByText("There is no logo.").waitFor();
    assertEquals(await page.getByRole("button", { name: "Remove the logo" }).count(), 0);
    await openConsent(page, scene);
    await page.getByRole("button", { name: "Approve" }).waitFor();
    assertEquals(await page.locator("img").count(), 0);
  },
  NO_ICON,
);

consoleTest("a file that is no logo is refused beside the field", async (console) => {
  const { page } = console;
  const { scene, account } = await setUp();
  await using _ = scene;
  await openAs(console, account, `/${scene.tenant.organizationId}/settings`);
  const field = page.getByLabel("Image file");

  await choose(page, "logo.svg", "image/svg+xml", new TextEncoder().encode("<svg/>"));
  await page.getByText("This is no PNG, JPEG or WebP image.").waitFor();
  assertEquals(await field.getAttribute("aria-invalid"), "true");
  await choose(page, "logo.png", "image/png", new Uint8Array(65_537));
  await page.getByText("This file is larger than 64 KB.").waitFor();
  // The browser goes by the file's name, the database by its bytes.
  await choose(page, "logo.png", "image/png", new TextEncoder().encode("<svg/>"));
  await page.getByText("This has to be a PNG, JPEG or WebP image").waitFor();
  await console.checkAccessibility();

  const [row] = await stack.sql`
    select logo from public.organizations where id = ${scene.tenant.organizationId}`;
  assertEquals(row?.["logo"], null);
});

consoleTest("an owner offers another account, and the provider is sent the prompt", async (console) => {
  const { page } = console;
  const { scene, account } = await setUp();
  await using _ = scene;
  await openAs(console, account, `/${scene.tenant.organizationId}/providers/${scene.tenant.configId}`);
  const choice = page.getByLabel("How a person takes another account");

  await page.getByText("More settings").click();
  assertEquals(await choice.inputValue(), "");
  await choice.selectOption("select_account");
  await console.checkAccessibility();
  await console.photograph("provider_account_prompt");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText(/ is saved$/).waitFor();
  await page.reload();
  await page.getByText("More settings").click();
  assertEquals(await choice.inputValue(), "select_account");

  await openConsent(page, scene, { login_hint: "ada@example.com" });
  await page.getByText("ada@example.com").waitFor();
  const location = Promise.withResolvers<string>();
  await page.route("**/oauth-authorize/**", async (route) => {
    const response = await route.fetch({ maxRedirects: 0 });
    location.resolve(response.headers()["location"] ?? "");
    await route.fulfill({ contentType: "text/html", body: "Here the provider would be" });
  }, { times: 1 });
  await page.getByRole("button", { name: "Use another account" }).click();
  const { searchParams } = new URL(await location.promise);
  assertEquals([searchParams.get("prompt"), searchParams.get("login_hint")], ["select_account", null]);

  await console.open(`/${scene.tenant.organizationId}/providers/${scene.tenant.configId}`);
  await page.getByText("More settings").click();
  await choice.selectOption("");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText(/ is saved$/).waitFor();
  await openConsent(page, scene);
  await page.getByRole("button", { name: "Approve" }).waitFor();
  assertEquals(await page.getByRole("button", { name: "Use another account" }).count(), 0);
}, NO_ICON);

consoleTest("an owner says what scopes mean, and people read it on the consent page", async (console) => {
  const { page } = console;
  const { scene, account } = await setUp();
  await using _ = scene;
  await openAs(console, account, `/${scene.tenant.organizationId}/servers/${scene.tenant.serverId}`);
  const field = page.getByLabel("What people read of a scope");

  assertEquals(await field.inputValue(), "");
  await field.fill("files:read");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText(/This has to be an object of at most 100 scopes/).waitFor();
  assertEquals(await field.getAttribute("aria-invalid"), "true");
  await field.fill("files:read Read your files = all of them\nfiles:write   Change your files\n");
  await console.checkAccessibility();
  await console.photograph("server_scope_descriptions");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText(/ is saved$/).waitFor();
  await page.reload();
  await field.waitFor();
  assertEquals(
    (await field.inputValue()).split("\n").toSorted(),
    ["files:read Read your files = all of them", "files:write Change your files"],
  );
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Nothing is different").waitFor();

  await openConsent(page, scene);
  await page.getByText("Read your files = all of them").waitFor();
  await page.getByText("Change your files").waitFor();
  await console.photograph("consent_scopes");
}, NO_ICON);

consoleTest("a member reads all of it and changes nothing, in German", async (console) => {
  const { page } = console;
  const { scene, account } = await setUp("member");
  await using _ = scene;
  const { organizationId, configId, serverId } = scene.tenant;
  const png = await page.screenshot({ clip: { x: 0, y: 0, width: 120, height: 60 } });
  await stack.sql`update public.organizations set logo = ${png} where id = ${organizationId}`;
  await stack.sql`
    update public.custom_oauth_configs set account_prompt = 'login' where id = ${configId}`;
  await stack.sql`
    update public.mcp_servers set scope_descriptions = '{"files:read": "Dateien lesen"}' where id = ${serverId}`;
  await console.open(`/${organizationId}/settings`);
  await page.getByLabel("E-Mail-Adresse").fill(account.email);
  await page.getByLabel("Passwort").fill(account.password);
  await page.getByRole("button", { name: "Anmelden", exact: true }).click();

  assertEquals(await measure(page, "main img"), 120);
  assertEquals(await page.locator("main img").getAttribute("alt"), "Das Logo der Organisation");
  assertEquals(await page.getByLabel("Bilddatei").count(), 0);
  await console.checkAccessibility();
  await console.open(`/${organizationId}/providers/${configId}`);
  assert(await page.getByText("Wie jemand ein anderes Konto nimmt").isVisible());
  await console.open(`/${organizationId}/servers/${serverId}`);
  await page.getByText("files:read Dateien lesen").waitFor();
}, { locale: "de-DE" });

consoleTest("without a server the logo is told of, and shown once there is one", async (console) => {
  const { page } = console;
  const { scene, account } = await setUp();
  await using _ = scene;
  const png = await page.screenshot({ clip: { x: 0, y: 0, width: 120, height: 60 } });
  await stack.sql`update public.organizations set logo = ${png} where id = ${scene.tenant.organizationId}`;
  await stack.sql`update public.mcp_servers set disabled_at = now() where id = ${scene.tenant.serverId}`;
  await openAs(console, account, `/${scene.tenant.organizationId}/settings`);

  await page.getByText("There is a logo. It is shown here as soon as a server is enabled.").waitFor();
  assertEquals(await page.locator("main img").count(), 0);
});
