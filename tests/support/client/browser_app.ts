/**
 * An MCP client of the official SDK whose person logs in in a window of a real browser.
 *
 * @module
 */

import {
  Client,
  type OAuthClientProvider,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from "@modelcontextprotocol/client";
import type { Page } from "playwright-core";
import { assertRejects } from "@std/assert";
import { REDIRECT_URI } from "./mcp_client.ts";
import { makeSdkMemory } from "./sdk_provider.ts";

/** What the person's browser brings back to the app. */
export interface Returned {
  parameters: URLSearchParams;
  /** Finishes the login, where the browser came back with a code, and connects the app. */
  connect: () => Promise<void>;
}

/** An app on somebody's computer. */
export interface BrowserApp {
  /** Adds the server, opens the browser, and returns with what the browser brings. */
  openBrowser: (page: Page, userName: string) => Promise<Returned>;
  /** Logs in and connects. */
  logIn: (page: Page, userName: string) => Promise<void>;
  /** Calls a tool, and returns its text. */
  call: (tool: string, args?: Record<string, unknown>) => Promise<string>;
  clientId: () => string;
  tokens: () => StoredOAuthTokens;
  close: () => Promise<void>;
}

/** Installs an app, under the name by which it registers. */
export function installApp(name: string, mcpUrl: string): BrowserApp {
  const { provider } = makeSdkMemory<StoredOAuthClientInformation, StoredOAuthTokens>();
  provider.clientMetadata.client_name = name;
  let authorizeUrl: URL | undefined;
  provider.redirectToAuthorization = (url): void => {
    authorizeUrl = url;
  };
  let client = new Client({ name, version: "1.0.0" });
  const openTransport = (): StreamableHTTPClientTransport =>
    new StreamableHTTPClientTransport(new URL(mcpUrl), { authProvider: provider as OAuthClientProvider });

  async function openBrowser(page: Page, userName: string): Promise<Returned> {
    const refused = openTransport();
    await assertRejects(() => new Client({ name, version: "1.0.0" }).connect(refused), UnauthorizedError);
    await page.route(`${REDIRECT_URI}**`, (route) => {
      const { searchParams } = new URL(route.request().url());
      const text = searchParams.get("error_description") ?? `You are logged in. Go back to ${name}.`;
      return route.fulfill({
        contentType: "text/html",
        body: `<title>${name}</title><h1>${name}</h1>${text}`,
      });
    });
    await page.goto(authorizeUrl!.href);
    await page.getByRole("button", { name: "Approve" }).click();
    await logInAtProvider(page, userName, name);
    await page.waitForURL(`${REDIRECT_URI}**`);
    const parameters = new URL(page.url()).searchParams;
    return {
      parameters,
      async connect(): Promise<void> {
        await refused.finishAuth(parameters);
        client = new Client({ name, version: "1.0.0" });
        await client.connect(openTransport());
      },
    };
  }

  return {
    openBrowser,
    async logIn(page, userName): Promise<void> {
      const { connect } = await openBrowser(page, userName);
      await connect();
    },
    async call(tool, args = {}): Promise<string> {
      const { content } = await client.callTool({ name: tool, arguments: args });
      return (content as { text: string }[])[0]!.text;
    },
    clientId: () => provider.clientInformation()!.client_id,
    tokens: () => provider.tokens()!,
    close: () => client.close(),
  };
}

/** Logs in at the demo provider; it asks for nothing where it knows the person and what they have allowed. */
async function logInAtProvider(page: Page, userName: string, app: string): Promise<void> {
  const name = page.getByPlaceholder("Enter any login");
  const proceed = page.getByRole("button", { name: "Continue" });
  const back = page.getByRole("heading", { name: app });
  await name.or(proceed).or(back).first().waitFor();
  if (await name.isVisible()) {
    await name.fill(userName);
    await page.getByPlaceholder("and password").fill("any password");
    await page.keyboard.press("Enter");
    await proceed.or(back).first().waitFor();
  }
  if (await proceed.isVisible()) {
    await proceed.click();
  }
}
