/**
 * A login in a real browser: consent, provider, callback, and back at a client that listens on loopback.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { browserTest, closeChromium } from "../support/client/chromium.ts";
import {
  attemptAuthorization,
  type AuthorizationAttempt,
  discover,
  register,
} from "../support/client/mcp_client.ts";
import { useStack } from "../support/stack/stack.ts";

const SCREENSHOTS = ".output/screenshots";

const stack = await useStack("own");
const client = listen();
Deno.test.afterAll(async () => {
  await closeChromium();
  await client.close();
});
await Deno.mkdir(SCREENSHOTS, { recursive: true });

browserTest("a person approves, logs in and is back at the app with a code", async (page) => {
  const problems = collectProblems(page);
  const attempt = await visitConsent(page);
  await page.screenshot({ path: `${SCREENSHOTS}/consent.png` });

  await page.getByRole("button", { name: "Approve" }).click();
  await logIn(page);
  await page.waitForURL(`${client.redirectUri}**`);

  checkReturn(page, attempt);
  assertEquals(problems, []);
});

browserTest("the whole way works without script", async (page) => {
  const attempt = await visitConsent(page);

  await page.getByRole("button", { name: "Approve" }).click();
  await logIn(page);
  await page.waitForURL(`${client.redirectUri}**`);

  checkReturn(page, attempt);
}, { javaScriptEnabled: false });

browserTest("the keyboard is enough", async (page) => {
  const attempt = await visitConsent(page);

  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await logIn(page);
  await page.waitForURL(`${client.redirectUri}**`);

  checkReturn(page, attempt);
});

browserTest("a person who cancels is back at the app with access_denied", async (page) => {
  await visitConsent(page);

  await page.getByRole("button", { name: "Cancel" }).click();
  await page.waitForURL(`${client.redirectUri}**`);

  assertEquals(new URL(page.url()).searchParams.get("error"), "access_denied");
});

browserTest("two tabs log in side by side", async (page) => {
  const other = await page.context().newPage();
  const attempt = await visitConsent(page);
  const otherAttempt = await visitConsent(other);

  await page.getByRole("button", { name: "Approve" }).click();
  await page.locator("input[name=login]").waitFor();
  await other.getByRole("button", { name: "Approve" }).click();
  await logIn(page);
  await page.waitForURL(`${client.redirectUri}**`);
  await page.close();
  await other.reload();
  await finish(other);

  assertEquals(new URL(other.url()).searchParams.get("state"), otherAttempt.state);
  assert(attempt.state !== otherAttempt.state);
});

browserTest(
  "who goes back after the approval finds a fresh page, and approving there works",
  async (page) => {
    const attempt = await visitConsent(page);
    await page.getByRole("button", { name: "Approve" }).click();
    await page.locator("input[name=login]").waitFor();

    await page.goBack();
    await page.getByRole("button", { name: "Approve" }).click();
    await page.locator("input[name=login]").waitFor();
    await logIn(page);
    await page.waitForURL(`${client.redirectUri}**`);

    checkReturn(page, attempt);
  },
);

browserTest("the consent page fits a phone, in the dark", async (page) => {
  await visitConsent(page);
  await page.screenshot({ path: `${SCREENSHOTS}/consent_phone_dark.png`, fullPage: true });

  const width = await page.evaluate("document.documentElement.scrollWidth");

  assert(Number(width) <= 360, `the page is ${width} pixels wide`);
}, { viewport: { width: 360, height: 740 }, colorScheme: "dark" });

/** A client that listens on loopback, on a port that it did not register. */
function listen(): { redirectUri: string; close: () => Promise<void> } {
  const answer = (): Response =>
    new Response("<!doctype html><title>Back</title>Back at the app", {
      headers: { "Content-Type": "text/html" },
    });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  return { redirectUri: `http://127.0.0.1:${server.addr.port}/callback`, close: () => server.shutdown() };
}

async function visitConsent(page: Page): Promise<AuthorizationAttempt> {
  const registered = await register(await discover(stack.status.MCP_URL), {
    redirect_uris: ["http://127.0.0.1/callback"],
  });
  const attempt = attemptAuthorization({ ...registered, redirectUri: client.redirectUri });
  await page.goto(attempt.url.href);
  return attempt;
}

async function logIn(page: Page): Promise<void> {
  await page.locator("input[name=login]").fill("ada");
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
  await page.getByRole("button", { name: "Continue" }).click();
}

/** Goes on at the provider, whatever it still asks of a person who is logged in there by now. */
async function finish(page: Page): Promise<void> {
  if (await page.locator("input[name=login]").isVisible()) {
    await logIn(page);
  } else {
    await page.getByRole("button", { name: "Continue" }).click();
  }
  await page.waitForURL(`${client.redirectUri}**`);
}

function checkReturn(page: Page, { state }: AuthorizationAttempt): void {
  const { searchParams } = new URL(page.url());
  assertEquals(searchParams.get("state"), state);
  assertEquals(searchParams.get("iss"), stack.status.ISSUER);
  assert(searchParams.get("code"));
}

/** What the browser complains about: a policy that is broken, a redirect that is blocked. */
function collectProblems(page: Page): string[] {
  const problems: string[] = [];
  page.on("console", (message) => {
    // The provider's and the client's pages have no icon, which is no problem of ours.
    if (message.type() === "error" && !message.text().includes("404")) {
      problems.push(message.text());
    }
  });
  page.on("pageerror", (error) => problems.push(error.message));
  return problems;
}
