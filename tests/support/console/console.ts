/**
 * The console in a real browser, for one stack.
 *
 * A test fails by itself when the page breaks its own policy, writes an error to
 * the browser's console, or asks another origin than its own and the project's.
 *
 * @module
 */

import axe from "axe-core";
import type { BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { assertEquals } from "@std/assert";
import { buildConsole, type Console } from "../../../supabase/local/console/build_console.ts";
import { serveConsole, type ServedConsole } from "../../../supabase/local/console/serve_console.ts";
import { browserTest, closeChromium } from "../client/chromium.ts";
import type { TestStack } from "../stack/stack.ts";

/** Where screenshots go. */
export const SCREENSHOTS = ".output/screenshots/console";

/** An account of Supabase Auth that can sign in to the console. */
export interface Account {
  id: string;
  email: string;
  password: string;
}

/** What a test of the console is given. */
export interface ConsoleScene extends ConsoleWindow {
  /** A part of the test with a name of its own. Where one fails, those after it are not begun. */
  step: (name: string, run: () => Promise<void>) => Promise<void>;
  /** Opens a window of somebody else, in a browser profile of its own. It is watched as the first one is. */
  openWindow: (changes?: WindowChanges) => Promise<ConsoleWindow>;
}

/** What is different about another window. */
export interface WindowChanges extends BrowserContextOptions {
  /** Where else its pages may ask: that of somebody who logs in at a provider. */
  origins?: readonly string[];
}

/** A window of a browser. */
export interface ConsoleWindow {
  page: Page;
  /** Goes to a page of the console, such as `/org_demo/members`, and waits for its heading. */
  open: (path?: string) => Promise<void>;
  /** Signs in through the form. */
  signIn: (account: Account) => Promise<void>;
  /** Holds the page against axe's rules for WCAG 2.2 A and AA. */
  checkAccessibility: () => Promise<void>;
  /** Keeps pictures of the page: light, dark and 360 px wide. Fails where the page is wider than that. */
  photograph: (name: string) => Promise<void>;
}

/** What is different about a test. */
export interface ConsoleTestOptions extends BrowserContextOptions {
  /** Errors in the browser's console that the test causes on purpose, such as a refused sign-in. */
  expected?: readonly RegExp[];
}

/** Registers tests of the console, and the end of what they use. */
export function useConsole(
  stack: Pick<TestStack, "status">,
): (name: string, run: (scene: ConsoleScene) => Promise<void>, options?: ConsoleTestOptions) => void {
  let served: Promise<ServedConsole> | undefined;
  Deno.test.afterAll(async () => {
    await closeChromium();
    await (await served)?.stop();
  });
  return (name, run, { expected = [], ...options } = {}) => {
    // A picture, or a measurement of contrast, in the middle of a movement says nothing.
    const profile = {
      locale: "en-US",
      timezoneId: "Europe/Berlin",
      reducedMotion: "reduce",
      ...options,
    } as const;
    browserTest(name, async (page, test) => {
      served ??= buildFor(stack).then((built) => serveConsole(built, 0));
      const { url } = await served;
      const origins = [new URL(url).origin, stack.status.API_URL];
      const problems: string[] = [];
      await using opened = new AsyncDisposableStack();
      watch(page, origins, problems);
      const scene: ConsoleScene = {
        ...buildWindow(page, url),
        step: (name, run) => runStep(test, name, run),
        async openWindow({ origins: others = [], ...changes } = {}): Promise<ConsoleWindow> {
          const context: BrowserContext = await page.context().browser()!.newContext({
            ...profile,
            ...changes,
          });
          opened.defer(() => context.close());
          const other = await context.newPage();
          watch(other, [...origins, ...others], problems);
          return buildWindow(other, url);
        },
      };
      await run(scene).catch(async (error) => {
        await page.screenshot({ path: `${SCREENSHOTS}/failed.png`, fullPage: true }).catch(() => undefined);
        throw new Error(`Cannot finish at ${page.url()}: ${problems.join("; ")}`, { cause: error });
      });
      assertEquals(problems.filter((problem) => !expected.some((pattern) => pattern.test(problem))), []);
    }, profile);
  };
}

/** The console's files for a stack. */
export function buildFor({ status }: Pick<TestStack, "status">): Promise<Console> {
  return buildConsole({
    apiUrl: status.API_URL,
    publicUrl: status.PUBLIC_URL,
    publishableKey: status.PUBLISHABLE_KEY,
  });
}

/** Makes an account, as the console's own form does. */
export async function signUpAccount(
  { status }: Pick<TestStack, "status">,
  email = `${crypto.randomUUID()}@example.com`,
): Promise<Account> {
  const password = crypto.randomUUID();
  const response = await fetch(`${status.API_URL}/auth/v1/signup`, {
    method: "POST",
    headers: { "apikey": status.PUBLISHABLE_KEY, "Content-Type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
  const { user } = await response.json();
  return { id: user.id, email, password };
}

/** Makes an account a member of an organization. */
export async function addMember(
  { sql }: Pick<TestStack, "sql">,
  organizationId: string,
  { id }: Account,
  role: "owner" | "admin" | "member",
): Promise<void> {
  await sql`
    insert into public.organization_members (organization_id, user_id, role) values (${organizationId}, ${id}, ${role})`;
}

async function runStep(test: Deno.TestContext, name: string, run: () => Promise<void>): Promise<void> {
  let failure: unknown;
  const passed = await test.step(name, () =>
    run().catch((error) => {
      failure = error;
      throw error;
    }));
  if (!passed) {
    throw new Error(`The test ends here: ${name}`, { cause: failure });
  }
}

function watch(page: Page, origins: readonly string[], problems: string[]): void {
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      problems.push(`${message.type()}: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => problems.push(`thrown: ${error.stack}`));
  page.on("request", (request) => {
    if (!origins.includes(new URL(request.url()).origin)) {
      problems.push(`another origin: ${request.url()}`);
    }
  });
}

function buildWindow(page: Page, url: string): ConsoleWindow {
  const waitForPage = async (): Promise<void> => {
    await page.locator("h1").waitFor();
    await page.locator(".loading, [aria-busy=true]").first().waitFor({ state: "detached" });
  };
  return {
    page,
    async open(path = "/"): Promise<void> {
      await page.goto(`${url}#${path}`);
      await waitForPage();
    },
    async signIn({ email, password }): Promise<void> {
      await page.getByLabel("E-mail address").fill(email);
      await page.getByLabel("Password").fill(password);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.getByText(`Signed in as ${email}`).waitFor();
      await waitForPage();
    },
    async checkAccessibility(): Promise<void> {
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
        `axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })`,
      );
      assertEquals(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`),
        [],
      );
    },
    async photograph(name): Promise<void> {
      await Deno.mkdir(SCREENSHOTS, { recursive: true });
      const size = page.viewportSize()!;
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: `${SCREENSHOTS}/${name}_${colorScheme}.png`, fullPage: true });
      }
      await page.setViewportSize({ width: 360, height: 740 });
      await page.screenshot({ path: `${SCREENSHOTS}/${name}_360.png`, fullPage: true });
      const width = await page.evaluate("document.documentElement.scrollWidth");
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme: null });
      assertEquals(width, 360, `${name} is wider than the screen`);
    },
  };
}
