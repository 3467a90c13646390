/**
 * Twenty tasks of somebody who knows the README alone: from an account to "why could this person not log in", and back.
 *
 * Each is done by the page alone, and each looks in the database or at the wire
 * whether what the page says has happened has happened. The provider is the
 * demo's, the people log in in windows of their own, and their apps are clients
 * of the official SDK. Told twice: at a desk, and with everything on 360 px.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import type { BrowserContextOptions, Page } from "playwright-core";
import { findFreePort } from "../../supabase/local/ports.ts";
import { startMcpServer } from "../../supabase/local/demo/mcp_server.ts";
import { type BrowserApp, installApp } from "../support/client/browser_app.ts";
import { callTool, discover, postForm, postMessage } from "../support/client/mcp_client.ts";
import {
  type ConsoleScene,
  type ConsoleWindow,
  SCREENSHOTS,
  useConsole,
} from "../support/console/console.ts";
import { type DemoClient, registerDemoClient } from "../support/provider/demo_client.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
const consoleTest = useConsole(stack);

const PASSWORD = "a long enough password";
/** How long the gateway may hold on to what it knows: half a minute, and twice that on a busy machine. */
const GATEWAY_MILLISECONDS = 60_000;

const WIDTHS: Record<string, BrowserContextOptions> = {
  "at a desk": { viewport: { width: 1280, height: 860 } },
  "on a phone": { viewport: { width: 360, height: 740 } },
};

for (const [where, options] of Object.entries(WIDTHS)) {
  consoleTest(`twenty tasks, ${where}`, (scene) => tellStory(scene, where.split(" ").at(-1)!), {
    ...options,
    permissions: ["clipboard-read", "clipboard-write"],
    // The provider has no icon, and its pages do not say so to the browser.
    expected: [/status of 404/],
  });
}

