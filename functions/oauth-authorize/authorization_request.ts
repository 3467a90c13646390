/**
 * The authorization request: whether what is asked can be granted.
 *
 * `proven_client.ts` proves the client first. So an error of this module is redirected to the client.
 *
 * @module
 */

import type { Form, Parameters } from "../_shared/http/body.ts";
import type { ClientMetadata } from "../_shared/client/metadata.ts";
import { OAuthError } from "../_shared/errors.ts";
import { checkResources } from "../_shared/tokens/resource.ts";
import { grantScope, parseScope } from "../_shared/tokens/scope.ts";
import { isTrackingId } from "../_shared/secrets/tracking_id.ts";
import { checkNoRequestObject, refusedParameter, requireParameter } from "./parameters.ts";
import type { ProvenClient } from "./proven_client.ts";

/** A checked request: the person is asked about it, and the session holds it. */
export interface AuthorizationRequest {
  clientId: string;
  redirectUri: string;
  state: string | undefined;
  scope: string;
  resource: string;
  codeChallenge: string;
  nonce: string | undefined;
  trackingId: string | undefined;
  metadataDocument: ClientMetadata | undefined;
  /** Parameters for the provider. */
  hints: Record<string, string>;
}

const MAX_PARAMETER_LENGTH = 4000;
const PASSED_PROMPTS = ["login", "select_account"];

/** Checks the rest of the request. What it throws is redirected to the client. */
export function checkAuthorizationRequest(form: Form, client: ProvenClient): AuthorizationRequest {
  const { parameters } = form;
  checkNoRequestObject(parameters);
  if (requireParameter(parameters, "response_type") !== "code") {
    throw new OAuthError("unsupported_response_type", "Cannot authorize: the only response type is code");
  }
  if (!["query", undefined].includes(parameters.get("response_mode"))) {
    throw refusedParameter("the only response mode is query", "response_mode_unsupported");
  }
  checkPkce(parameters);
  checkResources(form.resources, client.resource);
  if ([...parameters.values()].some((value) => value.length > MAX_PARAMETER_LENGTH)) {
    throw refusedParameter("a parameter is too long", "parameter_too_long");
  }
  checkPrompt(parameters);
  return {
    clientId: client.clientId,
    metadataDocument: client.metadataDocument,
    redirectUri: client.returnTo.redirectUri,
    state: parameters.get("state"),
    scope: grantScope(parameters.get("scope"), client.scopesSupported),
    resource: client.resource,
    codeChallenge: requireParameter(parameters, "code_challenge"),
    nonce: parameters.get("nonce"),
    trackingId: readTrackingId(parameters),
    hints: readHints(parameters),
  };
}

function checkPrompt(parameters: Parameters): void {
  const prompts = parseScope(parameters.get("prompt"));
  if (!prompts.includes("none")) {
    return;
  }
  if (prompts.length > 1) {
    throw refusedParameter("the prompt none stands alone", "prompt_malformed");
  }
  throw new OAuthError("consent_required", "Cannot authorize without asking: every login needs an approval");
}

/** PKCE with S256 is required (OAuth 2.1 §7.5.2); a missing method means plain (RFC 7636 §4.3). */
function checkPkce(parameters: Parameters): void {
  const challenge = parameters.get("code_challenge");
  if (challenge === undefined || parameters.get("code_challenge_method") !== "S256") {
    throw refusedParameter("PKCE with the method S256 is required", "pkce_required");
  }
  if (!/^[A-Za-z0-9_-]{43}$/.test(challenge)) {
    throw refusedParameter("the code challenge is not a SHA-256 in base64url", "code_challenge_malformed");
  }
}

function readTrackingId(parameters: Parameters): string | undefined {
  const trackingId = parameters.get("tracking_id");
  if (trackingId !== undefined && !isTrackingId(trackingId)) {
    throw refusedParameter("the tracking id is malformed", "tracking_id_malformed");
  }
  return trackingId;
}

/** The parameters that go on to the provider. `prompt=consent` does not: Gatepost's own page asks for consent. */
function readHints(parameters: Parameters): Record<string, string> {
  const maxAge = parameters.get("max_age");
  if (maxAge !== undefined && !/^\d{1,9}$/.test(maxAge)) {
    throw refusedParameter("max_age is not a number of seconds", "max_age_malformed");
  }
  const hints = {
    prompt: parseScope(parameters.get("prompt"))
      .filter((value) => PASSED_PROMPTS.includes(value))
      .join(" "),
    login_hint: parameters.get("login_hint"),
    max_age: maxAge,
    ui_locales: parameters.get("ui_locales"),
  };
  return Object.fromEntries(Object.entries(hints).filter((entry): entry is [string, string] => !!entry[1]));
}
