/**
 * The pages of servers: from set-up to the first login that appears by itself, and to the end of a server.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { discover, register } from "../support/client/mcp_client.ts";
import {
  type Account,
  addMember,
  type ConsoleScene,
  signUpAccount,
  useConsole,
} from "../support/console/console.ts";
import { startMcpServer } from "../support/mcp_server/minimal.ts";
import { startProvider } from "../support/provider/provider.ts";
import { logIn, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { insert, makeConfig, makeTenant, type Row } from "../support/stack/tenant.ts";

const stack = await useStack();
const consoleTest = useConsole(stack);

/** An organization with somebody in it. */
async function setUp(
  role: "owner" | "member" = "owner",
): Promise<{ organizationId: string; account: Account }> {
  const organizationId = await insert(stack, "organizations", { name: "Set-up organization" });
  const account = await signUpAccount(stack);
  await addMember(stack, organizationId, account, role);
  return { organizationId, account };
}

async function openAs({ open, signIn }: ConsoleScene, account: Account, path: string): Promise<void> {
  await open(path);
  await signIn(account);
}

async function readServer(id: string): Promise<Row> {
  const [row] = await stack.sql`select * from public.mcp_servers where id = ${id}`;
  return { ...row };
}

/** Presses the button that saves the settings. */
async function save(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Save", exact: true }).click();
}

consoleTest(
  "an owner sets a server up with the keyboard, gives its URL away, and the first login appears by itself",
  async (scene) => {
    const { page } = scene;
    const { organizationId, account } = await setUp();
    await using provider = await startProvider();
    await using mcpServer = startMcpServer();
    await makeConfig(stack, organizationId, provider, { name: "Staff login" });
    await openAs(scene, account, `/${organizationId}/servers`);
    await page.getByText("There is no MCP server yet.").waitFor();
    await scene.checkAccessibility();
    const name = `Tools ${crypto.randomUUID().slice(0, 8)}`;
    const slug = name.toLowerCase().replace(" ", "-");

    await page.getByRole("link", { name: "New server" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "New server" }).waitFor();
    await scene.checkAccessibility();
    await page.getByLabel("Sign-in").waitFor();
    await page.getByLabel("Name", { exact: true }).focus();
    await page.keyboard.type(name);
    assertEquals(await page.getByLabel("Slug").inputValue(), slug);
    for (const field of ["slug", "custom_oauth_config_id", "place", "upstream_url"]) {
      await page.keyboard.press("Tab");
      assertEquals(await page.evaluate("document.activeElement.name"), field);
    }
    await page.keyboard.type(mcpServer.url);
    await page.keyboard.press("Enter");

    await page.getByRole("heading", { name, level: 1 }).waitFor();
    await page.getByText("Nobody has logged in yet.").waitFor();
    const mcpUrl = `${stack.status.PUBLIC_URL}/mcp/${slug}`;
    await page.getByText(mcpUrl, { exact: true }).first().waitFor();
    await page.getByText("Claude Code", { exact: true }).click();
    await page.getByText(`claude mcp add --transport http ${slug} ${mcpUrl}`).waitFor();
    await scene.checkAccessibility();
    await scene.photograph("server_new");

    await logIn({ client: await register(await discover(mcpUrl)) });

    await page.getByText("The first person has logged in").waitFor();
    await page.getByRole("cell", { name: "completed" }).waitFor();
    await scene.checkAccessibility();
    await scene.photograph("server");
  },
);

