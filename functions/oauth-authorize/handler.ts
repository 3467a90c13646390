/**
 * GET and POST /oauth-authorize/{slug}: the authorization endpoint (RFC 6749 §3.1).
 *
 * A request is checked and shown as a consent page; nothing is written for it.
 * The page posts back here, and only that approval opens a session. Until the
 * client and its redirect URI are proven an error is shown; afterwards it is
 * redirected.
 *
 * @module
 */

import { parseForm, readForm } from "../_shared/body.ts";
import type { Dependencies } from "../_shared/dependencies.ts";
import { type Call, endpoint } from "../_shared/endpoint.ts";
import { toOAuthError } from "../_shared/errors.ts";
import { answerWithPage, prefersJson } from "../_shared/page_error.ts";
import { redirectError } from "../_shared/redirect.ts";
import { readSlug } from "../_shared/route.ts";
import { answerConsentForm } from "./approval.ts";
import { checkAuthorizationRequest, findClient } from "./authorization_request.ts";
import { sealConsentForm } from "./consent_form.ts";
import { describeConsent, showConsentPage } from "./consent_page.ts";

/** Builds the endpoint. `index.ts` passes real dependencies, tests pass fakes. */
export function authorizationEndpoint(
  dependencies: Dependencies,
): (request: Request) => Promise<Response> {
  const options = {
    name: "oauth-authorize",
    methods: ["GET", "POST"],
    crossOrigin: false,
    exit: answerWithPage,
  };
  return endpoint(options, dependencies, async (call) => {
    const slug = readSlug(call.path);
    if (call.request.method === "GET") {
      return await askForConsent(
        parseForm(new URL(call.request.url).searchParams),
        slug,
        call,
        dependencies,
      );
    }
    const form = await readForm(call.request);
    return form.parameters.has("form")
      ? await answerConsentForm(form.parameters, slug, call, dependencies)
      // OpenID Connect Core §3.1.2.1 lets a client send its request by POST as well.
      : await askForConsent(form, slug, call, dependencies);
  });
}

async function askForConsent(
  form: ReturnType<typeof parseForm>,
  slug: string,
  call: Call,
  dependencies: Dependencies,
): Promise<Response> {
  const client = await findClient(form, slug, dependencies);
  let request;
  try {
    request = checkAuthorizationRequest(form, client);
  } catch (thrown) {
    const error = toOAuthError(thrown);
    call.reason = error.reason;
    return redirectError(client.returnTo, error);
  }
  const consent = describeConsent(client, request);
  const sealed = await sealConsentForm(request, slug, dependencies);
  return prefersJson(call.request) ? Response.json(consent) : showConsentPage(consent, sealed);
}
