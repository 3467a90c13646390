/**
 * The pages of providers, with `oidc-provider` as the provider: a certified one that others wrote.
 *
 * @module
 */

import { assertEquals, assertNotEquals } from "@std/assert";
import type { Page } from "playwright-core";
import {
  configSecretOf,
  parseEncryptionKeys,
  sealSecret,
} from "../../functions/_shared/secrets/encryption.ts";
import { newRowId } from "../../functions/_shared/secrets/secrets.ts";
import {
  type Account,
  addMember,
  type ConsoleScene,
  signUpAccount,
  useConsole,
} from "../support/console/console.ts";
import { type OidcProvider, startOidcProvider } from "../support/provider/oidc_provider.ts";
import { startProvider } from "../support/provider/provider.ts";
import { useStack } from "../support/stack/stack.ts";
import { insert, makeTenant } from "../support/stack/tenant.ts";

const stack = await useStack();
const consoleTest = useConsole(stack);

/** What the browser says of a request that the function refused. */
const REFUSED = [/status of 40[03]/];

/** An organization with an owner, and a provider that knows its redirect URI. */
async function setUp(): Promise<{ organizationId: string; owner: Account; redirectUri: string }> {
  const organizationId = await insert(stack, "organizations", { name: "Set-up organization" });
  const owner = await signUpAccount(stack);
  await addMember(stack, organizationId, owner, "owner");
  return {
    organizationId,
    owner,
    redirectUri: `${stack.status.PUBLIC_URL}/oauth-callback/${organizationId}`,
  };
}

/** A saved provider of the organization. */
async function saveProvider(organizationId: string, provider: OidcProvider): Promise<string> {
  const id = newRowId("coac_");
  const place = configSecretOf({ id, organization_id: organizationId });
  return await insert(stack, "custom_oauth_configs", {
    id,
    organization_id: organizationId,
    name: "Staff login",
    issuer: provider.issuer,
    client_id: provider.clientId,
    client_secret_ciphertext: await sealSecret(
      provider.clientSecret,
      place,
      parseEncryptionKeys(stack.secrets.encryptionKeys),
    ),
    scopes: ["openid", "email", "profile", "offline_access"],
  });
}

/** The text of what is read out with a field. */
async function describe(page: Page, label: string): Promise<string> {
  const ids = await page.getByLabel(label, { exact: true }).getAttribute("aria-describedby") ?? "";
  const parts = ids.split(" ").filter((id) => id !== "").map((id) =>
    page.locator(`[id="${id}"]`).innerText()
  );
  return (await Promise.all(parts)).join(" ");
}

/** Types into a field of the settings, and leaves it. */
async function write(page: Page, label: string, text: string): Promise<void> {
  const field = page.getByLabel(label, { exact: true });
  await field.fill(text);
  await field.blur();
}

async function openAs({ open, signIn }: ConsoleScene, account: Account, path: string): Promise<void> {
  await open(path);
  await signIn(account);
}

