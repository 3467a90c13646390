/**
 * The address of a page: what stands behind `#` in the URL, a path and a query.
 *
 * A static host needs no rule for it, wherever the files stand, and a URL that
 * is sent to a colleague leads to the same page. Supabase Auth answers in the
 * query before the `#` (PKCE), so the two do not meet.
 *
 * @module
 */

import { type Signal, signal } from "@preact/signals";

/** Where the reader is. */
export interface Address {
  /** Such as `/org_demo/people`. */
  path: string;
  query: URLSearchParams;
}

/** What a query may be made of; undefined and empty texts are left out. */
export type QueryValues = Record<string, string | undefined>;

/** Where the reader is. Components that read it are drawn again when it changes. */
export const address: Signal<Address> = signal(readAddress());

addEventListener("hashchange", () => {
  address.value = readAddress();
});

function readAddress(): Address {
  const text = location.hash.startsWith("#/") ? location.hash.slice(1) : "/";
  const [path = "/", query = ""] = text.split(/\?(.*)/s);
  return { path: path === "/" ? path : path.replace(/\/$/, ""), query: new URLSearchParams(query) };
}

/** The URL of a page, for `href`. Give ids through `encodeURIComponent` unless they are this project's own. */
export function toHref(path: string, query: QueryValues = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const text = new URLSearchParams(given).toString();
  return `#${path}${text === "" ? "" : `?${text}`}`;
}

/** Goes to a page, as a link does. With `replace` the back button does not return to the present one. */
export function goTo(path: string, query: QueryValues = {}, options: { replace?: boolean } = {}): void {
  const href = toHref(path, query);
  if (options.replace === true) {
    history.replaceState(null, "", href);
  } else {
    history.pushState(null, "", href);
  }
  address.value = readAddress();
}

/** Changes some of the present query, such as a filter. The path stays. */
export function changeQuery(changes: QueryValues, options: { replace?: boolean } = { replace: true }): void {
  const { path, query } = address.value;
  goTo(path, { ...Object.fromEntries(query), ...changes }, options);
}

/** What a path says where a pattern has names, such as `/:organization/people/:person`; undefined unless it fits. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const [names, parts] = [pattern.split("/"), path.split("/")];
  if (names.length !== parts.length) {
    return undefined;
  }
  const found: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const part = parts[index]!;
    if (!name.startsWith(":")) {
      if (name !== part) {
        return undefined;
      }
    } else if (part === "") {
      return undefined;
    } else {
      found[name.slice(1)] = decode(part);
    }
  }
  return found;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
