/**
 * A person in a real browser: opens a server's address, connects an app, sees what was allowed, and ends it.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { findBarriers } from "../support/client/accessible.ts";
import { browserTest, closeChromium } from "../support/client/chromium.ts";
import {
  attemptAuthorization,
  discover,
  postForm,
  redemptionForm,
  refreshForm,
  register,
  requestTokens,
  type Tokens,
} from "../support/client/mcp_client.ts";
import { pageOf } from "../support/client/own_page.ts";
import { useStack } from "../support/stack/stack.ts";

const SCREENSHOTS = ".output/screenshots";

const stack = await useStack("own");
const findPage = (): string => pageOf(stack.status.PUBLIC_URL, "demo");
Deno.test.afterAll(() => closeChromium());
await Deno.mkdir(SCREENSHOTS, { recursive: true });

browserTest(
  "a person finds the page from the server's address, sees two apps, and ends one and then all",
  async (page) => {
    const problems = watch(page);
    const [weather, mail] = [await connectApp(page, "Weather"), await connectApp(page, "Mail")];

    await page.goto(stack.status.MCP_URL);
    await check(page, "address");
    await page.getByRole("link", { name: "See what you have allowed" }).click();
    await check(page, "connections_login");
    await page.getByRole("button", { name: "Log in" }).click();
    await check(page, "connections_consent");
    await page.getByRole("button", { name: "Approve" }).click();
    await continueAtProvider(page);
    await page.waitForURL(findPage());
    await check(page, "connections");
    const listed = await page.getByRole("heading", { level: 2 }).allTextContents();
    await page.getByRole("button", { name: "Disconnect Weather" }).click();
    await page.getByRole("button", { name: "Disconnect Weather" }).waitFor({ state: "detached" });
    const afterOne = [await refresh(weather), await refresh(mail)];
    await connectApp(page, "Weather");
    await page.goto(findPage());
    await page.getByText("Disconnect all apps").first().click();
    await page.getByRole("button", { name: "Disconnect all apps" }).click();
    await page.getByText("No app is connected in your name.").waitFor();
    await check(page, "connections_none");
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByRole("button", { name: "Log in" }).waitFor();

    assertEquals(listed.sort(), ["Mail", "Weather"]);
    assertEquals(afterOne, [400, 200]);
    assertEquals([await refresh(mail), problems], [400, []]);
    assertEquals(await page.evaluate("document.cookie"), "");
  },
);

browserTest("the pages speak German, are dark, fit a phone and need no script", async (page) => {
  await connectApp(
    page,
    "Ein Programm mit einem Namen, der länger ist als der Bildschirm eines Telefons breit",
  );
  await page.goto(stack.status.MCP_URL);
  const widths = [await measure(page, "address_phone_dark")];
  await page.goto(findPage());
  widths.push(await measure(page, "connections_login_phone_dark"));
  await page.getByRole("button", { name: "Anmelden" }).click();
  widths.push(await measure(page, "connections_consent_phone_dark"));
  await page.getByRole("button", { name: "Zustimmen" }).click();
  await continueAtProvider(page);
  await page.waitForURL(findPage());
  widths.push(await measure(page, "connections_phone_dark"));

  assertEquals(widths.filter((width) => width > 360), []);
}, {
  ...{ viewport: { width: 360, height: 740 }, colorScheme: "dark", locale: "de-DE" },
  javaScriptEnabled: false,
});

browserTest("the keyboard is enough to disconnect an app", async (page) => {
  const app = await connectApp(page, "Keyboard");
  await page.goto(findPage());
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Approve" }).click();
  await continueAtProvider(page);
  await page.waitForURL(findPage());

  await page.getByRole("button", { name: "Disconnect Keyboard" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Disconnect Keyboard" }).waitFor({ state: "detached" });

  assertEquals(await refresh(app), 400);
});

interface App {
  client: Awaited<ReturnType<typeof register>>;
  tokens: Tokens;
}

/** Connects an app in the person's own browser. */
async function connectApp(page: Page, name: string): Promise<App> {
  const client = await register(await discover(stack.status.MCP_URL), { client_name: name });
  const attempt = attemptAuthorization(client);
  await page.route(`${client.redirectUri}**`, (route) => route.fulfill({ body: "Back at the app" }));
  await page.goto(attempt.url.href);
  await page.locator("button[value=approve]").click();
  await continueAtProvider(page);
  await page.waitForURL(`${client.redirectUri}**`);
  const code = new URL(page.url()).searchParams.get("code")!;
  const tokens = await requestTokens(client.discovery, redemptionForm(client, code, attempt.codeVerifier));
  return { client, tokens };
}

/** Logs in at the provider, which knows the person from the second time on. */
async function continueAtProvider(page: Page): Promise<void> {
  const proceed = page.getByRole("button", { name: "Continue" });
  await page.locator("input[name=login]").or(proceed).first().waitFor();
  if (await page.locator("input[name=login]").isVisible()) {
    await page.locator("input[name=login]").fill("ada");
    await page.locator("input[name=password]").fill("any");
    await page.locator("button[type=submit]").click();
  }
  await proceed.click();
}

async function refresh({ client, tokens }: App): Promise<number> {
  const response = await postForm(client.discovery.token_endpoint, refreshForm(client, tokens.refresh_token));
  const { refresh_token } = await response.json();
  tokens.refresh_token = refresh_token ?? tokens.refresh_token;
  return response.status;
}

/** Looks at a page: it can be used by everybody. */
async function check(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
  assertEquals([name, await findBarriers(page)], [name, []]);
}

/** How wide a page is that script does not run on: as wide as what is drawn. */
async function measure(page: Page, name: string): Promise<number> {
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
  const box = await page.locator("html").evaluate((element: { scrollWidth: number }) => element.scrollWidth);
  assert(box > 0);
  return box;
}

/** What the browser complains about: a policy that is broken, a script that was kept out. */
function watch(page: Page): string[] {
  const problems: string[] = [];
  page.on("console", (message) => {
    // The status of the address's page is meant, and the provider has no icon.
    if (message.type() === "error" && !/401|404/.test(message.text())) {
      problems.push(message.text());
    }
  });
  page.on("pageerror", (error) => problems.push(error.message));
  return problems;
}