consoleTest("a scope rule is tried with the gateway's own decision before it is saved", async (scene) => {
  const { page } = scene;
  const { organizationId, account } = await setUp();
  await using provider = await startProvider();
  const { serverId } = await makeTenant(stack, provider, {
    organizationId,
    server: { scopes_supported: ["read", "write", "admin"], required_scopes: ["read"] },
  });
  await openAs(scene, account, `/${organizationId}/servers/${serverId}`);
  const answer = page.getByRole("status").filter({ hasText: /gateway forwards|token lacks/ });
  assertEquals(await answer.innerText(), "No: the token lacks read. The client is told to ask for read.");
  await page.getByLabel("read", { exact: true }).check();
  assertEquals(await answer.innerText(), "Yes: the gateway forwards the call.");

  await page.getByRole("button", { name: "Add a rule" }).click();
  const rule = page.getByRole("group", { name: "Rule 1" });
  await rule.getByLabel("Name").fill("delete_*");
  await rule.getByLabel("Scopes it needs").fill("write");
  await page.getByLabel("Name in the call").fill("delete_all");
  assertEquals(
    await answer.innerText(),
    "No: the token lacks write. The client is told to ask for read write.",
  );
  await page.getByLabel("Name in the call").fill("list_all");
  assertEquals(await answer.innerText(), "Yes: the gateway forwards the call.");
  await page.getByLabel("Name in the call").fill("delete_all");
  await page.getByRole("button", { name: "Add a scope" }).click();
  const inclusion = page.getByRole("group", { name: "Inclusion 1" });
  await inclusion.getByLabel("Scope", { exact: true }).fill("admin");
  await inclusion.getByLabel("Includes").fill("write read");
  await page.getByLabel("read", { exact: true }).uncheck();
  await page.getByLabel("admin", { exact: true }).check();
  assertEquals(await answer.innerText(), "Yes: the gateway forwards the call.");
  assertEquals((await readServer(serverId))["scope_rules"], []);
  await scene.checkAccessibility();
  await scene.photograph("scope_rules");

  await page.getByRole("button", { name: "Save the rules" }).click();
  await page.getByText("The rules are saved").waitFor();
  const { scope_rules, scope_hierarchy } = await readServer(serverId);
  assertEquals(scope_rules, [{ method: "tools/call", name: "delete_*", scopes: ["write"] }]);
  assertEquals(scope_hierarchy, { admin: ["write", "read"] });
  await page.getByText("The answer is the gateway's own.", { exact: true }).waitFor();
});

consoleTest(
  "a rule that names a scope which the server does not have is refused in the database's words",
  async (scene) => {
    const { page } = scene;
    const { organizationId, account } = await setUp();
    await using provider = await startProvider();
    const { serverId } = await makeTenant(stack, provider, { organizationId });
    await openAs(scene, account, `/${organizationId}/servers/${serverId}`);

    await page.getByRole("button", { name: "Add a rule" }).click();
    await page.getByLabel("Scopes it needs").fill("launch_missiles");
    await page.getByRole("button", { name: "Save the rules" }).click();

    await page.getByText(/rules whose scopes are a part of scopes_supported/).waitFor();
    assertEquals((await readServer(serverId))["scope_rules"], []);
    assertEquals(await page.getByLabel("Scopes it needs").inputValue(), "launch_missiles");
  },
);

consoleTest("an initial access token is shown once, and what is stored is its hash", async (scene) => {
  const { page } = scene;
  const { organizationId, account } = await setUp();
  await using provider = await startProvider();
  const { serverId } = await makeTenant(stack, provider, { organizationId });
  await openAs(scene, account, `/${organizationId}/servers/${serverId}`);

  await page.getByText("Lifetimes, registration and recording").click();
  await page.getByLabel("Who may register a client").selectOption("token");
  await page.getByLabel("Lifetime of access tokens, in seconds").fill("120");
  await scene.checkAccessibility();
  await save(page);

  const dialog = page.getByRole("dialog", { name: "Initial access token" });
  const token = await dialog.locator("code").innerText();
  await scene.checkAccessibility();
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  const { registration_policy, initial_access_token_hash, access_token_seconds } = await readServer(serverId);
  assertEquals([registration_policy, access_token_seconds], ["token", 120]);
  assertEquals(
    initial_access_token_hash,
    new Uint8Array(digest).toBase64({ alphabet: "base64url", omitPadding: true }),
  );
  await dialog.getByRole("button", { name: "Close" }).click();
  await page.reload();
  await page.getByRole("heading", { name: "Settings" }).waitFor();
  assertEquals((await page.content()).includes(token), false);
});

consoleTest(
  "a value that the database refuses is told beside its field, also where the field was hidden",
  async (scene) => {
    const { page } = scene;
    const { organizationId, account } = await setUp();
    await using provider = await startProvider();
    const { serverId, mcpUrl } = await makeTenant(stack, provider, { organizationId });
    await openAs(scene, account, `/${organizationId}/servers/${serverId}`);

    await page.getByLabel("URL of the MCP server").fill(mcpUrl);
    await save(page);
    await page.getByText("This has to be a URL that does not lead to the gateway").waitFor();
    assertEquals(await page.getByLabel("URL of the MCP server").getAttribute("aria-invalid"), "true");

    await page.getByLabel("URL of the MCP server").fill("http://127.0.0.1:9/mcp");
    await page.getByText("Lifetimes, registration and recording").click();
    await page.getByLabel("Lifetime of access tokens, in seconds").fill("5");
    await page.getByText("Lifetimes, registration and recording").click();
    await save(page);
    assertEquals(await page.evaluate("document.activeElement.name"), "access_token_seconds");
    await page.getByLabel("Lifetime of access tokens, in seconds").waitFor();
    assertEquals((await readServer(serverId))["access_token_seconds"], 900);
  },
);

