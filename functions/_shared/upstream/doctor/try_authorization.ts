/**
 * The authorization request, tried without a person: does the provider take client id, redirect URI and scopes?
 *
 * With `prompt=none` an OpenID provider answers at once. A refusal that comes as
 * a redirect to the redirect URI proves that this is registered. A refusal that
 * is shown can be about the client or the redirect URI: so the same is asked
 * with an invented one of each, and what is answered alike has the same cause.
 * The provider's text is compared and never passed on.
 *
 * @module
 */

import * as oauth from "oauth4webapi";
import { OAuthError } from "../../errors.ts";
import type { SafeFetch } from "../../http/safe_fetch.ts";
import { AnsweredWithRedirect } from "../../http/safe_fetch.ts";
import { buildAuthorizationRequest } from "../authorization_request.ts";
import { isMomentary } from "../failure.ts";
import { toErrorCode } from "../failure_detail.ts";
import type { FetchDependencies, Upstream } from "../upstream.ts";

/** What the authorization endpoint said. */
export type AuthorizationTrial =
  /** It answered to the redirect URI; a code says what it refuses. */
  | { kind: "accepted"; code: string | null }
  /** It answered to the redirect URI, and takes the request without PKCE only. */
  | { kind: "pkce_refused" }
  /** It went on to a login, and would not have with another redirect URI if `proven`. */
  | { kind: "went_on"; proven: boolean }
  | { kind: "client_unknown" | "redirect_uri_refused" | "not_found" | "unreachable" }
  | { kind: "unclear"; status: number };

/** What one request came to. */
type Answer =
  | { kind: "accepted"; code: string | null }
  | { kind: "went_on" }
  | { kind: "refused"; status: number; about: "client" | "redirect_uri" | null; text: string }
  | { kind: "unreachable" };

/** Leads nowhere (RFC 2606 §2). */
const INVENTED_REDIRECT_URI = "https://redirect.invalid/callback";

/** Tries an authorization request. */
export async function tryAuthorization(
  upstream: Upstream,
  redirectUri: string,
  dependencies: FetchDependencies,
): Promise<AuthorizationTrial> {
  const url = await buildUrl(upstream, redirectUri, dependencies);
  const answer = await ask(url, redirectUri, dependencies.safeFetch);
  switch (answer.kind) {
    case "accepted":
      return answer.code === "invalid_request" && await takesWithoutPkce(url, redirectUri, dependencies)
        ? { kind: "pkce_refused" }
        : answer;
    case "unreachable":
      return answer;
    case "went_on": {
      const control = await ask(
        change(url, "redirect_uri", INVENTED_REDIRECT_URI),
        INVENTED_REDIRECT_URI,
        dependencies.safeFetch,
      );
      return { kind: "went_on", proven: control.kind === "refused" };
    }
    case "refused":
      return await findCause(url, redirectUri, answer, dependencies);
  }
}

async function takesWithoutPkce(
  url: URL,
  redirectUri: string,
  { safeFetch }: FetchDependencies,
): Promise<boolean> {
  const plain = new URL(url);
  plain.searchParams.delete("code_challenge");
  plain.searchParams.delete("code_challenge_method");
  const answer = await ask(plain, redirectUri, safeFetch);
  return answer.kind === "went_on" || (answer.kind === "accepted" && answer.code === null);
}

/** Which of the two it is that the provider refuses. If it answers alike to an invented one of each, that is open. */
async function findCause(
  url: URL,
  redirectUri: string,
  answer: Refused,
  { safeFetch }: FetchDependencies,
): Promise<AuthorizationTrial> {
  const client = url.searchParams.get("client_id")!;
  const inventedClient = `invented-${crypto.randomUUID()}`;
  const atClient = await ask(change(url, "client_id", inventedClient), redirectUri, safeFetch);
  const atRedirect = await ask(
    change(url, "redirect_uri", INVENTED_REDIRECT_URI),
    INVENTED_REDIRECT_URI,
    safeFetch,
  );
  const isClient = isAlike([answer, client], [atClient, inventedClient]);
  const isRedirect = isAlike([answer, redirectUri], [atRedirect, INVENTED_REDIRECT_URI]);
  const about = isClient === isRedirect ? answer.about : isClient ? "client" : "redirect_uri";
  switch (about) {
    case "client":
      return { kind: "client_unknown" };
    case "redirect_uri":
      return { kind: "redirect_uri_refused" };
    case null:
      return answer.status === 404 ? { kind: "not_found" } : { kind: "unclear", status: answer.status };
  }
}