async function tellStory(scene: ConsoleScene, where: string): Promise<void> {
  const { page } = scene;
  const unique = crypto.randomUUID().slice(0, 8);
  const owner = `owner-${unique}@example.com`;
  const colleague = `colleague-${unique}@example.com`;
  const company = `Company ${unique}`;
  const mcpPort = findFreePort();
  const { origin: providerOrigin, port: providerPort } = new URL(stack.status.UPSTREAM_ISSUER);
  const people = { origins: [providerOrigin, "http://127.0.0.1:4321"] };
  await using ends = new AsyncDisposableStack();
  let organizationId = "";
  let client: DemoClient = { clientId: "", secret: "" };
  let slug = "";
  let mcpUrl = "";
  let failedRequest = "";
  const [ada, grace] = [await scene.openWindow(people), await scene.openWindow(people)];
  let adasApp: BrowserApp;
  let gracesApp: BrowserApp;
  let number = 0;

  /** A task; at its end everybody can read the page, and nothing is wider than the window. */
  async function task(name: string, run: () => Promise<void>): Promise<void> {
    number++;
    await scene.step(`${number}. ${name}`, async () => {
      await run();
      await scene.checkAccessibility();
      await look(scene, `${where}_${String(number).padStart(2, "0")}`);
    });
  }

  await task("makes an account", async () => {
    await scene.open();
    await page.getByRole("button", { name: "Create an account" }).click();
    await page.getByLabel("E-mail address").fill(owner);
    await page.keyboard.press("Tab");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByText("You belong to no organization yet.").waitFor();

    const accounts = await stack.sql`select email from auth.users where email = ${owner}`;
    assertEquals(accounts.length, 1);
  });

  await task("founds an organization", async () => {
    await page.getByLabel("Name").fill(company);
    await page.keyboard.press("Enter");
    await page.getByText(`${company} is founded`).waitFor();
    await page.getByRole("heading", { level: 1, name: "Home" }).waitFor();
    await page.getByRole("link", { name: "No MCP server is set up yet." }).waitFor();

    const rows = await stack.sql`
      select organization.id, member.role from public.organizations as organization
      join public.organization_members as member on member.organization_id = organization.id
      join auth.users as account on account.id = member.user_id
      where organization.name = ${company} and account.email = ${owner}`;
    assertEquals(rows.map(({ role }) => role), ["owner"]);
    organizationId = String(rows[0]!["id"]);
  });

  await task("names the provider, and mends what is told beside its field", async () => {
    await page.getByRole("link", { name: "No provider is set up yet." }).click();
    await page.getByRole("link", { name: "New provider" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Staff login");
    const issuer = page.getByLabel("Issuer", { exact: true });
    await issuer.fill(`${providerOrigin}/`);
    const advice = `The provider names itself ${providerOrigin}. Save exactly that text as issuer.`;
    await page.getByText(advice).first().waitFor();
    const described = await issuer.getAttribute("aria-describedby");
    const read = await Promise.all(
      described!.split(" ").map((id) => page.locator(`[id="${id}"]`).innerText()),
    );
    assertStringIncludes(read.join(" "), advice);
    await scene.checkAccessibility();
    await look(scene, `${where}_03_mistake`);

    await issuer.fill(providerOrigin);
    await page.getByText(advice).first().waitFor({ state: "detached" });

    const events = await stack.sql`
      select from public.mcp_audit_events where organization_id = ${organizationId} and event = 'config_checked'`;
    assert(events.length > 0, "the provider was asked");
  });

  await task("copies the redirect URI, registers it at the provider, and saves the provider", async () => {
    await page.getByRole("button", { name: "Copy: Redirect URI" }).click();
    const redirectUri = await readClipboard(page);
    assertEquals(redirectUri, `${stack.status.PUBLIC_URL}/oauth-callback/${organizationId}`);
    client = await registerDemoClient(stack, redirectUri);

    await page.getByLabel("Client id", { exact: true }).fill(client.clientId);
    await page.getByLabel("Client secret", { exact: true }).fill(client.secret);
    await page.getByLabel("Scopes", { exact: true }).fill("openid email profile offline_access");
    await page.getByText("Checked: nothing is wrong.").waitFor();
    await page.getByRole("button", { name: "Save the provider" }).click();
    await page.getByRole("heading", { level: 1, name: "Staff login" }).waitFor();
    await page.getByText("Checked: nothing is wrong.").waitFor();

    const rows = await stack.sql`
      select issuer, client_id, scopes, client_secret_ciphertext like ${`%${client.secret}%`} as readable
      from public.custom_oauth_configs where organization_id = ${organizationId}`;
    assertEquals([...rows], [{
      issuer: providerOrigin,
      client_id: client.clientId,
      scopes: ["openid", "email", "profile", "offline_access"],
      readable: false,
    }]);
  });

  await task("adds the MCP server", async () => {
    await goTo(page, "Servers");
    await page.getByRole("link", { name: "New server" }).click();
    await page.getByLabel("Name", { exact: true }).fill(`Tools ${unique}`);
    slug = await page.getByLabel("Slug").inputValue();
    const server = startMcpServer({
      publicUrl: stack.status.PUBLIC_URL,
      slug,
      mcpPort,
      providerPort: Number(providerPort),
    });
    ends.defer(() => server.shutdown());
    await page.getByLabel("URL of the MCP server").fill(`http://127.0.0.1:${mcpPort}/mcp`);
    await page.keyboard.press("Enter");
    await page.getByText(`Tools ${unique} is saved`).waitFor();
    await page.getByText("Nobody has logged in yet.").waitFor();

    const rows = await stack.sql`
      select server.slug, server.upstream_url, config.name as provider from public.mcp_servers as server
      join public.custom_oauth_configs as config on config.id = server.custom_oauth_config_id
      where server.organization_id = ${organizationId}`;
    assertEquals([...rows], [
      { slug, upstream_url: `http://127.0.0.1:${mcpPort}/mcp`, provider: "Staff login" },
    ]);
  });

  await task("copies the URL for people, and reads what each client is told", async () => {
    await page.getByRole("button", { name: "Copy: URL for people" }).click();
    mcpUrl = await readClipboard(page);
    const clients: Record<string, RegExp> = {
      "Claude": /Add custom connector/,
      "ChatGPT": /Create/,
      "Claude Code": /claude mcp add/,
      "Codex": /codex mcp add/,
      "Cursor": /mcpServers/,
      "VS Code": /code --add-mcp/,
      "Gemini CLI": /gemini mcp add/,
      "opencode": /opencode mcp auth/,
      "Other apps": /mcp-remote/,
    };
    for (const [name, told] of Object.entries(clients)) {
      const summary = page.locator("summary").getByText(name, { exact: true });
      await summary.focus();
      await page.keyboard.press("Enter");
      await page.getByText(told).first().waitFor();
    }
    await page.getByRole("button", { name: "Copy: Claude Code" }).click();
    assertEquals(await readClipboard(page), `claude mcp add --transport http ${slug} ${mcpUrl}`);
    await look(scene, `${where}_06_clients`);

    const { resource, registration_endpoint } = await discover(mcpUrl);
    assertEquals(resource, mcpUrl);
    assertStringIncludes(registration_endpoint, slug);
  });

  await task("sees the first login appear by itself", async () => {
    adasApp = installApp("Ada's editor", mcpUrl);
    ends.defer(() => adasApp.close());
    await adasApp.logIn(ada.page, "ada");
    assertEquals(await adasApp.call("add", { a: 2, b: 40 }), "42");
    assertStringIncludes(await adasApp.call("whoami"), "ada@example.com");

    await page.getByText("The first person has logged in").waitFor();
    const row = page.getByRole("table", { name: "Latest logins" }).getByRole("row").nth(1);
    for (const text of ["Ada's editor", "ada@example.com", "completed"]) {
      assertStringIncludes(await row.innerText(), text);
    }
    assertEquals(await countEvents(organizationId, "login_completed"), 1);
  });

  await task("finds the person among the people", async () => {
    await goTo(page, "People");
    await page.getByLabel("Search", { exact: true }).fill("ADA@example");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Show all" }).waitFor();
    await page.getByRole("rowheader", { name: "Ada" }).waitFor();

    const rows = await stack.sql`
      select email, email_verified from public.mcp_server_user where organization_id = ${organizationId}`;
    assertEquals([...rows], [{ email: "ada@example.com", email_verified: true }]);
  });

  await task("reads the person's file", async () => {
    await page.getByRole("link", { name: "Ada", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "Ada" }).waitFor();
    await page.getByText("verified by the provider").waitFor();
    const identity = page.getByRole("table", { name: "Identities" }).getByRole("row").nth(1);
    assertStringIncludes(await identity.innerText(), providerOrigin);
    await page.getByRole("table", { name: "Connections" }).getByRole("rowheader", { name: "Ada's editor" })
      .waitFor();
    await page.getByRole("table", { name: "Tokens of the provider" }).getByText("good").waitFor();
    await page.getByText("What the provider says of this person").click();
    await page.getByText('"preferred_username": "ada"').waitFor();

    const { mcp_server_user_id } = JSON.parse(await adasApp.call("whoami"));
    await page.getByText(mcp_server_user_id, { exact: true }).waitFor();
    await waitForCalls(organizationId, 3);
    await page.reload();
    const calls = page.getByRole("table", { name: "Calls" });
    await calls.getByRole("link", { name: "whoami" }).first().waitFor();
    await calls.getByRole("link", { name: "add" }).click();
    await page.getByRole("heading", { name: "One call" }).waitFor();
    await page.getByText("The server records calls without arguments and results.").waitFor();
  });

  await task("sees at home that somebody has logged in", async () => {
    await goTo(page, "Home");
    assertEquals((await readFigures(page)).slice(0, 4), [
      ["Active people", "1"],
      ["Connections", "1"],
      ["Completed logins", "1"],
      ["Failed logins", "0"],
    ]);
    await page.getByText("Nothing needs attention.").waitFor();
    await page.locator(".plot canvas").first().waitFor();
  });

  await task("tries a scope rule, saves it, and the gateway holds it", async () => {
    await goTo(page, "Servers");
    await page.getByRole("link", { name: slug }).or(page.getByRole("link", { name: `Tools ${unique}` }))
      .first()
      .click();
    await page.getByLabel("Scopes", { exact: true }).fill("openid email profile offline_access write");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByLabel("write", { exact: true }).waitFor();

    await page.getByRole("button", { name: "Add a rule" }).click();
    const rule = page.getByRole("group", { name: "Rule 1" });
    await rule.getByLabel("Name").fill("add");
    await rule.getByLabel("Scopes it needs").fill("write");
    await page.getByLabel("Name in the call").fill("add");
    for (const scope of ["openid", "email", "profile"]) {
      await page.getByLabel(scope, { exact: true }).check();
    }
    await page.getByText(/^No: the token lacks write\./).waitFor();
    await page.getByLabel("Name in the call").fill("whoami");
    await page.getByText("Yes: the gateway forwards the call.").waitFor();
    await page.getByRole("button", { name: "Save the rules" }).click();
    await page.getByText("The rules are saved").waitFor();

    const [row] = await stack.sql`select scope_rules from public.mcp_servers where slug = ${slug}`;
    assertEquals(row!["scope_rules"], [{ method: "tools/call", name: "add", scopes: ["write"] }]);
    const { access_token } = adasApp.tokens();
    const refused = await waitForStatus(403, () =>
      postMessage(mcpUrl, access_token, {
        id: 1,
        method: "tools/call",
        params: { name: "add", arguments: { a: 1, b: 1 } },
      }));
    assertStringIncludes(refused.headers.get("WWW-Authenticate")!, "insufficient_scope");
    assertStringIncludes(await callTool(mcpUrl, access_token, "whoami"), "ada@example.com");
  });

  await task("invites a colleague, who is offered nothing that would be refused", async () => {
    await goTo(page, "Members");
    await page.getByRole("button", { name: "Invite somebody" }).click();
    await page.getByLabel("E-mail address").fill(colleague);
    await page.keyboard.press("Enter");
    await page.getByText(`${colleague} is invited`).waitFor();
    await page.getByRole("table", { name: "Open invitations" }).getByRole("rowheader", { name: colleague })
      .waitFor();

    const other = await scene.openWindow();
    await other.open();
    await other.page.getByRole("button", { name: "Create an account" }).click();
    await other.page.getByLabel("E-mail address").fill(colleague);
    await other.page.getByLabel("Password").fill(PASSWORD);
    await other.page.keyboard.press("Enter");
    await other.page.getByRole("button", { name: `Accept: ${company}` }).click();
    await other.page.getByText(`You have joined ${company}`).waitFor();
    await other.page.getByRole("main").getByRole("link", { name: company }).click();
    await other.page.getByRole("heading", { level: 1, name: "Home" }).waitFor();
    assertEquals(await findOffers(other, slug), []);
    await look(other, `${where}_12_colleague`);

    const members = await stack.sql`
      select account.email, member.role from public.organization_members as member
      join auth.users as account on account.id = member.user_id
      where member.organization_id = ${organizationId} order by member.role`;
    assertEquals(members.map(({ email, role }) => [email, role]), [[colleague, "member"], [owner, "owner"]]);
    await page.reload();
    await page.getByRole("table", { name: "Members" }).getByRole("rowheader", { name: colleague }).waitFor();
  });

  await task("finds out by its request id why a person could not log in", async () => {
    // The provider's administrators have replaced the secret, and have told nobody.
    const { secret } = await registerDemoClient(
      stack,
      `${stack.status.PUBLIC_URL}/oauth-callback/${organizationId}`,
      client.clientId,
    );
    client = { ...client, secret };
    gracesApp = installApp("Grace's assistant", mcpUrl);
    ends.defer(() => gracesApp.close());
    const { parameters } = await gracesApp.openBrowser(grace.page, "grace");
    assertEquals(parameters.get("code"), null);
    const told = await grace.page.locator("body").innerText();
    [, failedRequest = ""] = /\(request ([\w-]+)\)/.exec(told) ?? [];
    assertNotEquals(failedRequest, "", told);

    await goTo(page, "Logins");
    await page.getByLabel("Request id", { exact: true }).fill(failedRequest);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "A login" }).waitFor();
    await page.getByRole("heading", { name: "Why" }).waitFor();
    const facts = (await page.getByRole("main").innerText()).replaceAll(/\s+/g, " ");
    for (
      const fact of [
        "Grace's assistant",
        "corrects the client id, secret, redirect URI or scopes",
        "the provider's token endpoint",
        "invalid_client",
      ]
    ) {
      assertStringIncludes(facts, fact);
    }

    const [event] = await stack.sql`
      select event, reason from public.mcp_audit_events
      where organization_id = ${organizationId} and request_id = ${failedRequest} and event = 'login_failed'`;
    assertEquals({ ...event }, { event: "login_failed", reason: "upstream_refused" });
    assertStringIncludes(facts, "upstream_refused");
  });

  await task("replaces the secret, and the next login succeeds", async () => {
    await goTo(page, "Home");
    await look(scene, `${where}_14_home`);
    await page.getByRole("link", { name: `1 login has failed at ${slug}, and none has succeeded since.` })
      .click();
    await page.getByRole("heading", { level: 1, name: "A login" }).waitFor();
    await page.getByText(failedRequest, { exact: true }).waitFor();
    const sealed = await readSealedSecret(organizationId);
    await page.getByRole("link", { name: "Staff login" }).click();
    await page.getByRole("heading", { level: 1, name: "Staff login" }).waitFor();
    await page.getByRole("button", { name: "Replace the secret" }).click();
    await page.getByLabel("New client secret").fill(client.secret);
    await page.keyboard.press("Enter");
    await page.getByText("The provider accepts the new secret, and it is saved").waitFor();
    assertNotEquals(await readSealedSecret(organizationId), sealed);

    await gracesApp.logIn(grace.page, "grace");
    assertStringIncludes(await gracesApp.call("whoami"), "grace@example.com");
    assertEquals(await gracesApp.call("add", { a: 40, b: 2 }), "42");
    await goTo(page, "Logins");
    await page.getByRole("rowheader").or(page.getByRole("link", { name: "Grace" })).first().waitFor();
    assertEquals(await page.locator("td .badge").allInnerTexts(), ["completed", "failed", "completed"]);
    await goTo(page, "Home");
    await page.getByText("Nothing needs attention.").waitFor();
  });

  await task("ends one connection, and its app is refused", async () => {
    await goTo(page, "Connections");
    await page.getByRole("button", { name: `End: Grace, Grace's assistant, ${slug}` }).click();
    await page.getByRole("dialog").getByRole("button", { name: "End" }).click();
    await page.getByText("1 connection has ended").waitFor();
    assertEquals(await page.getByRole("rowheader").allInnerTexts(), ["Ada"]);

    const { access_token } = gracesApp.tokens();
    assertEquals(await renew(gracesApp, slug), 400);
    await waitForStatus(401, () => postMessage(mcpUrl, access_token, { id: 1, method: "ping" }));
    assertStringIncludes(await adasApp.call("whoami"), "ada@example.com");
  });

  await task("blocks a person, and lets them in again", async () => {
    await page.getByRole("link", { name: "Ada", exact: true }).click();
    await page.getByRole("button", { name: "Block", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Block" }).click();
    await page.getByText("Ada is blocked").waitFor();
    await page.getByText("Blocked since").waitFor();
    await look(scene, `${where}_16_blocked`);
    const { parameters } = await installApp("Ada's phone", mcpUrl).openBrowser(ada.page, "ada");
    assertEquals([parameters.get("code"), parameters.get("error")], [null, "access_denied"]);

    await page.getByRole("button", { name: "Let in again" }).click();
    await page.getByText("Ada is let in again").waitFor();
    await page.getByText("Blocked since").waitFor({ state: "detached" });
    const phone = installApp("Ada's phone", mcpUrl);
    await phone.logIn(ada.page, "ada");
    assertStringIncludes(await phone.call("whoami"), "ada@example.com");
    await phone.close();
  });

  await task("gives a person's data out, and erases the person with a receipt", async () => {
    const [row] = await stack.sql`
      select id from public.mcp_server_user
      where organization_id = ${organizationId} and email = 'grace@example.com'`;
    const id = String(row!["id"]);
    await goTo(page, "People");
    await page.getByRole("link", { name: "Grace", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "Grace" }).waitFor();
    const exported = JSON.parse(await download(page, "Export"));
    assertStringIncludes(JSON.stringify(exported), "grace@example.com");

    await page.getByRole("button", { name: "Erase" }).click();
    await page.getByLabel(`Type ${id} to confirm`).fill(id);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Receipt of an erasure" }).waitFor();
    const receipt = JSON.parse(await download(page, "Save the receipt"));
    await page.getByText(receipt.receipt_id, { exact: true }).waitFor();

    const left = await stack.sql`
      select from public.mcp_server_user where organization_id = ${organizationId} and id = ${id}`;
    assertEquals([left.length, receipt.erased.people], [0, 1]);
  });

  await task("reads in the audit who did what, and takes it along as CSV", async () => {
    await goTo(page, "Audit");
    await page.getByLabel("Event").fill("user_");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Show all" }).waitFor();
    await page.getByRole("rowheader", { name: "login_completed" }).first().waitFor({ state: "detached" });
    await page.getByRole("rowheader", { name: "user_erased" }).waitFor();
    assertEquals(
      (await page.getByRole("rowheader").allInnerTexts()).every((name) => name.includes("user_")),
      true,
    );
    await look(scene, `${where}_18_filtered`);
    await page.getByRole("button", { name: "Show all" }).click();
    await page.getByRole("rowheader", { name: "login_completed" }).first().waitFor();

    const lines = (await download(page, "Save as CSV")).trimEnd().split("\r\n").slice(1);
    const [counted] = await stack.sql`
      select count(*)::integer as events from public.mcp_audit_events where organization_id = ${organizationId}`;
    assertEquals(lines.length, counted!["events"]);
    assert(lines.some((line) => line.includes("user_erased") && line.includes(owner)));
    assert(lines.some((line) => line.includes(failedRequest)));
    assert(!lines.some((line) => line.includes("grace@example.com")), "nobody is named who was erased");
  });

  await task("renames the organization, and deletes it", async () => {
    await goTo(page, "Organization");
    await page.getByLabel("Name").fill(`${company} & Partners`);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("The organization is saved").waitFor();
    const [renamed] = await stack.sql`select name from public.organizations where id = ${organizationId}`;
    assertEquals(renamed!["name"], `${company} & Partners`);
    await look(scene, `${where}_19_renamed`);

    await page.getByRole("button", { name: "Delete organization" }).click();
    await page.getByLabel(`Type ${company} & Partners to confirm`).fill(`${company} & Partners`);
    await page.keyboard.press("Enter");
    await page.getByText(`${company} & Partners is deleted`).waitFor();
    await page.getByText("You belong to no organization yet.").waitFor();

    const left = await stack.sql`select from public.organizations where id = ${organizationId}`;
    assertEquals([left.length, await renew(adasApp, slug) >= 400], [0, true]);
  });

  await task("signs out", async () => {
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();

    assertEquals(await page.evaluate("localStorage.getItem('gatepost-console-session')"), null);
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
  });

  assertEquals(number, 20);
}

/** Goes to a page by the navigation, which a button opens on a narrow screen. */
async function goTo(page: Page, title: string): Promise<void> {
  const navigation = page.getByRole("navigation", { name: "Pages", exact: true });
  const menu = navigation.getByRole("button", { name: "Menu" });
  if (await menu.isVisible()) {
    await menu.click();
  }
  await navigation.getByRole("link", { name: title, exact: true }).click();
  await page.getByRole("heading", { level: 1, name: title, exact: true }).waitFor();
  await page.locator(".loading, [aria-busy=true]").first().waitFor({ state: "detached" });
}

/** Keeps a picture of the window as it is, and of the whole page. Nothing is wider than the window. */
async function look({ page }: ConsoleWindow, name: string): Promise<void> {
  await page.screenshot({ path: `${SCREENSHOTS}/tasks/${name}.png`, fullPage: true });
  const width = await page.evaluate<number>("document.documentElement.scrollWidth");
  assertEquals(width, page.viewportSize()!.width, `${name} is wider than the window`);
}

function readClipboard(page: Page): Promise<string> {
  return page.evaluate<string>("navigator.clipboard.readText()");
}

/** Presses a button that gives a file, and reads the file. */
async function download(page: Page, button: string): Promise<string> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button, exact: true }).click(),
  ]);
  return await Deno.readTextFile(await file.path());
}