consoleTest("an owner chooses what is recorded of calls, and what is left out of it", async (scene) => {
  const { page } = scene;
  const { organizationId, account } = await setUp();
  await using provider = await startProvider();
  const { serverId } = await makeTenant(stack, provider, { organizationId });
  await openAs(scene, account, `/${organizationId}/servers/${serverId}`);
  await page.getByText("Lifetimes, registration and recording").click();

  assertEquals(await page.getByLabel("What is recorded of calls").inputValue(), "none");
  await page.getByLabel("What is recorded of calls").selectOption("arguments");
  await page.getByLabel("Left out of what is recorded").fill("no path");
  await save(page);
  await page.getByText(/This has to be at most 50 paths/).waitFor();
  await page.getByLabel("Left out of what is recorded").fill("$.user.email\n$..secret");
  await save(page);
  await page.getByText("A server is saved").waitFor();
  const { record_payloads, redacted_paths } = await readServer(serverId);
  assertEquals([record_payloads, redacted_paths], ["arguments", ["$.user.email", "$..secret"]]);
});

consoleTest(
  "whoever is quicker than the list of providers has the server with the provider all the same",
  async (scene) => {
    const { page } = scene;
    const { organizationId, account } = await setUp();
    await using provider = await startProvider();
    const configId = await makeConfig(stack, organizationId, provider);
    const held = Promise.withResolvers<void>();
    await page.route("**/rest/v1/mcp_providers?**", async (route) => {
      await held.promise;
      await route.continue();
    });
    await scene.open(`/${organizationId}`);
    await page.getByLabel("E-mail address").fill(account.email);
    await page.getByLabel("Password").fill(account.password);
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Servers" }).click();
    await page.getByRole("link", { name: "New server" }).click();
    const name = `Tools ${crypto.randomUUID().slice(0, 8)}`;

    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("URL of the MCP server").fill("http://127.0.0.1:9/mcp");
    await page.keyboard.press("Enter");
    await page.locator("form[aria-busy=true]").waitFor();
    held.resolve();

    await page.getByRole("heading", { name, level: 1 }).waitFor();
    const rows = await stack.sql`
    select custom_oauth_config_id from public.mcp_servers where organization_id = ${organizationId}`;
    assertEquals([...rows], [{ custom_oauth_config_id: configId }]);
  },
);

consoleTest("a slug that is taken is refused, and what was typed stays", async (scene) => {
  const { page } = scene;
  const { organizationId, account } = await setUp();
  await using provider = await startProvider();
  const { slug } = await makeTenant(stack, provider);
  await openAs(scene, account, `/${organizationId}/servers/new`);

  await page.getByLabel("Name", { exact: true }).fill("Tools");
  await page.getByLabel("Slug").fill(slug);
  await page.getByLabel("URL of the MCP server").fill("http://127.0.0.1:9/mcp");
  await page.getByRole("button", { name: "Save the server" }).click();

  await page.getByText("This slug is taken, or was once somebody else's.").waitFor();
  assertEquals(await page.getByLabel("Slug").inputValue(), slug);
});

