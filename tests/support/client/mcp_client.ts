/**
 * An MCP client made of plain requests, one step at a time.
 *
 * Each builder makes a valid request; a test states what it changes.
 *
 * @module
 */

import { parse } from "node-html-parser";
import { CookieJar } from "tough-cookie";
import { hashSecret, randomSecret } from "../../../functions/_shared/secrets/secrets.ts";
import { walkLogin, type WalkOptions } from "../../../supabase/commands/login/walk_login.ts";

/** The documents a client finds before it registers. */
export interface Discovery {
  resource: string;
  issuer: string;
  registration_endpoint: string;
  authorization_endpoint: string;
  token_endpoint: string;
  userinfo_endpoint: string;
  jwks_uri: string;
}

/** A registered client. */
export interface RegisteredClient {
  discovery: Discovery;
  clientId: string;
  /** A confidential client's secret. */
  clientSecret?: string;
  redirectUri: string;
}

/** An authorization request, and what only its client knows. */
export interface AuthorizationAttempt {
  url: URL;
  state: string;
  nonce: string;
  codeVerifier: string;
}

/** The answer of the token endpoint. */
export interface Tokens {
  access_token: string;
  token_type: string;
  expires_in: number;
  refresh_token: string;
  scope: string;
  id_token?: string;
}

/** A client that a person has logged in to. */
export interface LoggedInClient extends RegisteredClient {
  attempt: AuthorizationAttempt;
  code: string;
  tokens: Tokens;
}

/** Loopback, so that any port matches; nobody listens there. */
export const REDIRECT_URI = "http://127.0.0.1:4321/callback";

/** Discovers as clients do: 401, resource metadata, authorization server metadata. */
export async function discover(mcpUrl: string): Promise<Discovery> {
  const refusal = await fetch(mcpUrl, { method: "POST" });
  await refusal.body?.cancel();
  const [, resourceUrl = ""] =
    /resource_metadata="([^"]+)"/.exec(refusal.headers.get("WWW-Authenticate") ?? "") ?? [];
  const resource = await (await fetch(resourceUrl)).json();
  const [issuer] = resource.authorization_servers;
  const server = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  return { ...server, resource: resource.resource };
}

/** Registers a public client; `metadata` changes what it says of itself. */
export async function register(
  discovery: Discovery,
  metadata: Record<string, unknown> = {},
): Promise<RegisteredClient> {
  const response = await fetch(discovery.registration_endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      client_name: "Plain client",
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: "none",
      ...metadata,
    }),
  });
  const answer = await response.json();
  if (response.status !== 201) {
    throw new Error(`Registration answers ${response.status}: ${JSON.stringify(answer)}`);
  }
  return {
    discovery,
    clientId: answer.client_id,
    redirectUri: answer.redirect_uris[0],
    ...(answer.client_secret ? { clientSecret: answer.client_secret } : {}),
  };
}

/** Builds an authorization request; `changes` sets parameters, and with undefined leaves them out. */
export function attemptAuthorization(
  { discovery, clientId, redirectUri }: RegisteredClient,
  changes: Record<string, string | undefined> = {},
): AuthorizationAttempt {
  const [state, nonce, codeVerifier] = [randomSecret(), randomSecret(), randomSecret()];
  const parameters = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: "openid email profile offline_access",
    resource: discovery.resource,
    state,
    nonce,
    code_challenge: hashSecret(codeVerifier),
    code_challenge_method: "S256",
    ...changes,
  };
  const url = new URL(discovery.authorization_endpoint);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) {
      url.searchParams.set(name, value);
    }
  }
  return { url, state, nonce, codeVerifier };
}

/** Opens the consent page and returns its sealed field. */
export async function openConsentForm(url: URL): Promise<string> {
  const response = await fetch(url, { headers: { Accept: "text/html" }, redirect: "manual" });
  const page = parse(await response.text());
  const form = page.querySelector("input[name=form]")?.getAttribute("value");
  if (response.status !== 200 || form === undefined) {
    throw new Error(`The consent page answers ${response.status}`);
  }
  return form;
}

/** Presses a button of the consent page. */
export function decide(url: URL, form: string, decision: "approve" | "deny"): Promise<Response> {
  return postForm(url, { form, decision }, { Origin: url.origin });
}

/** A login that the provider has finished and the callback has not seen. */
export interface PendingCallback {
  attempt: AuthorizationAttempt;
  /** Where the provider sent the browser. */
  providerUrl: URL;
  /** Where the provider sends it back to, with code and state. */
  callbackUrl: URL;
  /** What the browser says to the callback. */
  cookie: string;
}

