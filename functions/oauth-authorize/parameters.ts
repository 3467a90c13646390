/**
 * What the checks of an authorization request share.
 *
 * @module
 */

import type { Parameters } from "../_shared/http/body.ts";
import { OAuthError } from "../_shared/errors.ts";

/** Reads a parameter that must be there. */
export function requireParameter(parameters: Parameters, name: string): string {
  const value = parameters.get(name);
  if (value === undefined) {
    throw refusedParameter(`the parameter ${name} is missing`, "parameter_missing");
  }
  return value;
}

/** The refusal of a request that the client can correct. */
export function refusedParameter(problem: string, reason: string): OAuthError {
  return new OAuthError("invalid_request", `Cannot authorize: ${problem}`, { reason });
}

/** Request objects (RFC 9101) are not supported, and are refused by the codes that OpenID Connect Core §3.1.2.6 has for it. */
export function checkNoRequestObject(parameters: Parameters): void {
  for (const name of ["request", "request_uri"] as const) {
    if (parameters.has(name)) {
      throw new OAuthError(
        `${name}_not_supported`,
        `Cannot authorize: the parameter ${name} is not supported`,
      );
    }
  }
}
