/**
 * The consent page: who asks for what, and where the answer goes.
 *
 * The client chose its name itself, and the page says so. A person can judge
 * the redirect host. Nothing that a client registered is fetched.
 *
 * @module
 */

import { type Html, markup, showPage } from "../_shared/http/page.ts";
import { describeRedirectUri } from "../_shared/client/redirect_uri.ts";
import { parseScope } from "../_shared/tokens/scope.ts";
import type { AuthorizationRequest } from "./authorization_request.ts";
import type { ProvenClient } from "./proven_client.ts";

/** What a person is asked, as data. */
export interface Consent {
  client_name: string;
  client_id: string;
  /** The host whose document describes the client, for one that is known by a URL. */
  client_host: string | null;
  /** The host that the answer goes to, or the scheme of an app. */
  redirect_host: string;
  server_name: string;
  resource: string;
  provider_name: string;
  scopes: Scope[];
}

interface Scope {
  scope: string;
  /** What it means to a person. */
  meaning: string;
}

const SCOPE_MEANINGS = new Map([
  ["openid", "Know who you are"],
  ["email", "See your email address"],
  ["profile", "See your name and profile"],
  ["offline_access", "Stay connected until you disconnect it"],
]);

/** Says what a person is asked. */
export function describeConsent(client: ProvenClient, request: AuthorizationRequest): Consent {
  return {
    client_name: client.clientName ?? "An app without a name",
    client_id: client.clientId,
    client_host: request.metadataDocument ? new URL(client.clientId).host : null,
    redirect_host: describeRedirectUri(request.redirectUri),
    server_name: client.server.name,
    resource: client.resource,
    provider_name: client.providerName,
    scopes: parseScope(request.scope).map((scope) => ({
      scope,
      meaning: SCOPE_MEANINGS.get(scope) ?? scope,
    })),
  };
}

/** Shows the page. It posts to the URL it is shown at. */
export function showConsentPage(consent: Consent, sealedForm: string): Response {
  return showPage(
    `Connect to ${consent.server_name}`,
    markup`<h1>Connect ${consent.client_name} to ${consent.server_name}?</h1>
<p>You continue at <strong>${consent.provider_name}</strong> to log in. The app never sees your password.</p>
<dl>
${listTerm("App, as it calls itself (not verified)", markup`${consent.client_name}`)}
${consent.client_host ? listTerm("Described at", markup`<strong>${consent.client_host}</strong>`) : ""}
${listTerm("Sends you back to", markup`<strong>${consent.redirect_host}</strong>`)}
${listTerm("Server", markup`${consent.server_name}<br><small>${consent.resource}</small>`)}
${listTerm("It may", listMeanings(consent.scopes))}
</dl>
<form method="post">
<input type="hidden" name="form" value="${sealedForm}">
<button class="primary" name="decision" value="approve">Approve</button>
<button name="decision" value="deny">Cancel</button>
</form>
<p class="note"><small>Approve only if you started this in an app you trust, just now.</small></p>`,
  );
}

function listTerm(term: string, description: Html): Html {
  return markup`<div><dt>${term}</dt><dd>${description}</dd></div>`;
}

function listMeanings(scopes: Scope[]): Html {
  return scopes.length === 0
    ? markup`Connect, and nothing else`
    : markup`<ul>${scopes.map(({ meaning }) => markup`<li>${meaning}</li>`)}</ul>`;
}
