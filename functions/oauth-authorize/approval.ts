/**
 * The answer to the consent page: approve or cancel.
 *
 * An approval opens the session, binds the browser and sends it to the
 * provider. It must come from our own page: a form that another site posts
 * would be an approval that nobody gave.
 *
 * @module
 */

import type { Parameters } from "../_shared/body.ts";
import { bindBrowser } from "../_shared/browser_binding.ts";
import type { Dependencies } from "../_shared/dependencies.ts";
import { sealSecret } from "../_shared/encryption.ts";
import type { Call } from "../_shared/endpoint.ts";
import { OAuthError, toOAuthError } from "../_shared/errors.ts";
import { html, showPage } from "../_shared/page.ts";
import { type ClientReturn, redirectError } from "../_shared/redirect.ts";
import { restoreVerifiedRedirectUri } from "../_shared/redirect_uri.ts";
import { unknownServer } from "../_shared/route.ts";
import { hashSecret, randomSecret } from "../_shared/secrets.ts";
import { buildAuthorizationRequest, findUpstream } from "../_shared/upstream.ts";
import { buildCallbackUrl, buildServerUrls } from "../_shared/urls.ts";
import type { AuthorizationRequest } from "./authorization_request.ts";
import { type ConsentForm, openConsentForm, refusedForm } from "./consent_form.ts";

/** Answers a posted consent form. */
export async function answerConsentForm(
  parameters: Parameters,
  slug: string,
  call: Call,
  dependencies: Dependencies,
): Promise<Response> {
  checkOwnPage(call.request, dependencies.config);
  const form = await openConsentForm(
    parameters.get("form") ?? "",
    slug,
    dependencies,
  );
  const { publicUrl } = dependencies.config;
  const returnTo: ClientReturn = {
    redirectUri: restoreVerifiedRedirectUri({
      redirect_uri: form.request.redirectUri,
    }),
    state: form.request.state,
    issuer: buildServerUrls(publicUrl, slug).issuer,
  };
  if (form.expired) {
    return offerNewStart("form_expired", form.request, slug, call, publicUrl);
  }
  switch (parameters.get("decision")) {
    case "approve":
      return await approve(form, slug, returnTo, call, dependencies);
    case "deny":
      call.reason = "consent_denied";
      return redirectError(
        returnTo,
        new OAuthError(
          "access_denied",
          "Cannot connect: the person did not approve",
        ),
      );
    default:
      throw refusedForm("decision_missing");
  }
}

async function approve(
  form: ConsentForm,
  slug: string,
  returnTo: ClientReturn,
  call: Call,
  dependencies: Dependencies,
): Promise<Response> {
  const { publicUrl } = dependencies.config;
  const { request } = form;
  const [state, nonce, codeVerifier, browserSecret] = [
    randomSecret(),
    randomSecret(),
    randomSecret(),
    randomSecret(),
  ];
  const stateHash = await hashSecret(state);

  const opening = await dependencies.database.openAuthorizationSession({
    p_slug: slug,
    p_client_id: request.clientId,
    p_metadata_document: null,
    p_form_hash: await hashSecret(form.id),
    p_state_hash: stateHash,
    p_browser_hash: await hashSecret(browserSecret),
    p_request_ciphertext: await sealSecret(
      JSON.stringify({ clientState: request.state, nonce, codeVerifier }),
      "authorization-request",
      dependencies.encryptionKeys,
    ),
    p_redirect_uri: request.redirectUri,
    p_resource: request.resource,
    p_scope: request.scope,
    p_code_challenge: request.codeChallenge,
    p_nonce: request.nonce ?? null,
    p_tracking_id: request.trackingId ?? null,
  });
  switch (opening.outcome) {
    case "opened":
      break;
    case "form_replayed":
      return offerNewStart("form_replayed", request, slug, call, publicUrl);
    case "unknown_server":
      throw unknownServer();
    case "unknown_client":
    case "no_sign_in":
      throw new OAuthError(
        "invalid_request",
        "Cannot approve: the app or its sign-in was removed meanwhile",
        {
          reason: opening.outcome,
        },
      );
  }

  let location;
  try {
    location = buildAuthorizationRequest(
      await findUpstream(opening.config, dependencies),
      {
        callbackUrl: buildCallbackUrl(publicUrl),
        state,
        nonce,
        codeChallenge: await hashSecret(codeVerifier),
        hints: request.hints,
      },
    );
  } catch (thrown) {
    const error = toOAuthError(thrown);
    call.reason = error.reason;
    return redirectError(returnTo, error);
  }
  return new Response(null, {
    status: 303,
    headers: {
      "Location": location,
      "Set-Cookie": bindBrowser(publicUrl, stateHash, browserSecret),
      "Referrer-Policy": "no-referrer",
    },
  });
}

/**
 * Refuses a form that another site posted. Every browser names the origin of
 * a cross-site POST; a caller that names none is no browser and holds nobody's
 * cookies.
 */
function checkOwnPage(
  request: Request,
  { publicUrl, consentUrl }: Dependencies["config"],
): void {
  const pages = [publicUrl, consentUrl].filter((url) => url !== undefined).map((
    url,
  ) => new URL(url).origin);
  const origin = request.headers.get("Origin");
  const site = request.headers.get("Sec-Fetch-Site");
  const foreign = origin === null
    ? site !== null && !["same-origin", "none"].includes(site)
    : !pages.includes(origin);
  if (foreign) {
    throw refusedForm("form_of_other_origin");
  }
}

/** A form that is spent or too old cannot be answered; the request behind it can be made again. */
function offerNewStart(
  reason: "form_expired" | "form_replayed",
  request: AuthorizationRequest,
  slug: string,
  call: Call,
  publicUrl: string,
): Response {
  call.reason = reason;
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
    if (value !== undefined && value !== "") {
      again.searchParams.set(name, value);
    }
  }
  const state = reason === "form_expired" ? "is too old" : "was used already";
  return showPage(
    "Approve again",
    html`<h1>Approve again</h1>
<p>This approval page ${state}. Nothing is lost: open it anew and approve there.</p>
<p><a href="${again.href}">Open the approval page</a></p>`,
    { status: 400 },
  );
}
