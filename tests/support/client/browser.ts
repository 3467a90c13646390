/**
 * A browser that stops at every redirect, so that an attack can step in between.
 *
 * @module
 */

import { parse } from "node-html-parser";
import { CookieJar } from "tough-cookie";

/** A browser with cookies of its own. */
export interface Browser {
  cookies: CookieJar;
  get: (url: string | URL, headers?: Record<string, string>) => Promise<Response>;
  post: (
    url: string | URL,
    fields: Record<string, string>,
    headers?: Record<string, string>,
  ) => Promise<Response>;
}

/** Opens a browser. */
export function openBrowser(): Browser {
  const cookies = new CookieJar();
  const visit = async (request: Request): Promise<Response> => {
    const sent = await cookies.getCookieString(request.url);
    if (sent !== "") {
      request.headers.set("Cookie", sent);
    }
    const response = await fetch(request, { redirect: "manual" });
    for (const cookie of response.headers.getSetCookie()) {
      await cookies.setCookie(cookie, request.url);
    }
    return response;
  };
  return {
    cookies,
    get: (url, headers = {}) => visit(new Request(url, { headers: { Accept: "text/html", ...headers } })),
    post: (url, fields, headers = {}) =>
      visit(
        new Request(url, {
          method: "POST",
          headers: { Accept: "text/html", Origin: new URL(url).origin, ...headers },
          body: new URLSearchParams(fields),
        }),
      ),
  };
}

/** Opens the consent page and returns its sealed form. */
export async function openConsent(browser: Browser, authorizeUrl: URL): Promise<string> {
  const response = await browser.get(authorizeUrl);
  const form = parse(await response.text()).querySelector("input[name=form]")?.getAttribute("value");
  if (response.status !== 200 || form === undefined) {
    throw new Error(`The consent page answers ${response.status} ${response.headers.get("Location")}`);
  }
  return form;
}

/** Approves, and returns where the browser is sent: to the provider. */
export async function approve(browser: Browser, authorizeUrl: URL): Promise<URL> {
  const form = await openConsent(browser, authorizeUrl);
  const action = `${authorizeUrl.origin}${authorizeUrl.pathname}`;
  return await readLocation(await browser.post(action, { form, decision: "approve" }));
}

/** Approves and logs in at the provider, and returns the callback that the browser is sent to, unvisited. */
export async function reachCallback(browser: Browser, authorizeUrl: URL): Promise<URL> {
  return await readLocation(await browser.get(await approve(browser, authorizeUrl)));
}

/** Goes all the way, and returns where the client is called back. */
export async function walk(browser: Browser, authorizeUrl: URL): Promise<URL> {
  return await readLocation(await browser.get(await reachCallback(browser, authorizeUrl)));
}

/** Where a redirect leads. */
export async function readLocation(response: Response): Promise<URL> {
  const text = await response.text();
  const location = response.headers.get("Location");
  if (location === null) {
    throw new Error(`${response.url} answers ${response.status} and no redirect: ${text.slice(0, 200)}`);
  }
  return new URL(location);
}
