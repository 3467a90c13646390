/**
 * What every page has: the keyboard, the languages, the reader's zone, and what happens while the project is away.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type Account, addMember, signUpAccount, useConsole } from "../support/console/console.ts";
import { insert } from "../support/stack/tenant.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
const consoleTest = useConsole(stack);

async function makeOwner(name = "A company"): Promise<{ id: string; owner: Account }> {
  const id = await insert(stack, "organizations", { name });
  const owner = await signUpAccount(stack);
  await addMember(stack, id, owner, "owner");
  return { id, owner };
}

consoleTest(
  "the keyboard is enough: sign in, go to a page, invite somebody, and come back from the dialog",
  async (scene) => {
    const { page, open } = scene;
    const { id, owner } = await makeOwner();
    await open(`/${id}`);
    const { keyboard } = page;
    const focused = (): Promise<string> =>
      page.evaluate("document.activeElement.textContent || document.activeElement.name");
    const tabTo = async (name: string): Promise<void> => {
      for (let presses = 0; presses < 30; presses++) {
        await keyboard.press("Tab");
        if ((await focused()).trim() === name) {
          return;
        }
      }
      throw new Error(`The keyboard does not reach ${name}`);
    };

    await tabTo("email");
    await keyboard.type(owner.email);
    await keyboard.press("Tab");
    await keyboard.type(owner.password);
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "Home" }).waitFor();
    await page.evaluate("document.activeElement.blur()");
    await tabTo("Members");
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "Members" }).waitFor();
    await page.locator("h1:focus").waitFor();
    await tabTo("Invite somebody");
    await keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    assertEquals(await focused(), "email");
    await keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assertEquals(await focused(), "Invite somebody");
    await keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await tabTo("Cancel");
    await keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assertEquals(await focused(), "Invite somebody");
  },
);

consoleTest("the first key press offers the way past the navigation", async ({ page, open, signIn }) => {
  const { id, owner } = await makeOwner();
  await open(`/${id}`);
  await signIn(owner);
  await page.reload();
  await page.getByRole("heading", { name: "Home" }).waitFor();

  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");

  assertEquals(await page.evaluate("document.activeElement.tagName"), "MAIN");
});

consoleTest("what was copied is said by the button, by name as well, and for a moment", async (scene) => {
  const { page, open, signIn } = scene;
  const { id, owner } = await makeOwner();
  await page.clock.install();
  await open(`/${id}/settings`);
  await signIn(owner);

  await page.getByRole("button", { name: "Copy: Id" }).click();
  await page.getByRole("button", { name: "Copied: Id" }).waitFor();
  await scene.checkAccessibility();
  assertEquals(await page.evaluate("navigator.clipboard.readText()"), id);

  await page.clock.runFor(5_000);
  await page.getByRole("button", { name: "Copy: Id" }).waitFor();
}, { permissions: ["clipboard-read", "clipboard-write"] });

// There is no `navigator.clipboard` where a page came over plain HTTP (https://www.w3.org/TR/clipboard-apis/).
consoleTest("what the browser does not copy is selected, and the page says so", async (scene) => {
  const { page, open, signIn } = scene;
  const { id, owner } = await makeOwner();
  await page.addInitScript("Object.defineProperty(Navigator.prototype, 'clipboard', { value: undefined })");
  await open(`/${id}/settings`);
  await signIn(owner);

  await page.getByRole("button", { name: "Copy: Id" }).click();

  await page.getByText("The browser does not let this page copy.", { exact: false }).waitFor();
  assertEquals(await page.evaluate("String(getSelection())"), id);
  await scene.checkAccessibility();
});

consoleTest("on a narrow screen a button opens the navigation, and a way taken closes it", async (scene) => {
  const { page, open, signIn } = scene;
  const { id, owner } = await makeOwner();
  await open(`/${id}`);
  await signIn(owner);

  const menu = page.getByRole("button", { name: "Menu" });
  assertEquals(await page.getByRole("link", { name: "Members" }).isVisible(), false);
  await menu.click();
  assertEquals(await menu.getAttribute("aria-expanded"), "true");
  await scene.checkAccessibility();
  await page.getByRole("link", { name: "Members" }).click();

  await page.getByRole("heading", { name: "Members" }).waitFor();
  await page.getByRole("button", { name: "Menu", expanded: false }).waitFor();

  await menu.click();
  await page.getByRole("link", { name: "Members" }).click();
  await page.getByRole("button", { name: "Menu", expanded: false }).waitFor();
}, { viewport: { width: 360, height: 740 } });

consoleTest("whoever reads German gets German, and may choose English for good", async (scene) => {
  const { page, open } = scene;
  const { id, owner } = await makeOwner();
  await open(`/${id}/members`);
  assertEquals(await page.getByRole("heading", { level: 1 }).innerText(), "Anmelden");
  assertEquals(await page.evaluate("document.documentElement.lang"), "de");
  await scene.photograph("sign_in_german");

  await page.getByLabel("Sprache").selectOption("en");
  await scene.signIn(owner);
  assertEquals(await page.evaluate("document.documentElement.lang"), "en");
  await page.reload();

  await page.getByRole("heading", { name: "Members" }).waitFor();
}, { locale: "de-DE" });

consoleTest("times are those of the reader's zone", async ({ page, open, signIn }) => {
  const { id, owner } = await makeOwner();
  await stack.sql`
    update public.organization_members set created_at = '2026-02-03 23:30:00+00' where organization_id = ${id}`;
  await open(`/${id}/members`);
  await signIn(owner);

  const joined = page.getByRole("cell").locator("time");
  assertEquals((await joined.innerText()).replaceAll("\u202f", " "), "Feb 4, 2026, 8:30 AM");
  assertEquals(await joined.getAttribute("dateTime"), "2026-02-03T23:30:00+00:00");
}, { timezoneId: "Asia/Tokyo" });

consoleTest("home counts people and logins, and names a provider that refuses", async (scene) => {
  const { page, open, signIn } = scene;
  const { id, owner } = await makeOwner();
  await insert(stack, "custom_oauth_configs", {
    organization_id: id,
    name: "Strict provider",
    issuer: "https://login.example.com",
    client_id: "gatepost",
    token_endpoint_auth_method: "none",
    client_refused_at: new Date(),
    client_refused_reason: "invalid_client",
  });
  await stack.sql`
    insert into public.mcp_audit_events (organization_id, event, occurred_at, occurrences, keep_until)
    select ${id}, entry.event, now() - entry.days * interval '1 day', entry.occurrences, now() + interval '1 year'
    from (values ('login_completed', 1, 7), ('login_completed', 3, 5), ('login_failed', 3, 4), ('login_failed', 20, 9))
      as entry (event, days, occurrences)`;
  await stack.sql`
    insert into public.mcp_server_user (organization_id, auth_type, upstream_sub)
    select ${id}, 'custom_oauth', number::text from generate_series(1, 3) as number`;
  await open(`/${id}`);
  await signIn(owner);

  await page.getByText(/^Strict provider has refused the client id or secret since/).waitFor();
  const figures = await page.locator(".figures > div").allInnerTexts();
  assertEquals(figures.map((figure) => figure.split("\n").filter(Boolean).slice(0, 2)).slice(0, 4), [
    ["Active people", "3"],
    ["Connections", "0"],
    ["Completed logins", "12"],
    ["Failed logins", "4"],
  ]);
  await page.locator(".plot canvas").waitFor();
  await scene.checkAccessibility();
  await scene.photograph("home");
  await page.getByText("As a table").first().click();
  assertEquals(await page.getByRole("row").count(), 15);
  await scene.checkAccessibility();
});

consoleTest("home counts calls and callers", async ({ page, open, signIn }) => {
  const { id, owner } = await makeOwner();
  const serverId = await insert(stack, "mcp_servers", {
    organization_id: id,
    slug: `s-${crypto.randomUUID().slice(0, 13)}`,
    name: "A server",
    auth_type: "none",
    upstream_url: "https://tools.example.com/mcp",
  });
  const tools = [["search", 900, 27], ["delete", 300, 3]] as const;
  for (const [name, calls, failed] of tools) {
    await stack.sql`
      insert into public.mcp_call_sums (
        organization_id, mcp_server_id, day, method, name, calls, succeeded, failed, refused, cancelled, known_calls,
        visitor_calls, milliseconds, bytes_in, bytes_out, durations
      ) values (
        ${id}, ${serverId}, (now() at time zone 'UTC')::date, 'tools/call', ${name}, ${calls}, ${
      calls - failed
    },
        ${failed}, 0, 0, ${calls}, 0, ${calls}, 0, 0, array_prepend(${calls}::integer, array_fill(0, array[79]))
      )`;
  }
  await stack.sql`
    insert into public.mcp_active_days (organization_id, period, starts_on, known, visitors)
    values (${id}, 'day', (now() at time zone 'UTC')::date, 7, 2)`;
  await open(`/${id}`);
  await signIn(owner);

  const chart = page.getByRole("figure", { name: "People who called, the last 14 days" });
  await chart.getByText("As a table").click();
  const today = chart.getByRole("row").nth(1).getByRole("cell");
  assertEquals(await today.allInnerTexts(), ["7", "2"]);
  const figures = await page.locator(".figures > div").allInnerTexts();
  assertEquals(figures.map((figure) => figure.split("\n").filter(Boolean).slice(0, 2)).slice(4), [
    ["Calls", "1,200"],
    ["Error rate", "2.5%"],
  ]);
});

/**
 * How the project is away: PostgREST without its database (its error PGRST001), nobody who answers, and a proxy
 * that says so in a page of its own (https://developers.cloudflare.com/support/troubleshooting/http-status-codes/).
 */
