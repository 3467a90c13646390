/**
 * The consent form's hidden field: the checked request, sealed.
 *
 * The endpoint writes nothing before the approval, so the request travels
 * through the browser. Sealed it can neither be read nor changed nor made; its
 * own id makes it good once, its time for ten minutes, its slug for one server.
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
  /** Makes the form good once. */
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

/** Opens a form that this endpoint sealed for this server; anything else is refused. Whether it expired is not checked here. */
export async function openConsentForm(
  sealed: string,
  slug: string,
  { encryptionKeys }: { encryptionKeys: EncryptionKeys },
): Promise<ConsentForm> {
  const { text } = await openSecret(sealed, "consent-form", encryptionKeys).catch((cause: unknown) => {
    throw refusedForm("form_forged", cause);
  });
  // What opens was sealed here: its shape needs no further proof.
  const form = JSON.parse(text) as ConsentForm;
  if (form.slug !== slug) {
    throw refusedForm("form_of_other_server");
  }
  return form;
}

/** The refusal of a form that is not ours, or not for here. */
export function refusedForm(reason: string, cause?: unknown): OAuthError {
  return new OAuthError("invalid_request", "Cannot approve: the form did not come from the approval page", {
    reason,
    cause,
  });
}
