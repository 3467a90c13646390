/**
 * What nonsense is aimed at: a tenant with a person logged in, and everything of it that must not come back.
 *
 * @module
 */

import { logIn, type Scene, setScene } from "../../support/stack/scene.ts";
import type { TestStack } from "../../support/stack/stack.ts";
import { attemptAuthorization, redemptionForm, refreshForm } from "../../support/client/mcp_client.ts";
import { openBrowser, openConsent } from "../../support/client/browser.ts";

/** A request in parts, so that each can be spoiled apart. */
export interface Draft {
  method: string;
  /** Below the functions' address, without a slash in front. */
  path: string;
  query: [name: string, value: string][];
  headers: Record<string, string>;
  /** Fields of a form, or a JSON value; nothing for a request without a body. */
  form?: [name: string, value: string][];
  json?: unknown;
}

/** A tenant under fire. */
export interface Subject extends AsyncDisposable {
  scene: Scene;
  /** Valid requests to every endpoint. */
  drafts: Draft[];
  /** What no answer to a spoiled request and no line of log may hold. */
  secrets: Record<string, string>;
}

const BASIC = (id: string, secret: string): string => `Basic ${btoa(`${id}:${secret}`)}`;

/** Logs a person in at a confidential client and drafts a valid request to every endpoint. */
export async function setSubject(stack: TestStack): Promise<Subject> {
  const scene = await setScene(stack, { client: { token_endpoint_auth_method: "client_secret_basic" } });
  const { client, tenant, provider } = scene;
  const { tokens, code, attempt, browser } = await logIn(scene);
  const { url } = attemptAuthorization(client);
  const consentForm = await openConsent(openBrowser(), url);
  const clientSecret = client.clientSecret!;
  const [upstream] = await stack.sql`
    select access_token_ciphertext from public.upstream_oauth_tokens
    where organization_id = ${tenant.organizationId}`;

  const { slug, organizationId } = tenant;
  const form = (fields: Record<string, string>): [string, string][] => Object.entries(fields);
  const basic = { Authorization: BASIC(client.clientId, clientSecret) };
  const bearer = { Authorization: `Bearer ${tokens.access_token}` };
  const json = { "Content-Type": "application/json", Accept: "application/json, text/event-stream" };
  const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "whoami", arguments: {} } };
  const cookie = (await browser.cookies.getCookieString(tenant.mcpUrl)) || "gatepost-login=x";
  const drafts: Draft[] = [
    draft("GET", `oauth/${slug}/.well-known/openid-configuration`),
    draft("GET", `oauth/${slug}/.well-known/oauth-authorization-server`),
    draft("GET", `oauth/${slug}/.well-known/oauth-protected-resource`),
    draft("GET", "oauth-jwks"),
    { ...draft("POST", `oauth-register/${slug}`), json: { redirect_uris: [client.redirectUri] } },
    { ...draft("GET", `oauth-authorize/${slug}`), query: [...url.searchParams] },
    {
      ...draft("POST", `oauth-authorize/${slug}`, { Origin: url.origin }),
      form: form({ form: consentForm, decision: "approve" }),
    },
    {
      ...draft("GET", `oauth-callback/${organizationId}`, { Cookie: cookie }),
      query: form({ code: "upstream-code", state: attempt.state }),
    },
    {
      ...draft("POST", `oauth-token/${slug}`, basic),
      form: form(redemptionForm(client, code, attempt.codeVerifier)),
    },
    { ...draft("POST", `oauth-token/${slug}`, basic), form: form(refreshForm(client, tokens.refresh_token)) },
    { ...draft("POST", `oauth-revoke/${slug}`, basic), form: form({ token: "gpr_unknown" }) },
    { ...draft("POST", `oauth-introspect/${slug}`, basic), form: form({ token: tokens.access_token }) },
    draft("GET", `oauth-userinfo/${slug}`, bearer),
    draft("GET", `oauth-connections/${slug}`, bearer),
    draft("DELETE", `oauth-connections/${slug}/mcr_1`, bearer),
    {
      ...draft("GET", `oauth-connections/${slug}/callback`, { Accept: "text/html", Cookie: cookie }),
      query: form({ code: "code", state: attempt.state, iss: tenant.issuer }),
    },
    {
      ...draft("POST", `oauth-connections/${slug}`, { Origin: url.origin }),
      form: form({ action: "disconnect", connection: "mcr_1" }),
    },
    { ...draft("POST", `mcp/${slug}`, { ...bearer, ...json }), json: call },
    draft("GET", `mcp/${slug}`, { ...bearer, Accept: "text/event-stream" }),
    { ...draft("POST", "oauth-configs"), json: { organization_id: organizationId, name: "A provider" } },
  ];
  return {
    scene,
    drafts,
    secrets: {
      "access token": tokens.access_token,
      "refresh token": tokens.refresh_token,
      "code": code,
      "client secret": clientSecret,
      "provider's client secret": provider.clientSecret,
      "upstream ciphertext": String(upstream?.["access_token_ciphertext"]),
      "secret key": stack.status.SECRET_KEY,
      "code verifier": attempt.codeVerifier,
    },
    [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose](),
  };
}

function draft(method: string, path: string, headers: Record<string, string> = {}): Draft {
  return { method, path, query: [], headers };
}