/** Approves and logs in, up to the redirect to the callback, which is not followed. */
export async function reachCallback(
  client: RegisteredClient,
  walk: WalkOptions,
  changes: Record<string, string | undefined> = {},
): Promise<PendingCallback> {
  const attempt = attemptAuthorization(client, changes);
  const approval = await decide(attempt.url, await openConsentForm(attempt.url), "approve");
  await approval.body?.cancel();
  const providerUrl = new URL(approval.headers.get("Location") ?? "");
  const [cookie = ""] = (approval.headers.get("Set-Cookie") ?? "").split(";");
  const callbackUrl = await walkLogin(providerUrl, { cookies: new CookieJar(), ...walk });
  return { attempt, providerUrl, callbackUrl, cookie };
}

/** Follows the provider's redirect to the callback. */
export function followCallback({ callbackUrl, cookie }: PendingCallback): Promise<Response> {
  return fetch(callbackUrl, { headers: { Cookie: cookie, Accept: "text/html" }, redirect: "manual" });
}

/** The form that redeems a code. */
export function redemptionForm(
  { clientId, clientSecret, redirectUri }: RegisteredClient,
  code: string,
  codeVerifier: string,
): Record<string, string> {
  return {
    grant_type: "authorization_code",
    code,
    code_verifier: codeVerifier,
    redirect_uri: redirectUri,
    client_id: clientId,
    ...(clientSecret ? { client_secret: clientSecret } : {}),
  };
}

/** The form that refreshes. */
export function refreshForm(
  { clientId, clientSecret }: RegisteredClient,
  refreshToken: string,
): Record<string, string> {
  return {
    grant_type: "refresh_token",
    refresh_token: refreshToken,
    client_id: clientId,
    ...(clientSecret ? { client_secret: clientSecret } : {}),
  };
}

/** Posts a form. */
export function postForm(
  url: string | URL,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, { method: "POST", headers, body: new URLSearchParams(fields), redirect: "manual" });
}

/** Posts a form to the token endpoint and expects tokens. */
export async function requestTokens(discovery: Discovery, fields: Record<string, string>): Promise<Tokens> {
  const response = await postForm(discovery.token_endpoint, fields);
  const answer = await response.json();
  if (response.status !== 200) {
    throw new Error(`The token endpoint answers ${response.status}: ${JSON.stringify(answer)}`);
  }
  return answer;
}

/** A person's login through the pages, up to the code. */
export async function logIn(
  client: RegisteredClient,
  walk: WalkOptions,
  changes: Record<string, string | undefined> = {},
): Promise<{ attempt: AuthorizationAttempt; code: string }> {
  const attempt = attemptAuthorization(client, changes);
  const returned = await walkLogin(attempt.url, walk);
  const code = returned.searchParams.get("code");
  if (code === null) {
    throw new Error(`The login came back without a code: ${returned.search}`);
  }
  return { attempt, code };
}

/** Discovers, registers, logs in and redeems; `changes` goes into the authorization request. */
export async function connect(
  mcpUrl: string,
  walk: WalkOptions,
  changes: Record<string, string | undefined> = {},
): Promise<LoggedInClient> {
  return await logInAndRedeem(await register(await discover(mcpUrl)), walk, changes);
}

/** Logs a person in to a registered client and redeems the code. */
export async function logInAndRedeem(
  client: RegisteredClient,
  walk: WalkOptions,
  changes: Record<string, string | undefined> = {},
): Promise<LoggedInClient> {
  const { attempt, code } = await logIn(client, walk, changes);
  const form = redemptionForm(client, code, attempt.codeVerifier);
  return { ...client, attempt, code, tokens: await requestTokens(client.discovery, form) };
}

/** Posts one JSON-RPC message, as Streamable HTTP of 2025-11-25 has it. */
export function postMessage(
  mcpUrl: string,
  accessToken: string,
  message: Record<string, unknown>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(mcpUrl, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${accessToken}`,
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
      "MCP-Protocol-Version": "2025-11-25",
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", ...message }),
  });
}

/** Reads the JSON-RPC answer, from JSON or from an event stream. */
export async function readMessage(response: Response): Promise<Record<string, unknown>> {
  const text = await response.text();
  if (response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
    const [, json = "null"] = /^data: ?(\{.*\})$/m.exec(text) ?? [];
    return JSON.parse(json);
  }
  return JSON.parse(text);
}

/** Calls a tool without a session and returns its text. */
export async function callTool(
  mcpUrl: string,
  accessToken: string,
  name: string,
  args: Record<string, unknown> = {},
): Promise<string> {
  const response = await postMessage(mcpUrl, accessToken, {
    id: 1,
    method: "tools/call",
    params: { name, arguments: args },
  });
  if (response.status !== 200) {
    throw new Error(`The call of ${name} answers ${response.status}: ${await response.text()}`);
  }
  const { result } = (await readMessage(response)) as { result: { content: { text: string }[] } };
  return result.content[0]!.text;
}