type Refused = Extract<Answer, { kind: "refused" }>;

/** Whether two refusals say the same, but for the value that they were about. */
function isAlike([one, value]: [Refused, string], [other, invented]: [Answer, string]): boolean {
  return other.kind === "refused" && one.status === other.status &&
    strip(one.text, value) === strip(other.text, invented);
}

/** Without the value itself, and without what differs each time: numbers and random texts. */
function strip(text: string, value: string): string {
  return text.replaceAll(value, "").replaceAll(encodeURIComponent(value), "").replace(/\S*[\d_-]\S*/g, "");
}

async function buildUrl(
  upstream: Upstream,
  redirectUri: string,
  dependencies: FetchDependencies,
): Promise<URL> {
  const url = new URL(buildAuthorizationRequest(upstream, {
    callbackUrl: redirectUri,
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    codeChallenge: await oauth.calculatePKCECodeChallenge(oauth.generateRandomCodeVerifier()),
    hints: {},
  }, dependencies));
  if (upstream.config.scopes.includes("openid")) {
    url.searchParams.set("prompt", "none");
  }
  return url;
}

/** What a browser accepts. JSON is not named: better-auth answers with it in the place of a redirect then. */
const AS_A_BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

function change(url: URL, name: string, value: string): URL {
  const changed = new URL(url);
  changed.searchParams.set(name, value);
  return changed;
}

async function ask(url: URL, redirectUri: string, safeFetch: SafeFetch): Promise<Answer> {
  let response;
  try {
    response = await safeFetch(url.href, { headers: { "Accept": AS_A_BROWSER } });
  } catch (error) {
    const location = error instanceof OAuthError && error.cause instanceof AnsweredWithRedirect
      ? error.cause.location
      : null;
    return location === null || !URL.canParse(location, url)
      ? { kind: "unreachable" }
      : readRedirect(new URL(location, url), redirectUri);
  }
  const { status } = response;
  if (response.ok) {
    return { kind: "went_on" };
  }
  if (isMomentary(status)) {
    return { kind: "unreachable" };
  }
  const text = readVisible(await response.text());
  return { kind: "refused", status, about: findSubject(text), text };
}

function readRedirect(target: URL, redirectUri: string): Answer {
  const parameters = new URLSearchParams(target.search + target.hash.replace("#", "&"));
  const error = parameters.get("error");
  if (target.href.split(/[?#]/)[0] === new URL(redirectUri).href.split(/[?#]/)[0]) {
    return {
      kind: "accepted",
      code: error === null || MEANS_A_PERSON.has(error) ? null : toErrorCode([error]),
    };
  }
  const words = [target.pathname, ...parameters.values()].map(decode).join(" ");
  return error !== null || /error/i.test(target.pathname)
    ? { kind: "refused", status: 302, about: findSubject(words), text: readVisible(words) }
    : { kind: "went_on" };
}

/** What a provider answers that would have asked a person. */
const MEANS_A_PERSON = new Set([
  "login_required",
  "interaction_required",
  "consent_required",
  "account_selection_required",
  "access_denied",
]);

/** Google's error page has its words in base64. */
function decode(text: string): string {
  try {
    return `${text} ${atob(text.replaceAll("-", "+").replaceAll("_", "/"))}`;
  } catch {
    return text;
  }
}

/** The text of a page without scripts, tags and the addresses in them, which can repeat the request. */
function readVisible(html: string): string {
  return html.replace(/<(script|style)\b[^]*?<\/\1>/gi, " ").replace(/<[^>]*>/g, " ")
    .replace(/https?:\/\/\S+/g, " ").replace(/\s+/g, " ").slice(0, 20_000);
}

function findSubject(text: string): "client" | "redirect_uri" | null {
  const isRedirect = /redirect[\s_-]?ur[il]|callback[\s_-]?url|reply (url|address)|AADSTS50011/i.test(text);
  const isClient = /invalid[\s_-]client|unknown client|client (is |was )?(not found|unknown)|AADSTS700016/i
    .test(text);
  return isRedirect === isClient ? null : isRedirect ? "redirect_uri" : "client";
}
