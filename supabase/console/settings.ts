/**
 * Which project the console works on: it stands in the page's meta tags.
 *
 * None of it is secret. Whoever changes it makes another console, which has the
 * rights of whoever signs in to it and no more.
 *
 * @module
 */

/** Where the console's requests go. */
export interface ConsoleSettings {
  /** The project: `/auth/v1` and `/rest/v1` are below it. */
  apiUrl: string;
  publishableKey: string;
  /** `GATEPOST_PUBLIC_URL`: the functions are below it. */
  publicUrl: string;
}

/** The page's settings. */
export const SETTINGS: ConsoleSettings = {
  apiUrl: readMeta("gatepost-api-url"),
  publishableKey: readMeta("gatepost-publishable-key"),
  publicUrl: readMeta("gatepost-public-url"),
};

function readMeta(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
}