consoleTest(
  "an owner connects a provider: beside each field stands what the provider says, until all is right",
  async (scene) => {
    const { page } = scene;
    const { organizationId, owner, redirectUri } = await setUp();
    await using provider = await startOidcProvider([redirectUri]);
    await openAs(scene, owner, `/${organizationId}/providers`);
    await page.getByText("There is no provider yet.").waitFor();
    await scene.checkAccessibility();
    await page.getByRole("link", { name: "New provider" }).click();
    await page.getByText(redirectUri, { exact: true }).waitFor();

    await write(page, "Name", "Staff login");
    await write(page, "Issuer", `${provider.issuer}/`);
    await page.getByText(`The provider names itself ${provider.issuer}. Save exactly that text as issuer.`)
      .first()
      .waitFor();
    assertEquals((await describe(page, "Issuer")).includes("The provider names itself"), true);
    await scene.checkAccessibility();
    await scene.photograph("provider_wrong");

    await write(page, "Issuer", provider.issuer);
    await write(page, "Client id", provider.clientId);
    await write(page, "Client secret", "of another client");
    await page.getByText(/The provider knows the client id and refuses the client/).first().waitFor();
    assertEquals((await describe(page, "Client secret")).includes("problem"), true);
    await page.getByRole("button", { name: "Save in spite of the problems" }).waitFor();

    await write(page, "Client secret", provider.clientSecret);
    await write(page, "Scopes", "openid email profile offline_access");
    await page.getByText("Checked: nothing is wrong.").waitFor();
    await page.getByText(`The provider takes ${redirectUri}.`).first().waitFor();
    await scene.checkAccessibility();
    await scene.photograph("provider_right");
    await page.getByRole("button", { name: "Save the provider" }).click();

    await page.getByRole("heading", { name: "Staff login", level: 1 }).waitFor();
    await page.getByText("Checked: nothing is wrong.").waitFor();
    await scene.checkAccessibility();
    await scene.photograph("provider");
    const rows = await stack.sql`
      select name, issuer, client_id, scopes from public.custom_oauth_configs where organization_id = ${organizationId}`;
    assertEquals([...rows], [{
      name: "Staff login",
      issuer: provider.issuer,
      client_id: provider.clientId,
      scopes: ["openid", "email", "profile", "offline_access"],
    }]);
  },
);

consoleTest("nobody's half-typed secret is sent to a provider", async (scene) => {
  const { page } = scene;
  const { organizationId, owner, redirectUri } = await setUp();
  await using provider = await startOidcProvider([redirectUri]);
  const secrets: unknown[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/oauth-configs/check") && request.method() === "POST") {
      secrets.push(request.postDataJSON().client_secret);
    }
  });
  await openAs(scene, owner, `/${organizationId}/providers/new`);
  await write(page, "Issuer", provider.issuer);
  await write(page, "Client id", provider.clientId);
  await page.getByText(/^Checked:/).waitFor();

  await page.getByLabel("Client secret", { exact: true }).fill(provider.clientSecret.slice(0, 5));
  const checked = page.waitForResponse((response) =>
    response.request().method() === "POST" && String(response.request().postDataJSON()?.scopes) === "openid"
  );
  // Something else changes while the secret is being typed, so that there is another check to wait for.
  await page.getByLabel("Scopes", { exact: true }).evaluate(
    (field: { value: string; dispatchEvent: (event: Event) => boolean }) => {
      field.value = "openid";
      field.dispatchEvent(new Event("input", { bubbles: true }));
    },
  );
  await checked;
  assertEquals(secrets.filter((secret) => secret !== undefined), []);

  await write(page, "Client secret", provider.clientSecret);
  await page.getByText("The provider knows the client and accepts how it authenticates.").first().waitFor();
  assertEquals(secrets.filter((secret) => secret !== undefined), [provider.clientSecret]);
});

consoleTest("a preset fills the fields, and what is typed over it stays", async (scene) => {
  const { page } = scene;
  const { organizationId, owner } = await setUp();
  await openAs(scene, owner, `/${organizationId}/providers/new`);

  await page.getByLabel("Preset").selectOption("okta");
  await page.getByText(/Okta Admin Console/).waitFor();
  await write(page, "domain", "example.okta.com");

  assertEquals(await page.getByLabel("Issuer").inputValue(), "https://example.okta.com/oauth2/default");
  assertEquals(await page.getByLabel("Name", { exact: true }).inputValue(), "Okta");
  await write(page, "Name", "Our Okta");
  await write(page, "authorization_server", "staff");
  assertEquals(await page.getByLabel("Issuer").inputValue(), "https://example.okta.com/oauth2/staff");
  assertEquals(await page.getByLabel("Name", { exact: true }).inputValue(), "Our Okta");
  await scene.checkAccessibility();
});

