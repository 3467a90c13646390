/**
 * Chromium for the tests that need a real browser.
 *
 * Where none is installed those tests are skipped, and the run says so.
 *
 * @module
 */

import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** The browser of Debian. */
export const CHROMIUM = "/usr/bin/chromium";

/** Whether there is a browser to test with. */
export const hasChromium = await Deno.stat(CHROMIUM).then(({ isFile }) => isFile, () => false);

if (!hasChromium) {
  // deno-lint-ignore no-console
  console.log(`Skipping browser tests: there is no ${CHROMIUM}`);
}

let browser: Promise<Browser> | undefined;

/** Registers a test with a page of a new browser profile. */
export function browserTest(
  name: string,
  run: (page: Page, test: Deno.TestContext) => Promise<void>,
  options: BrowserContextOptions = {},
): void {
  Deno.test({
    name,
    ignore: !hasChromium,
    // The browser is one for all tests of a file, so its connection outlives each.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn(test): Promise<void> {
      const context = await (await launch()).newContext(options);
      try {
        await run(await context.newPage(), test);
      } finally {
        await context.close();
      }
    },
  });
}

/** Closes the browser of this file. */
export async function closeChromium(): Promise<void> {
  await (await browser)?.close();
}

/** Nothing of the browser's own reaches for the network. */
export const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--no-proxy-server",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

function launch(): Promise<Browser> {
  browser ??= chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_FLAGS });
  return browser;
}