/** The figures of Home, as title and value. */
async function readFigures(page: Page): Promise<string[][]> {
  const figures = await page.locator(".figures > div").allInnerTexts();
  return figures.map((figure) => figure.split("\n").filter(Boolean).slice(0, 2));
}

async function readSealedSecret(organizationId: string): Promise<unknown> {
  const [row] = await stack.sql`
    select client_secret_ciphertext from public.custom_oauth_configs where organization_id = ${organizationId}`;
  return row!["client_secret_ciphertext"];
}

async function countEvents(organizationId: string, event: string): Promise<number> {
  const rows = await stack.sql`
    select from public.mcp_audit_events where organization_id = ${organizationId} and event = ${event}`;
  return rows.length;
}

/** Waits until the gateway has recorded calls of tools: it writes them in batches, beside the calls. */
async function waitForCalls(organizationId: string, calls: number): Promise<void> {
  const end = Date.now() + GATEWAY_MILLISECONDS;
  for (;;) {
    const rows = await stack.sql`
      select from public.mcp_calls where organization_id = ${organizationId} and method = 'tools/call'`;
    if (rows.length >= calls || Date.now() > end) {
      assertEquals(rows.length, calls);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** What a member may press: it changes nothing of the organization, but that the member leaves it. */
const MEMBERS_BUTTONS = ["Apply", "Copy", "Find", "Leave", "Save as CSV"];

/** Buttons that a member is offered on any page of the organization, and may not press. */
async function findOffers({ page }: ConsoleWindow, slug: string): Promise<string[]> {
  const offers: string[] = [];
  const read = async (): Promise<void> => {
    const found = await page.getByRole("main").locator("button, a.button").evaluateAll((
      all,
    ) => all.map((button) => button.textContent ?? ""));
    const wrong = found.filter((text) => !MEMBERS_BUTTONS.includes(text) && !/^(All|Show)/.test(text));
    offers.push(...wrong.map((text) => `${page.url()}: ${text}`));
  };
  const titles = ["Providers", "Servers", "People", "Connections", "Apps", "Logins", "Audit", "Members"];
  for (const title of [...titles, "Organization", "Home"]) {
    await goTo(page, title);
    await read();
  }
  for (const [title, link] of [["Providers", "Staff login"], ["Servers", slug], ["People", "Ada"]] as const) {
    await goTo(page, title);
    await page.getByRole("main").getByRole("link", { name: link, exact: true }).click();
    await page.getByRole("heading", { level: 2 }).first().waitFor();
    await page.locator(".loading, [aria-busy=true]").first().waitFor({ state: "detached" });
    await read();
  }
  return offers;
}

/** Asks again until the answer has a status: a worker of the gateway may know what was true a moment ago. */
async function waitForStatus(status: number, ask: () => Promise<Response>): Promise<Response> {
  const end = Date.now() + GATEWAY_MILLISECONDS;
  for (;;) {
    const response = await ask();
    await response.body?.cancel();
    if (response.status === status || Date.now() > end) {
      assertEquals(response.status, status);
      return response;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Renews an app's tokens, and returns the status: SQL refuses at once whoever may not. */
async function renew(app: BrowserApp, slug: string): Promise<number> {
  const response = await postForm(`${stack.status.PUBLIC_URL}/oauth-token/${slug}`, {
    grant_type: "refresh_token",
    refresh_token: app.tokens().refresh_token!,
    client_id: app.clientId(),
  });
  await response.body?.cancel();
  return response.status;
}
