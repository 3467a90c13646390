/**
 * A person at Gatepost's own page, where people see what apps may do in their name.
 *
 * @module
 */

import { buildServerUrls } from "../../../functions/_shared/urls.ts";
import { type Browser, readLocation, walk } from "./browser.ts";

/** Where the page of a server is. */
export function pageOf(publicUrl: string, slug: string): string {
  return buildServerUrls(publicUrl, slug).connections;
}

/** Presses the page's button to log in, and logs in up to the page's callback, which is returned unvisited. */
export async function reachPageCallback(browser: Browser, page: string): Promise<URL> {
  return await walk(browser, await readLocation(await browser.post(page, { action: "log_in" })));
}

/** Logs a person in, and returns the access token that the browser then holds. */
export async function logInAtPage(browser: Browser, page: string): Promise<string> {
  const response = await browser.get(await reachPageCallback(browser, page));
  await response.body?.cancel();
  return await readPageToken(browser, page);
}

/** The access token that a browser holds for a page; an empty text without one. */
export async function readPageToken(browser: Browser, page: string): Promise<string> {
  const cookies = await browser.cookies.getCookies(page);
  return cookies.find(({ key }) => key.includes("gatepost-connections-"))?.value ?? "";
}
