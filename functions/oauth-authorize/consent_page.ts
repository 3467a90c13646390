/**
 * The consent page: who asks for what, and where the answer goes.
 *
 * The client chose its name itself, and the page says so. A person can judge
 * the redirect host. Nothing that a client registered is fetched.
 *
 * @module
 */

import { type Language, LANGUAGES, say, sayPlainly } from "../_shared/http/language.ts";
import { type Html, markup } from "../_shared/http/markup.ts";
import { showPage } from "../_shared/http/page.ts";
import { describeScopes, listMeanings, type MeantScope } from "../_shared/http/scope_meanings.ts";
import { cleanDisplayText } from "../_shared/client/display_text.ts";
import { describeRedirectUri } from "../_shared/client/redirect_uri.ts";
import { parseScope } from "../_shared/tokens/scope.ts";
import { buildLogoUrl } from "../_shared/urls.ts";
import type { AuthorizationRequest } from "./authorization_request.ts";
import type { ProvenClient } from "./proven_client.ts";

/** What a person is asked, as data. */
export interface Consent {
  /** The language of the texts in it, and of the page. */
  language: Language;
  organization_name: string;
  /** The organization's logo, served by Gatepost; null where there is none. */
  organization_logo_url: string | null;
  client_name: string;
  client_id: string;
  /** The host whose document describes the client, for one that is known by a URL. */
  client_host: string | null;
  /** The host that the answer goes to, or the scheme of an app. */
  redirect_host: string;
  server_name: string;
  resource: string;
  provider_name: string;
  /** Who is about to log in, as the client says. */
  login_hint: string | null;
  /** Whether the provider lets a person take another account. Then `decision` may be `approve_as_other`. */
  offers_other_account: boolean;
  scopes: MeantScope[];
}

/** Says what a person is asked, in the person's language. */
export function describeConsent(
  client: ProvenClient,
  request: AuthorizationRequest,
  language: Language,
  publicUrl: string,
): Consent {
  return {
    language,
    organization_name: client.server.organization_name,
    organization_logo_url: buildLogoUrl(client.server, publicUrl) ?? null,
    client_name: client.clientName ?? LANGUAGES[language].apps.unnamed,
    client_id: client.clientId,
    client_host: request.metadataDocument ? new URL(client.clientId).host : null,
    redirect_host: describeRedirectUri(request.redirectUri, language),
    server_name: client.server.name,
    resource: client.resource,
    provider_name: client.providerName,
    login_hint: cleanDisplayText(request.hints["login_hint"]) ?? null,
    offers_other_account: client.accountPrompt !== null,
    // Our own page has a scope of its own, which no owner describes.
    scopes: describeScopes(
      parseScope(request.scope),
      language,
      client.isOwnPage ? {} : client.server.scope_descriptions,
    ),
  };
}

/** What the page is shown with, beside what it asks. */
export interface ConsentView {
  sealedForm: string;
  /** Where the person sees what was allowed before; undefined on that page's own way to log in. */
  allowedUrl: string | undefined;
}

/** Shows the page. It posts to the URL it is shown at. */
export function showConsentPage(
  consent: Consent,
  { sealedForm, allowedUrl }: ConsentView,
): Response {
  const { language } = consent;
  const texts = LANGUAGES[language].consent;
  const names = { app: consent.client_name, server: consent.server_name };
  const isOwn = allowedUrl === undefined;
  return showPage(
    language,
    sayPlainly(isOwn ? texts.ownTitle : texts.title, names),
    markup`<h1>${sayPlainly(isOwn ? texts.ownHeading : texts.heading, names)}</h1>
<p>${nameProvider(consent)}</p>
<dl>
${isOwn ? "" : listTerm(texts.app, markup`${consent.client_name}`)}
${consent.client_host ? listTerm(texts.describedAt, markup`<strong>${consent.client_host}</strong>`) : ""}
${listTerm(texts.sendsTo, markup`<strong>${consent.redirect_host}</strong>`)}
${listTerm(texts.server, markup`${consent.server_name}<br><small>${consent.resource}</small>`)}
${listTerm(texts.mayDo, listMeanings(consent.scopes, LANGUAGES[language]))}
</dl>
<form method="post">
<input type="hidden" name="form" value="${sealedForm}">
<button class="primary" name="decision" value="approve">${texts.approve}</button>
${
      consent.offers_other_account
        ? markup`<button name="decision" value="approve_as_other">${texts.otherAccount}</button>`
        : ""
    }
<button name="decision" value="deny">${texts.cancel}</button>
</form>
<p class="note"><small>${isOwn ? texts.ownWarning : texts.warning}</small></p>${
      isOwn ? "" : markup`
<p class="note"><small><a href="${allowedUrl}">${texts.allowed}</a></small></p>`
    }`,
    {
      owner: {
        name: consent.organization_name,
        logoUrl: consent.organization_logo_url ?? undefined,
      },
    },
  );
}

/** Where the person logs in, and as whom if the client says so. */
function nameProvider({ provider_name, login_hint, language }: Consent): Html {
  const texts = LANGUAGES[language].consent;
  const provider = markup`<strong>${provider_name}</strong>`;
  return login_hint === null
    ? say(texts.provider, { provider })
    : say(texts.providerAs, { provider, person: markup`<strong>${login_hint}</strong>` });
}

function listTerm(term: string, description: Html): Html {
  return markup`<div><dt>${term}</dt><dd>${description}</dd></div>`;
}
