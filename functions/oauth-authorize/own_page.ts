/**
 * Whether a consent form was posted from our own page.
 *
 * A form that another site posts would be an approval that nobody gave. Every
 * browser names the origin of a cross-site POST; a caller that names none is
 * no browser and holds nobody's cookies.
 *
 * @module
 */

import type { ErrorExit } from "../_shared/http/endpoint.ts";
import { refusedForm } from "./consent_form.ts";

/** Where the consent page can stand. */
export interface OwnPages {
  publicUrl: string;
  consentUrl: string | undefined;
}

/** Checks that a form was posted by the page that Gatepost serves, or by the one that stands in for it. */
export function checkOwnPage(request: Request, { publicUrl, consentUrl }: OwnPages): void {
  const pages = [publicUrl, consentUrl].filter((url) => url !== undefined).map((url) => new URL(url).origin);
  const origin = request.headers.get("Origin");
  const site = request.headers.get("Sec-Fetch-Site");
  const foreign = origin === null
    ? site !== null && !["same-origin", "none"].includes(site)
    : !pages.includes(origin);
  if (foreign) {
    throw refusedForm("form_of_other_origin");
  }
}

/** Lets the page that is served elsewhere, and no other, read a response. */
export function allowOwnPage(response: Response, { consentUrl }: Pick<OwnPages, "consentUrl">): Response {
  if (consentUrl !== undefined) {
    response.headers.set("Access-Control-Allow-Origin", new URL(consentUrl).origin);
    response.headers.append("Vary", "Origin");
  }
  return response;
}

/** Lets that page read why it is refused, too. */
export function letOwnPageRead(exit: ErrorExit, pages: OwnPages): ErrorExit {
  return (error, call) => allowOwnPage(exit(error, call), pages);
}
