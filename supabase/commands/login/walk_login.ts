/**
 * Walks through a login as a person in a browser would, without a browser.
 *
 * Follows redirects with a cookie jar and submits the form of each page, until
 * a redirect leads to the client's redirect URI. That redirect is returned and
 * not followed, because the client follows it.
 *
 * @module
 */

import { type HTMLElement, parse } from "node-html-parser";
import { CookieJar } from "tough-cookie";

/** Who logs in, and how. */
export interface WalkOptions {
  /** Typed into every text field. */
  userName: string;
  /** Typed into every password field. */
  password?: string;
  /** Which button to press on a page that has several. */
  button?: RegExp;
  /** The cookies of the browser; by default it has none. */
  cookies?: CookieJar;
  /** Called for each page and each redirect. */
  onStep?: (step: string) => void;
}

const APPROVING = /approve|allow|accept|continue|sign.?in|log.?in|submit/i;

const MAX_STEPS = 30;

/** Walks from the authorize URL to the final redirect, and returns its URL. */
export async function walkLogin(authorizeUrl: string | URL, options: WalkOptions): Promise<URL> {
  const cookies = options.cookies ?? new CookieJar();
  const onStep = options.onStep ?? ((): void => undefined);
  const start = new URL(authorizeUrl);
  const redirectUri = start.searchParams.get("redirect_uri") ?? "";
  let request = new Request(start);
  for (let step = 0; step < MAX_STEPS; step++) {
    const response = await visit(request, cookies);
    const location = response.headers.get("location");
    if (location !== null && response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      const target = new URL(location, request.url);
      if (isClient(target, redirectUri)) {
        return target;
      }
      onStep(`redirected to ${target.origin}${target.pathname}`);
      request = new Request(target);
      continue;
    }
    const page = parse(await response.text());
    const heading = page.querySelector("h1") ?? page.querySelector("title");
    const title = heading?.text.trim() ?? "a page";
    if (!response.ok) {
      throw new Error(`${describe(request, response)} ${title}`);
    }
    request = fillForm(page, request.url, options);
    onStep(`submitted "${title}" to ${request.url.split("?")[0]}`);
  }
  throw new Error(`The login takes more than ${MAX_STEPS} steps`);
}

async function visit(request: Request, jar: CookieJar): Promise<Response> {
  const cookies = await jar.getCookieString(request.url);
  if (cookies !== "") {
    request.headers.set("cookie", cookies);
  }
  request.headers.set("accept", "text/html");
  const response = await fetch(request, { redirect: "manual" });
  for (const cookie of response.headers.getSetCookie()) {
    await jar.setCookie(cookie, request.url, { ignoreError: true });
  }
  return response;
}

/** Whether a URL is the client's redirect URI, with whatever query. */
function isClient(target: URL, redirectUri: string): boolean {
  const [bare] = target.href.split(/[?#]/);
  return bare === redirectUri.split("?")[0] || bare === new URL(redirectUri).href.split("?")[0];
}

/** The request that a browser sends when the page's form is submitted. */
function fillForm(page: HTMLElement, url: string, options: WalkOptions): Request {
  const wanted = options.button ?? APPROVING;
  const choices = page.querySelectorAll("form").map((form) => {
    const buttons = form.querySelectorAll("button:not([type=button]), input[type=submit]");
    const button = buttons.find((button) => wanted.test(label(button)));
    return { form, button, pressed: button ?? buttons[0] };
  });
  const choice = choices.find(({ button }) => button !== undefined) ?? choices[0];
  if (choice === undefined) {
    throw new Error(`There is no form on ${url}`);
  }
  const { form, pressed } = choice;
  const fields = readFields(form, options);
  const name = pressed?.getAttribute("name");
  if (name) {
    fields.append(name, pressed?.getAttribute("value") ?? "");
  }
  const action = new URL(form.getAttribute("action") || url, url);
  if (form.getAttribute("method")?.toLowerCase() !== "post") {
    action.search = fields.toString();
    return new Request(action);
  }
  const headers = { origin: new URL(url).origin };
  return new Request(action, { method: "POST", body: fields, headers });
}

function readFields(form: HTMLElement, options: WalkOptions): URLSearchParams {
  const fields = new URLSearchParams();
  for (const input of form.querySelectorAll("input, select, textarea")) {
    const name = input.getAttribute("name");
    const type = input.getAttribute("type")?.toLowerCase() ?? "text";
    if (!name || ["submit", "button", "image", "reset"].includes(type)) {
      continue;
    }
    const box = type === "checkbox" || type === "radio";
    if (box && !input.hasAttribute("checked")) {
      continue;
    }
    fields.append(name, valueOf(input, type, options));
  }
  return fields;
}

function valueOf(
  input: HTMLElement,
  type: string,
  { userName, password = "any password" }: WalkOptions,
): string {
  const value = input.getAttribute("value");
  if (type === "password") {
    return password;
  }
  if (value === undefined && (type === "text" || type === "email")) {
    return userName;
  }
  return value ?? (type === "checkbox" ? "on" : "");
}

function label(button: HTMLElement): string {
  return `${button.text} ${button.getAttribute("value") ?? ""}`;
}

function describe({ method, url }: Request, { status }: Response): string {
  return `${method} ${url.split("?")[0]} answers ${status}:`;
}
