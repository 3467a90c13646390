/**
 * A browser of one login: cookies of each origin, redirects, and forms that are read by their fields.
 *
 * It does as little as it can, because it shares the machine with what it measures.
 *
 * @module
 */

/** Where a request led: a page, or a redirect that was not followed. */
export interface Visit {
  url: URL;
  text: string;
  /** Where it redirects to. */
  location?: URL;
}

/** A browser. */
export interface Browser {
  /** One request. A redirect is not followed. */
  visit: (url: URL, init?: RequestInit) => Promise<Visit>;
  /** Follows redirects to a page, or to the address where nobody listens. */
  follow: (url: URL, until: string, init?: RequestInit) => Promise<Visit>;
}

const MAX_REDIRECTS = 10;

/** Opens a browser without a cookie. */
export function openBrowser(): Browser {
  const jars = new Map<string, Map<string, string>>();
  return { visit, follow };

  async function visit(url: URL, init: RequestInit = {}): Promise<Visit> {
    const jar = jars.get(url.origin) ?? new Map<string, string>();
    jars.set(url.origin, jar);
    const headers = new Headers({ Accept: "text/html", ...init.headers as Record<string, string> });
    if (jar.size > 0) {
      headers.set("Cookie", [...jar].map(([name, value]) => `${name}=${value}`).join("; "));
    }
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    const text = await response.text();
    keepCookies(jar, response.headers.getSetCookie());
    const location = response.headers.get("Location");
    if (response.status >= 400) {
      throw new Error(`${url.origin}${url.pathname} answers ${response.status}: ${text.slice(0, 500)}`);
    }
    return { url, text, ...(location === null ? {} : { location: new URL(location, url) }) };
  }

  async function follow(url: URL, until: string, init?: RequestInit): Promise<Visit> {
    let seen = await visit(url, init);
    for (let count = 0; count < MAX_REDIRECTS && seen.location !== undefined; count++) {
      if (seen.location.href.startsWith(until)) {
        return seen;
      }
      seen = await visit(seen.location);
    }
    return seen;
  }
}

function keepCookies(jar: Map<string, string>, lines: string[]): void {
  for (const line of lines) {
    const [pair = "", ...attributes] = line.split(";");
    const end = pair.indexOf("=");
    const [name, value] = [pair.slice(0, end).trim(), pair.slice(end + 1).trim()];
    const isGone = value === "" ||
      attributes.some((attribute) => /^\s*(max-age=0|expires=thu, 01 jan 1970)/i.test(attribute));
    if (isGone) {
      jar.delete(name);
    } else {
      jar.set(name, value);
    }
  }
}

/** The hidden fields and checked boxes of a page's form. */
export function readFields(page: string): URLSearchParams {
  const fields = new URLSearchParams();
  for (const [input] of page.matchAll(/<input\b[^>]*>/g)) {
    const read = (name: string): string | undefined => new RegExp(`\\b${name}="([^"]*)"`).exec(input)?.[1];
    const name = read("name");
    if (name !== undefined && (read("type") === "hidden" || /\bchecked\b/.test(input))) {
      fields.append(name, read("value") ?? "");
    }
  }
  return fields;
}

/** A form that is posted from the page it stands on. */
export function post(page: URL, fields: URLSearchParams): RequestInit {
  return { method: "POST", body: fields, headers: { Origin: page.origin } };
}