consoleTest(
  "the thirty-first check in ten minutes is refused in Gatepost's words, and not repeated",
  async (scene) => {
    const { page } = scene;
    const { organizationId, owner } = await setUp();
    await stack.sql`
    insert into public.mcp_audit_events (organization_id, event, keep_until)
    select ${organizationId}, 'config_checked', now() + interval '1 day' from generate_series(1, 30)`;
    let checks = 0;
    page.on(
      "request",
      (request) =>
        checks += request.url().endsWith("/oauth-configs/check") && request.method() === "POST" ? 1 : 0,
    );
    await openAs(scene, owner, `/${organizationId}/providers/new`);

    await write(page, "Issuer", "https://login.example.com");
    await page.getByText("Cannot check config: wait ten minutes, there were thirty checks.").waitFor();
    await page.clock.install();
    await write(page, "Client id", "a-client");
    await page.clock.runFor(10_000);

    await page.getByText("Cannot check config: wait ten minutes, there were thirty checks.").waitFor();
    const again = page.waitForResponse((response) => response.status() === 403);
    await page.getByRole("button", { name: "Try again" }).click();
    await again;
    await page.getByText("Cannot check config: wait ten minutes, there were thirty checks.").waitFor();
    assertEquals(checks, 2);
  },
  { expected: REFUSED },
);

consoleTest(
  "a setting that the function refuses is told beside its field: another place wants the secret",
  async (scene) => {
    const { page } = scene;
    const { organizationId, owner, redirectUri } = await setUp();
    await using provider = await startOidcProvider([redirectUri]);
    await using other = await startOidcProvider([redirectUri]);
    const id = await saveProvider(organizationId, provider);
    await openAs(scene, owner, `/${organizationId}/providers/${id}`);

    await write(page, "Issuer", other.issuer);
    await page.getByRole("button", { name: "Save", exact: true }).click();

    await page.getByText(/client_secret has to be given where issuer/).waitFor();
    assertEquals(
      await page.getByLabel("Client secret", { exact: true }).getAttribute("aria-invalid"),
      "true",
    );
    const readIssuer = async (): Promise<unknown> => {
      const [row] = await stack.sql`select issuer from public.custom_oauth_configs where id = ${id}`;
      return row?.["issuer"];
    };
    assertEquals(await readIssuer(), provider.issuer);

    await page.getByLabel("Client secret", { exact: true }).fill(other.clientSecret);
    await page.keyboard.press("Enter");
    await page.getByText("Staff login is saved").waitFor();
    assertEquals(await readIssuer(), other.issuer);
    assertEquals(await page.getByLabel("Client secret", { exact: true }).inputValue(), "");
  },
  { expected: REFUSED },
);

consoleTest(
  "a provider that does not answer now is told as that, and not as the project's trouble",
  async (scene) => {
    const { page } = scene;
    const { organizationId, owner } = await setUp();
    await openAs(scene, owner, `/${organizationId}/providers/new`);

    await write(page, "Name", "Away");
    await write(page, "Issuer", "http://127.0.0.1:9");
    await write(page, "Client id", "gatepost");
    await page.getByText("No answer came from the issuer.", { exact: false }).first().waitFor();
    await page.getByRole("button", { name: "Save in spite of the problems" }).click();

    await page.getByText("Cannot reach the provider now: try again.").waitFor();
  },
  { expected: [...REFUSED, /status of 503/] },
);

consoleTest("only what was changed is sent, and what others have changed meanwhile stays", async (scene) => {
  const { page } = scene;
  const { organizationId, owner, redirectUri } = await setUp();
  await using provider = await startOidcProvider([redirectUri]);
  const id = await saveProvider(organizationId, provider);
  await openAs(scene, owner, `/${organizationId}/providers/${id}`);
  await stack.sql`update public.custom_oauth_configs set name = 'Renamed by a colleague' where id = ${id}`;

  await write(page, "Scopes", "openid, email");
  await page.getByRole("button", { name: "Save", exact: true }).click();

  await page.getByRole("heading", { name: "Renamed by a colleague", level: 1 }).waitFor();
  const [row] = await stack.sql`select name, scopes from public.custom_oauth_configs where id = ${id}`;
  assertEquals({ ...row }, { name: "Renamed by a colleague", scopes: ["openid", "email"] });
});

