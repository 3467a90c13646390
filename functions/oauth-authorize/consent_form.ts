/**
 * The consent form's hidden field: the checked request, sealed.
 *
 * The endpoint stores nothing before the approval, so the browser carries the
 * request. The field is sealed: nobody can read it, change it or make one. Its
 * id makes it valid once, its time for ten minutes, its slug for one server.
 *
 * @module
 */

import { type EncryptionKeys, openSecret, sealSecret } from "../_shared/secrets/encryption.ts";
import { OAuthError } from "../_shared/errors.ts";
import { randomSecret } from "../_shared/secrets/secrets.ts";
import type { AuthorizationRequest } from "./authorization_request.ts";
import type { Consent } from "./consent_page.ts";

const FORM_MILLISECONDS = 10 * 60 * 1000;

/** What the field holds. */
export interface ConsentForm {
  /** Makes the form valid once. */
  id: string;
  slug: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
  request: AuthorizationRequest;
  /** What the person is asked, for a page that is served elsewhere. */
  consent: Consent;
}

/** Seals a checked request for the consent page of this server. */
export async function sealConsentForm(
  request: AuthorizationRequest,
  consent: Consent,
  slug: string,
  { encryptionKeys, now }: { encryptionKeys: EncryptionKeys; now: () => number },
): Promise<string> {
  const form: ConsentForm = {
    id: randomSecret(22),
    slug,
    expiresAt: now() + FORM_MILLISECONDS,
    request,
    consent,
  };
  return await sealSecret(JSON.stringify(form), "consent-form", encryptionKeys);
}

/** Opens a form that this endpoint sealed for this server, or refuses it. Does not check whether it has expired. */
export async function openConsentForm(
  sealed: string,
  slug: string,
  { encryptionKeys }: { encryptionKeys: EncryptionKeys },
): Promise<ConsentForm> {
  const { text } = await openSecret(sealed, "consent-form", encryptionKeys).catch((cause: unknown) => {
    throw refusedForm("form_forged", cause);
  });
  // Only Gatepost can seal a form, so its shape is not checked.
  const form = JSON.parse(text) as ConsentForm;
  if (form.slug !== slug) {
    throw refusedForm("form_of_other_server");
  }
  return form;
}

/** The refusal of a form that Gatepost did not make, or made for another server. */
export function refusedForm(reason: string, cause?: unknown): OAuthError {
  return new OAuthError("invalid_request", "Cannot approve: the form did not come from the approval page", {
    reason,
    cause,
  });
}
