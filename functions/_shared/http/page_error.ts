/**
 * The exit of endpoints that a person's browser visits: a page, or JSON for a caller that asks for JSON.
 *
 * @module
 */

import { answerWithJson, type Call, type ErrorExit } from "./endpoint.ts";
import type { OAuthError } from "../errors.ts";
import { chooseLanguage, type Language, LANGUAGES, sayPlainly } from "./language.ts";
import { markup } from "./markup.ts";
import { showPage } from "./page.ts";

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

/**
 * What happened, in the reader's language: the error's own sentence, which is English, or what its code stands for.
 *
 * The sentence stands below in small letters then, because whoever runs the server may need it.
 */
function describeError(error: OAuthError, language: Language): { sentence: string; advice: string } {
  const texts = LANGUAGES[language].error;
  const usual = error.code === "temporarily_unavailable" ? texts.later : texts.again;
  if (language === "en") {
    return { sentence: error.message, advice: error.advice ?? usual };
  }
  switch (error.code) {
    case "temporarily_unavailable":
    case "bad_gateway":
    case "gateway_timeout":
    case "server_error":
      return { sentence: texts.unavailable, advice: usual };
    case "not_found":
      return { sentence: texts.notFound, advice: usual };
    case "access_denied":
    case "forbidden":
    case "insufficient_scope":
      return { sentence: texts.denied, advice: usual };
    default:
      return { sentence: texts.refused, advice: usual };
  }
}

function answerWithText(error: OAuthError, { request, requestId }: Call): Response {
  const language = chooseLanguage(request);
  const texts = LANGUAGES[language].error;
  const { sentence, advice } = describeError(error, language);
  const code = sayPlainly(texts.code, { code: error.code, request: requestId });
  const text = `${texts.title}

${sentence}.

${advice}. ${texts.tell}
${code}
`;
  return new Response(text, {
    status: error.status,
    headers: { "Content-Language": language, ...error.headers },
  });
}

/** Shows an error; it is never redirected. */
export function answerWithPage(error: OAuthError, { request, requestId }: Call): Response {
  if (prefersJson(request)) {
    return answerWithJson(error);
  }
  const language = chooseLanguage(request);
  const texts = LANGUAGES[language].error;
  const { sentence, advice } = describeError(error, language);
  return showPage(
    language,
    texts.title,
    markup`<h1>${texts.title}</h1>
<p>${sentence}.</p>
<p>${advice}. ${texts.tell}</p>
<p><small>${sayPlainly(texts.code, { code: error.code, request: requestId })}</small></p>${
      language === "en" ? "" : markup`
<p lang="en"><small>${error.message}.${error.advice === undefined ? "" : ` ${error.advice}.`}</small></p>`
    }`,
    { status: error.status, headers: error.headers },
  );
}

/** Whether a caller asks for JSON and not for a page. */
export function prefersJson(request: Request): boolean {
  const accept = request.headers.get("Accept") ?? "";
  return accept.includes("application/json") && !accept.includes("text/html");
}
