/**
 * The exit of endpoints that a person's browser visits: a page, or JSON for a caller that asks for JSON.
 *
 * @module
 */

import { answerWithJson, type Call, type ErrorExit } from "./endpoint.ts";
import type { OAuthError } from "../errors.ts";
import { markup, showPage } from "./page.ts";

/**
 * Builds the exit: pages, or plain text where the platform serves no HTML in the answer to a GET.
 *
 * `GATEPOST_CONSENT_URL` is set on such a platform. There a browser would show the source of a page.
 */
export function buildPageExit({ consentUrl }: { consentUrl: string | undefined }): ErrorExit {
  return (error, call) =>
    consentUrl !== undefined && call.request.method === "GET" && !prefersJson(call.request)
      ? answerWithText(error, call)
      : answerWithPage(error, call);
}

const AGAIN = "Go back to the app you came from and connect again";
const LATER = "Wait a moment and load this page again, or go back to the app you came from and connect again";

/** What a person can do: what the error says itself, or what is always worth a try. */
function advise(error: OAuthError): string {
  return error.advice ?? (error.code === "temporarily_unavailable" ? LATER : AGAIN);
}

function answerWithText(error: OAuthError, { requestId }: Call): Response {
  const text = `Cannot continue

${error.message}.

${advise(error)}. If this happens again, tell whoever runs the server:
code ${error.code}, request ${requestId}
`;
  return new Response(text, { status: error.status, headers: error.headers });
}

/** Shows an error; it is never redirected. */
export function answerWithPage(error: OAuthError, call: Call): Response {
  if (prefersJson(call.request)) {
    return answerWithJson(error);
  }
  return showPage(
    "Cannot continue",
    markup`<h1>Cannot continue</h1>
<p>${error.message}.</p>
<p>${advise(error)}. If this happens again, tell whoever runs the server:</p>
<p><small>Code ${error.code}, request ${call.requestId}</small></p>`,
    { status: error.status, headers: error.headers },
  );
}

/** Whether a caller asks for JSON and not for a page. */
export function prefersJson(request: Request): boolean {
  const accept = request.headers.get("Accept") ?? "";
  return accept.includes("application/json") && !accept.includes("text/html");
}
