/**
 * The consent form's hidden field: the checked request, sealed.
 *
 * The endpoint writes nothing before the approval, so the request travels
 * through the browser. Sealed it can neither be read nor changed nor made; its
 * own id makes it good once, its time for ten minutes, its slug for one server.
 *
 * @module
 */

import * as z from "zod/mini";
import type { Dependencies } from "../_shared/dependencies.ts";
import { openSecret, sealSecret } from "../_shared/encryption.ts";
import { OAuthError } from "../_shared/errors.ts";
import { randomSecret } from "../_shared/secrets.ts";
import type { AuthorizationRequest } from "./authorization_request.ts";

const FORM_MILLISECONDS = 10 * 60 * 1000;

const requestSchema = z.object({
  clientId: z.string(),
  redirectUri: z.string(),
  state: z.optional(z.string()),
  scope: z.string(),
  resource: z.string(),
  codeChallenge: z.string(),
  nonce: z.optional(z.string()),
  trackingId: z.optional(z.string()),
  hints: z.record(z.string(), z.string()),
});

const formSchema = z.object({
  id: z.string(),
  slug: z.string(),
  expiresAt: z.number(),
  request: requestSchema,
});

/** A consent form that came back. */
export interface ConsentForm {
  /** Makes the form good once. */
  id: string;
  expired: boolean;
  request: AuthorizationRequest;
}

/** Seals a checked request for the consent page of this server. */
export async function sealConsentForm(
  request: AuthorizationRequest,
  slug: string,
  { encryptionKeys, now }: Dependencies,
): Promise<string> {
  const form = {
    id: randomSecret(16),
    slug,
    expiresAt: now() + FORM_MILLISECONDS,
    request,
  };
  return await sealSecret(JSON.stringify(form), "consent-form", encryptionKeys);
}

/** Opens a form that this endpoint sealed for this server; anything else is refused. */
export async function openConsentForm(
  sealed: string,
  slug: string,
  { encryptionKeys, now }: Dependencies,
): Promise<ConsentForm> {
  let form;
  try {
    const { text } = await openSecret(sealed, "consent-form", encryptionKeys);
    form = z.parse(formSchema, JSON.parse(text));
  } catch (cause) {
    throw refusedForm("form_forged", cause);
  }
  if (form.slug !== slug) {
    throw refusedForm("form_of_other_server");
  }
  const { state, nonce, trackingId, ...request } = form.request;
  return {
    id: form.id,
    expired: form.expiresAt <= now(),
    request: { ...request, state, nonce, trackingId },
  };
}

/** The refusal of a form that is not ours, or not for here. */
export function refusedForm(reason: string, cause?: unknown): OAuthError {
  return new OAuthError(
    "invalid_request",
    "Cannot approve: the form did not come from the approval page",
    {
      reason,
      cause,
    },
  );
}
