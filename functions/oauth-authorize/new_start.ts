/**
 * A new start for a consent form that was used or is too old: the person can make the same request again.
 *
 * @module
 */

import type { Answer } from "../_shared/http/endpoint.ts";
import { chooseLanguage, LANGUAGES } from "../_shared/http/language.ts";
import { markup } from "../_shared/http/markup.ts";
import { showPage } from "../_shared/http/page.ts";
import { prefersJson } from "../_shared/http/page_error.ts";
import { buildServerUrls } from "../_shared/urls.ts";
import type { ConsentForm } from "./consent_form.ts";

const STATES = { form_expired: "is too old", form_replayed: "was used already" };

/** Shows a page with a link to the same request, or returns that link to a page that is served elsewhere. */
export function offerNewStart(
  reason: keyof typeof STATES,
  { request, slug }: ConsentForm,
  asked: Request,
  publicUrl: string,
): Answer {
  const again = new URL(buildServerUrls(publicUrl, slug).authorize);
  const parameters = {
    response_type: "code",
    client_id: request.clientId,
    redirect_uri: request.redirectUri,
    scope: request.scope,
    state: request.state,
    resource: request.resource,
    code_challenge: request.codeChallenge,
    code_challenge_method: "S256",
    nonce: request.nonce,
    tracking_id: request.trackingId,
    ...request.hints,
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (value) {
      again.searchParams.set(name, value);
    }
  }
  if (prefersJson(asked)) {
    const response = Response.json(
      {
        error: "invalid_request",
        error_description: `This approval page ${
          STATES[reason]
        }. Nothing is lost: open it anew and approve there`,
        start_again: again.href,
      },
      { status: 400 },
    );
    return { response, reason };
  }
  const language = chooseLanguage(asked, request.hints["ui_locales"]);
  const texts = LANGUAGES[language].again;
  const response = showPage(
    language,
    texts.title,
    markup`<h1>${texts.title}</h1>
<p>${reason === "form_expired" ? texts.expired : texts.replayed}</p>
<p><a href="${again.href}">${texts.open}</a></p>`,
    { status: 400 },
  );
  return { response, reason };
}
