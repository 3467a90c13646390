/**
 * Where the consent page can stand: its form is taken from there only.
 *
 * @module
 */

import type { ErrorExit } from "../_shared/http/endpoint.ts";
import { isOwnPage } from "../_shared/http/own_page.ts";
import { refusedForm } from "./consent_form.ts";

/** Where the consent page can stand. */
export interface OwnPages {
  publicUrl: string;
  consentUrl: string | undefined;
}

/** Checks that a form was posted by the page that Gatepost serves, or by the one that stands in for it. */
export function checkOwnPage(request: Request, { publicUrl, consentUrl }: OwnPages): void {
  if (!isOwnPage(request, [publicUrl, consentUrl].filter((url) => url !== undefined))) {
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

/** Builds an exit whose refusals that page may read, too. */
export function buildReadableExit(exit: ErrorExit, pages: OwnPages): ErrorExit {
  return (error, call) => allowOwnPage(exit(error, call), pages);
}
