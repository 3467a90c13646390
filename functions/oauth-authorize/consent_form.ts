/**
 * The consent form's hidden field: the checked request, sealed.
 *
 * The endpoint stores nothing before the approval, so the browser carries the
 * request. The field is sealed for its server: nobody can read it, change it, make
 * one or use it at another server. Its id makes it valid once, its time for ten
 * minutes.
 *
 * @module
 */

import {
  consentFormOf,
  type EncryptionKeys,
  openSecret,
  sealSecret,
  UnreadableSecret,
} from "../_shared/secrets/encryption.ts";
import type { McpServer } from "../_shared/database/rows.ts";
import { OAuthError } from "../_shared/errors.ts";
import { randomSecret } from "../_shared/secrets/secrets.ts";
import type { AuthorizationRequest } from "./authorization_request.ts";
import type { Consent } from "./consent_page.ts";

const FORM_MILLISECONDS = 10 * 60 * 1000;

/** What the field holds. */
export interface ConsentForm {
  /** Makes the form valid once. */
  id: string;
  /** The server that it is sealed for. */
  slug: string;
  /** The organization of the server. */
  organizationId: string;
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
  { slug, organization_id: organizationId }: Pick<McpServer, "slug" | "organization_id">,
  { encryptionKeys, now }: { encryptionKeys: EncryptionKeys; now: () => number },
): Promise<string> {
  const form: Omit<ConsentForm, "slug"> = {
    id: randomSecret(22),
    organizationId,
    expiresAt: now() + FORM_MILLISECONDS,
    request,
    consent,
  };
  return await sealSecret(JSON.stringify(form), consentFormOf(slug), encryptionKeys);
}

/** Opens a form that this endpoint sealed for this server, or refuses it. Does not check whether it has expired. */
export async function openConsentForm(
  sealed: string,
  slug: string,
  { encryptionKeys }: { encryptionKeys: EncryptionKeys },
): Promise<ConsentForm> {
  const { text } = await openSecret(sealed, consentFormOf(slug), encryptionKeys).catch((cause: unknown) => {
    const isMoved = cause instanceof UnreadableSecret && cause.reason === "moved";
    throw refusedForm(isMoved ? "form_of_other_place" : "form_forged", cause);
  });
  // Only Gatepost can seal a form, so its shape is not checked.
  return { ...JSON.parse(text) as Omit<ConsentForm, "slug">, slug };
}

/** The refusal of a form that Gatepost did not make, or made for another server. */
export function refusedForm(reason: string, cause?: unknown): OAuthError {
  return new OAuthError("invalid_request", "Cannot approve: the form did not come from the approval page", {
    reason,
    cause,
  });
}
