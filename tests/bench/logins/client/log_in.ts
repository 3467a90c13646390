/**
 * One login, from the authorization request to the refresh, step by step.
 *
 * @module
 */

import { hashSecret, randomSecret } from "../../../../functions/_shared/secrets/secrets.ts";
import { type Browser, openBrowser, post, readFields, type Visit } from "./browser.ts";
import type { Step, Walk, Way } from "./way.ts";

/** Times one step. */
export type Time = <Result>(step: Step, act: () => Promise<Result>) => Promise<Result>;

/** What a login ends with. */
export interface Tokens {
  access_token: string;
  refresh_token: string;
}

/** What a walk is given. */
interface Journey {
  way: Way;
  person: string;
  start: URL;
  browser: Browser;
  time: Time;
}

const walks: Record<Walk, (journey: Journey) => Promise<Visit>> = {
  "brokered": walkBrokered,
  "two pages": walkTwoPages,
  "pages over an API": walkApi,
};

/** Logs a person in, asks who it is, and refreshes once. */
export async function logIn(way: Way, person: string, time: Time): Promise<Tokens> {
  const [state, verifier] = [randomSecret(), randomSecret()];
  const start = new URL(way.authorizationEndpoint);
  start.search = new URLSearchParams({
    response_type: "code",
    client_id: way.clientId,
    redirect_uri: way.redirectUri,
    scope: way.scope,
    state,
    code_challenge: hashSecret(verifier),
    code_challenge_method: "S256",
    login_hint: person,
    ...(way.resource === undefined ? {} : { resource: way.resource }),
    // Everybody asks each time, as Gatepost does. OpenID Connect has no refresh token without it (Core section 11).
    ...(way.walk === "brokered" ? {} : { prompt: "consent" }),
  }).toString();
  const returned = await walks[way.walk]({ way, person, start, browser: openBrowser(), time });
  const parameters = returned.location?.searchParams;
  const code = parameters?.get("code");
  if (typeof code !== "string" || parameters?.get("state") !== state) {
    throw new Error(`A login came back without a code: ${returned.location?.search ?? returned.url}`);
  }
  const tokens = await time("token", () =>
    requestTokens(way, {
      grant_type: "authorization_code",
      code,
      code_verifier: verifier,
      redirect_uri: way.redirectUri,
    }));
  await time("userinfo", () => checkPerson(way, tokens));
  return await time("refresh", () => refresh(way, tokens));
}

/** Refreshes, and expects a token that is new. */
export async function refresh(way: Way, { refresh_token }: Tokens): Promise<Tokens> {
  const tokens = await requestTokens(way, { grant_type: "refresh_token", refresh_token });
  if (tokens.refresh_token === refresh_token) {
    throw new Error(`${way.tokenEndpoint} did not rotate a refresh token`);
  }
  return tokens;
}

/** Consent first, then another provider, then back: Gatepost, and a Worker that signs in through one. */
async function walkBrokered({ way, start, browser, time }: Journey): Promise<Visit> {
  const page = await time("authorize", () => browser.visit(start));
  const fields = readFields(page.text);
  fields.set("decision", "approve");
  const approved = await time("consent", () => browser.visit(page.url, post(page.url, fields)));
  const sent = await time("upstream", () => browser.visit(demand(approved)));
  return await time("callback", () => browser.follow(demand(sent), way.redirectUri));
}

/** A page to sign in, then one to consent. */
async function walkTwoPages({ way, person, start, browser, time }: Journey): Promise<Visit> {
  const first = await time("authorize", () => browser.follow(start, way.redirectUri));
  const form = new URLSearchParams({ user: person });
  const second = await time(
    "sign in",
    () => browser.follow(first.url, way.redirectUri, post(first.url, form)),
  );
  return await time(
    "consent",
    () => browser.follow(second.url, way.redirectUri, post(second.url, new URLSearchParams())),
  );
}

/** A page to sign in at another provider, then one to consent. Their scripts post JSON and go where the answer says. */
async function walkApi({ way, person, start, browser, time }: Journey): Promise<Visit> {
  const first = await time("authorize", () => browser.follow(start, way.redirectUri));
  const provider = await time(
    "sign in",
    () =>
      call(browser, first.url, "sign-in/social", {
        provider: "upstream",
        callbackURL: first.url.href,
        loginHint: person,
      }),
  );
  const sent = await time("upstream", () => browser.visit(provider));
  const second = await time("callback", () => browser.follow(demand(sent), way.redirectUri));
  return await time("consent", async () => {
    const location = await call(browser, second.url, "oauth2/consent", { accept: true });
    return { url: second.url, text: "", location };
  });
}

async function call(browser: Browser, page: URL, path: string, body: Record<string, unknown>): Promise<URL> {
  const { text } = await browser.visit(new URL(`/api/auth/${path}`, page), {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept": "application/json", "Origin": page.origin },
    body: JSON.stringify({ ...body, oauth_query: page.search.slice(1) }),
  });
  const { url } = JSON.parse(text);
  if (typeof url !== "string") {
    throw new Error(`${path} answers without an address: ${text.slice(0, 500)}`);
  }
  return new URL(url, page);
}

function demand({ url, location, text }: Visit): URL {
  if (location === undefined) {
    throw new Error(`${url.pathname} does not redirect: ${text.slice(0, 500)}`);
  }
  return location;
}

async function requestTokens(way: Way, fields: Record<string, string>): Promise<Tokens> {
  const resource = way.resource === undefined ? {} : { resource: way.resource };
  const response = await fetch(way.tokenEndpoint, {
    method: "POST",
    body: new URLSearchParams({ client_id: way.clientId, ...resource, ...fields }),
  });
  const answer = await response.json();
  if (response.status !== 200 || !answer.access_token || !answer.refresh_token) {
    throw new Error(`${way.tokenEndpoint} answers ${response.status}: ${JSON.stringify(answer)}`);
  }
  return answer;
}

async function checkPerson({ userinfoEndpoint }: Way, { access_token }: Tokens): Promise<void> {
  const response = await fetch(userinfoEndpoint, { headers: { Authorization: `Bearer ${access_token}` } });
  const text = await response.text();
  if (response.status !== 200 || typeof JSON.parse(text).sub !== "string") {
    throw new Error(`${userinfoEndpoint} answers ${response.status}: ${text.slice(0, 500)}`);
  }
}
