/**
 * MCP Inspector 1, its page in a real browser: it signs in from the server's URL alone, across origins.
 *
 * @module
 */

import { type Browser, chromium, type Page } from "playwright-core";
import { CHROMIUM, CHROMIUM_FLAGS } from "../support/client/chromium.ts";
import type { Desk } from "../support/client/desk.ts";
import type { ServingProcess } from "../support/client/programs.ts";
import type { RealClient } from "../support/client/real_client.ts";

const MOST_MILLISECONDS = 60_000;

interface Session {
  process: ServingProcess;
  browser: Browser;
  page: Page;
}

const sessions = new WeakMap<Desk, Session>();

export const inspector1: RealClient = {
  name: "MCP Inspector, its page",
  package: "@modelcontextprotocol/inspector",
  version: "1.0.3",
  node: 22,
  needsOrigin: ["from a 401"],
  logIn: connect,
  async listTools(desk): Promise<string> {
    const page = await list(desk);
    return await page.locator("body").innerText();
  },
  async whoami(desk): Promise<string> {
    await connect(desk);
    const page = await list(desk);
    await page.getByText("whoami").first().click();
    await page.getByRole("button", { name: "Run Tool" }).click();
    await page.getByText("mcpu_").first().waitFor();
    return await page.locator("body").innerText();
  },
  async forget(desk): Promise<void> {
    const { page } = await open(desk);
    await page.evaluate("sessionStorage.clear()");
  },
  async close(desk): Promise<void> {
    const session = sessions.get(desk);
    await session?.browser.close();
    await session?.process.stop();
  },
};

/** Connects in the tab that holds the login, and logs in where the page leads there. */
async function connect(desk: Desk): Promise<void> {
  const { page, process } = await open(desk);
  const url = new URL(process.said);
  url.searchParams.set("transport", "streamable-http");
  url.searchParams.set("serverUrl", desk.mcpUrl);
  await page.goto(url.href);
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  const connected = page.getByText("Connected", { exact: true });
  const approve = page.getByRole("button", { name: "Approve" });
  await connected.or(approve).first().waitFor();
  if (await connected.isVisible()) {
    return;
  }
  await approve.click();
  await page.locator("input[name=login]").fill("ada");
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
  await page.getByRole("button", { name: "Continue" }).click();
  desk.person.logins.push("in Chromium");
  await connected.waitFor();
}

async function list(desk: Desk): Promise<Page> {
  const { page } = await open(desk);
  await page.getByRole("button", { name: "List Tools" }).click();
  await page.getByText("whoami").first().waitFor();
  return page;
}

async function open(desk: Desk): Promise<Session> {
  const known = sessions.get(desk);
  if (known !== undefined) {
    return known;
  }
  const process = await desk.serve("mcp-inspector", /http:\/\/localhost:\d+\/\?MCP_PROXY\S+/, {
    env: { MCP_AUTO_OPEN_ENABLED: "false" },
  });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_FLAGS });
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  page.setDefaultTimeout(MOST_MILLISECONDS);
  const session = { process, browser, page };
  sessions.set(desk, session);
  return session;
}
