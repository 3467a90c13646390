/**
 * GET and POST /oauth-authorize/{slug}: the authorization endpoint (RFC 6749 §3.1).
 *
 * A request is checked and shown as a consent page; nothing is stored for it.
 * The page posts back here, and only the approval opens a session. An error is
 * shown as long as the client and its redirect URI are not proven, and as long
 * as nobody has logged in with the client. Any other is redirected to the client.
 *
 * @module
 */

import { type Form, parseForm, readForm } from "../_shared/http/body.ts";
import { type Answer, buildEndpoint, type EndpointDependencies } from "../_shared/http/endpoint.ts";
import { OAuthError, toOAuthError } from "../_shared/errors.ts";
import { buildPageExit, prefersJson } from "../_shared/http/page_error.ts";
import { buildFindMetadataDocument, type DocumentDependencies } from "../_shared/client/metadata_document.ts";
import { redirectError } from "../_shared/client/redirect.ts";
import { describeRedirectUri } from "../_shared/client/redirect_uri.ts";
import { chooseLanguage } from "../_shared/http/language.ts";
import { readSlug } from "../_shared/http/route.ts";
import { buildServerUrls } from "../_shared/urls.ts";
import type { ApprovalDependencies } from "./approval.ts";
import { checkAuthorizationRequest } from "./authorization_request.ts";
import { sealConsentForm } from "./consent_form.ts";
import { describeConsent, showConsentPage } from "./consent_page.ts";
import { buildReadableExit } from "./own_page.ts";
import { type ClientDependencies, findClient, type ProvenClient } from "./proven_client.ts";

/** What the endpoint needs from outside. */
export type AuthorizationDependencies =
  & EndpointDependencies
  & ApprovalDependencies
  & ClientDependencies
  & DocumentDependencies;

/** Builds the endpoint. `index.ts` passes real dependencies, tests pass fakes. */
export function buildAuthorizationEndpoint(
  dependencies: AuthorizationDependencies,
): (request: Request) => Promise<Response> {
  const findDocument = buildFindMetadataDocument(dependencies);
  const options = {
    name: "oauth-authorize",
    methods: ["GET", "POST"],
    crossOrigin: false,
    exit: buildReadableExit(buildPageExit(dependencies), dependencies),
  };
  return buildEndpoint(options, dependencies, async ({ request, path }) => {
    const slug = readSlug(path);
    const isPosted = request.method === "POST";
    const form = isPosted ? await readForm(request) : parseForm(new URL(request.url).searchParams);
    if (isPosted && form.parameters.has("form")) {
      // Not loaded for the page, which comes first and is what people wait for.
      const { answerConsentForm } = await import("./approval.ts");
      return await answerConsentForm(form.parameters, slug, request, dependencies);
    }
    // OpenID Connect Core §3.1.2.1 lets a client send its request by POST as well.
    const client = await findClient(form, slug, findDocument, dependencies);
    return await askForConsent(form, client, request, dependencies);
  });
}

/** Shows the consent page for a request that is in order, and tells the client the error of one that is not. */
async function askForConsent(
  form: Form,
  client: ProvenClient,
  request: Request,
  dependencies: AuthorizationDependencies,
): Promise<Response | Answer> {
  let checked;
  try {
    checked = checkAuthorizationRequest(form, client);
  } catch (thrown) {
    return tellClient(toOAuthError(thrown), client);
  }
  const language = chooseLanguage(request, checked.hints["ui_locales"]);
  const { consentUrl, publicUrl } = dependencies;
  const consent = describeConsent(client, checked, language, publicUrl);
  if (prefersJson(request)) {
    return Response.json(consent);
  }
  const sealedForm = await sealConsentForm(checked, consent, client.server, dependencies);
  const urls = buildServerUrls(publicUrl, client.server.slug);
  const allowedUrl = client.isOwnPage ? undefined : urls.connections;
  return consentUrl === undefined
    ? showConsentPage(consent, { sealedForm, allowedUrl })
    : sendToConsentPage(consentUrl, urls.authorize, sealedForm);
}

/**
 * Redirects an error to a client that somebody has logged in with, or that an owner made.
 *
 * Anybody can register, and a link that ends at a stranger without a click would begin at our address: such a client's
 * error is shown, with the place it would have gone to (RFC 9700 §4.11.2).
 */
function tellClient(error: OAuthError, client: ProvenClient): Answer {
  if (client.isApproved) {
    return redirectError(client.returnTo, error);
  }
  throw new OAuthError(error.code, error.message, {
    reason: error.reason,
    cause: error.cause,
    advice: `Nobody has logged in with this app here yet, so this is told to you and not to ${
      describeRedirectUri(client.returnTo.redirectUri)
    }. If that is an app you use, go back to it and connect again`,
  });
}

/**
 * Sends the browser to a consent page that is served elsewhere.
 *
 * The form is in the fragment, which browsers send to no server.
 */
function sendToConsentPage(consentUrl: string, authorize: string, form: string): Response {
  const fragment = new URLSearchParams({ authorize, form });
  return new Response(null, { status: 303, headers: { Location: `${consentUrl}#${fragment}` } });
}