consoleTest(
  "a new secret is tried first: one that the provider refuses is not saved by accident",
  async (scene) => {
    const { page } = scene;
    const { organizationId, owner, redirectUri } = await setUp();
    await using provider = await startOidcProvider([redirectUri]);
    const id = await saveProvider(organizationId, { ...provider, clientSecret: "an older secret" });
    const readSecret = async (): Promise<string> => {
      const [row] = await stack.sql`
      select client_secret_ciphertext, client_generation from public.custom_oauth_configs where id = ${id}`;
      return JSON.stringify(row);
    };
    const before = await readSecret();
    await openAs(scene, owner, `/${organizationId}/providers/${id}`);
    await page.getByRole("button", { name: "Replace the secret" }).click();

    await page.getByLabel("New client secret").fill("mistyped");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByText(/The provider knows the client id and refuses the client/)
      .waitFor();
    await scene.checkAccessibility();
    await page.getByRole("button", { name: "Save in spite of the problems" }).waitFor();
    assertEquals(await readSecret(), before);

    await page.getByLabel("New client secret").fill(provider.clientSecret);
    await page.getByRole("button", { name: "Try and save" }).click();
    await page.getByText("The provider accepts the new secret, and it is saved").waitFor();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assertNotEquals(await readSecret(), before);
    assertEquals(JSON.parse(await readSecret()).client_generation, JSON.parse(before).client_generation);
  },
);

consoleTest("a new secret that cannot be tried is saved only by whoever insists", async (scene) => {
  const { page } = scene;
  const { organizationId, owner } = await setUp();
  const provider = await startOidcProvider(["http://127.0.0.1/callback"]);
  await provider[Symbol.asyncDispose]();
  const id = await saveProvider(organizationId, provider);
  const isNew = async (): Promise<boolean> => {
    const [row] = await stack
      .sql`select updated_at > created_at as changed from public.custom_oauth_configs where id = ${id}`;
    return row?.["changed"] === true;
  };
  await openAs(scene, owner, `/${organizationId}/providers/${id}`);
  await page.getByRole("button", { name: "Replace the secret" }).click();

  await page.getByLabel("New client secret").fill("another");
  await page.getByRole("button", { name: "Try and save" }).click();
  await page.getByRole("dialog").getByText(/No answer came from the issuer/).waitFor();
  assertEquals(await isNew(), false);
  await page.getByRole("button", { name: "Save in spite of the problems" }).click();

  await page.getByText("The new secret is saved").waitFor();
  assertEquals(await isNew(), true);
});

consoleTest("a provider moves to another issuer with its people: first counted, then done", async (scene) => {
  const { page } = scene;
  const { organizationId, owner, redirectUri } = await setUp();
  await using provider = await startOidcProvider([redirectUri]);
  await using moved = await startOidcProvider([redirectUri]);
  const id = await saveProvider(organizationId, provider);
  const personId = await insert(stack, "mcp_server_user", {
    organization_id: organizationId,
    auth_type: "custom_oauth",
  });
  await stack.sql`
    insert into public.mcp_server_user_identities (organization_id, source, subject, mcp_server_user_id, first_oauth_config_id)
    values (${organizationId}, ${provider.issuer}, 'ada', ${personId}, ${id})`;
  const readSources = async (): Promise<unknown[]> => {
    const rows = await stack.sql`
      select source from public.mcp_server_user_identities where organization_id = ${organizationId}`;
    return rows.map(({ source }) => source);
  };
  await openAs(scene, owner, `/${organizationId}/providers/${id}`);
  await page.getByRole("button", { name: "Move", exact: true }).click();

  await page.getByLabel("New issuer").fill(`${moved.issuer}/elsewhere`);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByRole("alert").waitFor();
  await page.getByLabel("New issuer").fill(moved.issuer);
  await page.getByRole("button", { name: "Count" }).click();
  await page.getByText(/1 person would be moved/).waitFor();
  await scene.checkAccessibility();
  assertEquals(await readSources(), [provider.issuer]);

  await page.getByRole("dialog").getByLabel("Client secret").fill(moved.clientSecret);
  await page.getByRole("button", { name: "Move the provider" }).click();
  await page.getByText("The provider is moved with 1 person").waitFor();
  assertEquals(await readSources(), [moved.issuer]);
  assertEquals(await page.getByLabel("Issuer", { exact: true }).inputValue(), moved.issuer);
}, { expected: REFUSED });