const AWAY = {
  "the database": { status: 503, json: { code: "PGRST001", message: "Database client error" } },
  "the project": "abort",
  "all but a proxy": { status: 522, contentType: "text/html", body: "<title>Connection timed out</title>" },
} as const;
for (const [what, answer] of Object.entries(AWAY)) {
  consoleTest(
    `while ${what} is away the page says so, does nothing by half, and goes on by itself`,
    async (scene) => {
      const { page, open, signIn } = scene;
      const { id, owner } = await makeOwner();
      await open(`/${id}`);
      await signIn(owner);
      await page.route(
        "**/rest/v1/**",
        (route) =>
          answer === "abort"
            ? route.abort()
            : route.fulfill({ ...answer, headers: { "access-control-allow-origin": "*" } }),
      );

      await page.getByRole("link", { name: "Members" }).click();
      await page.getByRole("alert").first().waitFor();
      assert(
        (await page.getByRole("alert").first().innerText()).startsWith("The project cannot be reached."),
      );
      await scene.checkAccessibility();
      await page.getByRole("button", { name: "Invite somebody" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("E-mail address").fill("new@example.com");
      await dialog.getByRole("button", { name: "Invite", exact: true }).click();
      await dialog.getByText(/Nothing is known to have changed/).waitFor();
      await page.unroute("**/rest/v1/**");
      await page.getByRole("rowheader", { name: owner.email }).waitFor();
      await dialog.getByRole("button", { name: "Invite", exact: true }).click();

      await page.getByText("new@example.com is invited").waitFor();
      assertEquals(await page.getByRole("alert").count(), 0);
    },
    { expected: [/Failed to load resource/] },
  );
}

consoleTest("an address that names no page says so", async ({ page, open, signIn }) => {
  const { id, owner } = await makeOwner();
  await open(`/${id}/nothing/here`);
  await signIn(owner);

  await page.getByRole("heading", { name: "Not found" }).waitFor();
  await page.getByRole("link", { name: "To your organizations" }).click();

  await page.getByRole("heading", { name: "Your organizations" }).waitFor();
});