consoleTest("a server without a sign-in stands at the gateway or at its own URL", async (scene) => {
  const { page } = scene;
  const { organizationId, account } = await setUp();
  await openAs(scene, account, `/${organizationId}/servers/new`);
  await page.getByText("There is no provider to log in with yet.").waitFor();
  const name = `Open ${crypto.randomUUID().slice(0, 8)}`;

  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Where it is").selectOption("own");
  await page.getByLabel("The server's own URL").fill(`https://${crypto.randomUUID()}.example.com/mcp`);
  await page.getByRole("button", { name: "Save the server" }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
  await page.getByText("Nobody has called yet.").waitFor();
  await page.getByText("Rules need a sign-in and the gateway").waitFor();

  await page.getByLabel("Where it is").selectOption("gateway");
  await page.getByLabel("URL of the MCP server").fill("http://127.0.0.1:9/mcp");
  const saved = page.waitForResponse((response) => response.url().endsWith("/rpc/save_mcp_server"));
  await save(page);
  await saved;
  const rows = await stack.sql`
    select auth_type, upstream_url, resource from public.mcp_servers where organization_id = ${organizationId}`;
  assertEquals([...rows], [{ auth_type: "none", upstream_url: "http://127.0.0.1:9/mcp", resource: null }]);
});

consoleTest(
  "all connections of a server are revoked, it is turned off and on, and deleted",
  async (scene) => {
    const { page } = scene;
    await using setting = await setScene(stack);
    const { organizationId, serverId, slug } = setting.tenant;
    const account = await signUpAccount(stack);
    await addMember(stack, organizationId, account, "admin");
    await logIn(setting);
    const countFamilies = async (): Promise<number> => {
      const [row] = await stack.sql`
      select count(*)::integer as count from public.mcp_connections where mcp_server_id = ${serverId}`;
      return Number(row?.["count"]);
    };
    assertEquals(await countFamilies(), 1);
    await openAs(scene, account, `/${organizationId}/servers/${serverId}`);

    await page.getByRole("button", { name: "Revoke all connections" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke all connections" }).click();
    await page.getByText(`This has to be ${slug}`).waitFor();
    assertEquals(await countFamilies(), 1);
    await page.getByLabel(`Type ${slug} to confirm`).fill(slug);
    await page.getByRole("dialog").getByRole("button", { name: "Revoke all connections" }).click();
    await page.getByText(`All connections of ${slug} are revoked`).waitFor();
    assertEquals(await countFamilies(), 0);

    await page.getByRole("button", { name: "Disable" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
    await page.getByText(`${slug} is disabled`).waitFor();
    await page.getByRole("button", { name: "Enable" }).click();
    await page.getByText(`${slug} is enabled`).waitFor();

    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByLabel(`Type ${slug} to confirm`).fill(slug);
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByText(`${slug} is deleted`).waitFor();
    await page.getByText("There is no MCP server yet.").waitFor();
  },
);

consoleTest(
  "a member reads a server, tries its rules and sees no button that would be refused",
  async (scene) => {
    const { page, open } = scene;
    const { organizationId, account } = await setUp("member");
    await using provider = await startProvider();
    const { serverId, mcpUrl } = await makeTenant(stack, provider, {
      organizationId,
      server: {
        scopes_supported: ["read", "write"],
        scope_rules: [{ method: "tools/call", scopes: ["write"] }],
      },
    });
    const listButtons = (): Promise<string[]> => page.getByRole("main").getByRole("button").allInnerTexts();
    await openAs(scene, account, `/${organizationId}/servers`);

    assertEquals(await listButtons(), []);
    assertEquals(await page.getByRole("link", { name: "New server" }).count(), 0);
    await open(`/${organizationId}/servers/${serverId}`);
    await page.getByText(mcpUrl, { exact: true }).first().waitFor();
    assertEquals((await listButtons()).filter((text) => text !== "Copy"), []);
    await page.getByText("tools/call needs write").waitFor();
    await page.getByText(/^No: the token lacks write/).waitFor();
    await scene.checkAccessibility();
    await open(`/${organizationId}/servers/new`);
    await page.getByText("Your role does not allow this.").waitFor();
  },
);

consoleTest("another organization's server is not found", async (scene) => {
  const { page } = scene;
  const { organizationId, account } = await setUp();
  await using provider = await startProvider();
  const foreign = await makeTenant(stack, provider);

  await openAs(scene, account, `/${organizationId}/servers/${foreign.serverId}`);

  await page.getByText("There is no such page, or it is not for you.").waitFor();
  assertEquals(await page.getByText(foreign.slug).count(), 0);
});

consoleTest("the pages of servers are there in German", async (scene) => {
  const { page } = scene;
  const { organizationId, account } = await setUp();
  await using provider = await startProvider();
  const { serverId } = await makeTenant(stack, provider, { organizationId });
  await scene.open(`/${organizationId}/servers/${serverId}`);
  await page.getByLabel("E-Mail-Adresse").fill(account.email);
  await page.getByLabel("Passwort").fill(account.password);
  await page.getByRole("button", { name: "Anmelden", exact: true }).click();

  await page.getByRole("heading", { name: "Scope-Regeln" }).waitFor();
  await page.getByRole("button", { name: "Regel hinzufügen" }).click();
  await scene.checkAccessibility();
  await scene.photograph("server_german");
}, { locale: "de-DE" });