consoleTest("a provider is turned off and on, and deleted once no server uses it", async (scene) => {
  const { page } = scene;
  const { organizationId, owner } = await setUp();
  await using provider = await startProvider();
  const { configId, serverId, slug } = await makeTenant(stack, provider, {
    organizationId,
    config: { name: "Staff login" },
  });
  await openAs(scene, owner, `/${organizationId}/providers/${configId}`);
  await page.getByText("A provider that a server uses cannot be deleted.").waitFor();
  assertEquals(await page.getByRole("button", { name: "Delete" }).count(), 0);

  await page.getByRole("button", { name: "Disable" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
  await page.getByText("Staff login is disabled").waitFor();
  await page.getByText(/^Disabled since/).waitFor();
  await page.getByRole("button", { name: "Enable" }).click();
  await page.getByText("Staff login is enabled").waitFor();

  await page.getByRole("link", { name: slug }).click();
  await page.getByRole("heading", { name: "A server", level: 1 }).waitFor();
  await stack.sql`delete from public.mcp_servers where id = ${serverId}`;
  await page.goBack();
  await page.getByText("No server uses it.").waitFor();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByLabel("Type Staff login to confirm").fill("Staff login");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("Staff login is deleted").waitFor();
  await page.getByText("There is no provider yet.").waitFor();
  const rows = await stack.sql`select id from public.custom_oauth_configs where id = ${configId}`;
  assertEquals(rows.length, 0);
});

consoleTest("a member reads a provider and sees no button that would be refused", async (scene) => {
  const { page, open } = scene;
  const { organizationId } = await setUp();
  const member = await signUpAccount(stack);
  await addMember(stack, organizationId, member, "member");
  await using provider = await startProvider();
  const { configId } = await makeTenant(stack, provider, { organizationId });
  const listButtons = (): Promise<string[]> => page.getByRole("main").getByRole("button").allInnerTexts();
  await openAs(scene, member, `/${organizationId}/providers`);

  assertEquals(await listButtons(), []);
  assertEquals(await page.getByRole("link", { name: "New provider" }).count(), 0);
  await page.getByRole("link", { name: "A provider" }).click();
  await page.getByText(provider.clientId, { exact: true }).waitFor();
  assertEquals(await listButtons(), ["Copy"]);
  assertEquals(await page.getByRole("textbox").count(), 0);
  await scene.checkAccessibility();
  await open(`/${organizationId}/providers/new`);
  await page.getByText("Your role does not allow this.").waitFor();
  assertEquals(await listButtons(), []);
  await open(`/${organizationId}/providers/${configId}?check=now`);
  await page.getByText(provider.clientId, { exact: true }).waitFor();
  assertEquals(await listButtons(), ["Copy"]);
});

consoleTest("another organization's provider is not found", async (scene) => {
  const { page } = scene;
  const { organizationId, owner } = await setUp();
  await using provider = await startProvider();
  const foreign = await makeTenant(stack, provider);

  await openAs(scene, owner, `/${organizationId}/providers/${foreign.configId}`);

  await page.getByText("There is no such page, or it is not for you.").waitFor();
  assertEquals(await page.getByText("A provider", { exact: true }).count(), 0);
});

consoleTest("the pages of providers are there in German", async (scene) => {
  const { page } = scene;
  const { organizationId } = await setUp();
  const owner = await signUpAccount(stack);
  await addMember(stack, organizationId, owner, "owner");
  await scene.open(`/${organizationId}/providers/new`);
  await page.getByLabel("E-Mail-Adresse").fill(owner.email);
  await page.getByLabel("Passwort").fill(owner.password);
  await page.getByRole("button", { name: "Anmelden", exact: true }).click();

  await page.getByRole("heading", { name: "Neuer Provider" }).waitFor();
  await page.getByText("Weitere Einstellungen").click();
  await scene.checkAccessibility();
  await scene.photograph("provider_german");
}, { locale: "de-DE" });
