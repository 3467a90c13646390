/**
 * Looking for a provider on the host of a URL that is no issuer.
 *
 * An owner often has a host, a login page or an endpoint, and no issuer. So
 * the doctor asks in the folders of the URL, at the root, and where providers
 * stand by default. A provider whose path has a name in it, such as a realm, a
 * tenant or an application, is found only from a URL below it. Nobody is asked
 * but the host that was given, and only for documents that are public.
 *
 * @module
 */

import type { SafeFetch } from "../../http/safe_fetch.ts";
import { fetchIssuerDocument, listDocumentPlaces, toPublicIssuer } from "../discovery.ts";

/** Where providers stand unless somebody changes it. */
export const BASE_PATHS = [
  // better-auth: https://better-auth.com/docs/reference/options, `basePath`
  "/api/auth",
  // Okta's authorization server `default`: https://developer.okta.com/docs/concepts/auth-servers
  "/oauth2/default",
  // Supabase Auth: https://supabase.com/docs/guides/auth/oauth-server/getting-started
  "/auth/v1",
  // Logto: https://docs.logto.io/integrate-logto/third-party-applications/oidc-oauth-third-party-applications
  "/oidc",
  // Django OAuth Toolkit: https://django-oauth-toolkit.readthedocs.io/en/latest/oidc.html
  "/o",
  // Dex: https://github.com/dexidp/dex/blob/master/config.yaml.dist
  "/dex",
  // Glewlwyd: https://github.com/babelouest/glewlwyd/blob/master/docs/OIDC.md
  "/api/oidc",
] as const;

/** Of a long path only so many folders are asked in, from the innermost one. */
const MAX_FOLDERS = 4;
/** The ways of OpenID Connect Discovery and of RFC 8414. */
const WAYS = 2;

/** A document that was found, and the issuer that it names. */
export interface FoundProvider {
  issuer: string;
  /** The URL of the document. */
  place: string;
}

/** Looks for a provider on the host of a URL; undefined where none is found. */
export async function searchProvider(url: string, safeFetch: SafeFetch): Promise<FoundProvider | undefined> {
  for (const base of listBases(url)) {
    const answers = await Promise.all(
      listDocumentPlaces(base).slice(0, WAYS).map((place) => askPlace(place, safeFetch)),
    );
    const found = answers.find((answer) => answer !== undefined);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function listBases(url: string): string[] {
  const { origin, pathname } = new URL(url);
  const names = pathname.split("/").filter(Boolean);
  const folders = names.map((_, count) => `/${names.slice(0, count).join("/")}`).slice(1);
  const paths = [...folders.reverse().slice(0, MAX_FOLDERS), ...names.length > 0 ? [""] : [], ...BASE_PATHS];
  const own = names.length > 0 ? `/${names.join("/")}` : "";
  return [...new Set(paths)].filter((path) => path !== own).map((path) => `${origin}${path}`);
}

/** What does not answer with a document is no place of one, whatever it answers. */
async function askPlace(place: string, safeFetch: SafeFetch): Promise<FoundProvider | undefined> {
  const answer = await fetchIssuerDocument(place, safeFetch).catch(() => undefined);
  const issuer = answer === undefined ? null : toPublicIssuer(answer.published);
  return issuer === null ? undefined : { issuer, place };
}
