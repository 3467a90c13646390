/**
 * The authorization response that brings the browser back: state, `iss` (RFC 9207), and a code or an error.
 *
 * @module
 */

import * as oauth from "oauth4webapi";
import type { OAuthConfig } from "../database/rows.ts";
import { OAuthError, unavailable } from "../errors.ts";
import { refused } from "./failure.ts";
import {
  toErrorCode,
  type UpstreamFailureDetail,
  type UpstreamMember,
  type UpstreamProblem,
} from "./failure_detail.ts";
import { isFilledFrom, isTemplate } from "./tenant.ts";
import { describeClient, type Upstream } from "./upstream.ts";

/** An authorization response with a code. */
export interface AuthorizationResponse {
  /** In the form that oauth4webapi takes. */
  parameters: URLSearchParams;
  /** The issuer that sent it, if the response and the config name one. */
  issuer: string | undefined;
}

/**
 * Checks an authorization response.
 *
 * @throws {OAuthError} also if the person or the provider refused. The provider's own description is not passed on.
 */
export function checkAuthorizationResponse(
  { config, server }: Upstream,
  received: URLSearchParams,
  state: string,
): AuthorizationResponse {
  const issuer = checkResponseIssuer(config, server, received);
  const checkedHere = new URLSearchParams(received);
  checkedHere.delete("iss");
  let parameters;
  try {
    parameters = oauth.validateAuthResponse(
      { issuer: server.issuer },
      describeClient(config),
      checkedHere,
      state,
    );
  } catch (cause) {
    throw cause instanceof oauth.AuthorizationResponseError
      ? explainAuthorizationError(cause)
      : refusedResponse(null, "malformed", cause);
  }
  if (parameters.getAll("code").length !== 1 || parameters.get("code") === "") {
    const problem = parameters.has("code") ? "malformed" : "missing";
    throw refused("upstream_untrusted", undefined, { ...describe(null), member: "code", problem });
  }
  return { parameters, issuer };
}

/**
 * Checks which provider answered. A provider that promises `iss` must send it, and an `iss` must be its own.
 *
 * If the config knows no issuer, `iss` must be on the host of the config's endpoints. It proves nothing else then.
 */
function checkResponseIssuer(
  config: OAuthConfig,
  server: oauth.AuthorizationServer,
  parameters: URLSearchParams,
): string | undefined {
  const [iss, ...others] = parameters.getAll("iss").filter((value) => value !== "");
  if (iss === undefined) {
    if (server.authorization_response_iss_parameter_supported) {
      throw refusedResponse("iss", "missing");
    }
    return undefined;
  }
  if (others.length > 0 || !isIssuerOf(iss, config, server)) {
    throw refusedResponse("iss", "mismatch");
  }
  return config.issuer === null ? undefined : iss;
}

function isIssuerOf(iss: string, config: OAuthConfig, server: oauth.AuthorizationServer): boolean {
  if (config.issuer === null) {
    return URL.canParse(iss) && new URL(iss).origin === server.issuer;
  }
  return isTemplate(server.issuer) ? isFilledFrom(server.issuer, iss) : iss === server.issuer;
}

function refusedResponse(
  member: UpstreamMember | null,
  problem: UpstreamProblem,
  cause?: unknown,
): OAuthError {
  return refused("upstream_response_invalid", cause, { ...describe(null), member, problem });
}

function describe(error_code: UpstreamFailureDetail["error_code"]): UpstreamFailureDetail {
  return { step: "authorization", status: null, error_code, member: null, problem: "refused" };
}

function explainAuthorizationError(cause: oauth.AuthorizationResponseError): OAuthError {
  const detail = describe(toErrorCode([cause.error]));
  switch (cause.error) {
    case "access_denied":
      return new OAuthError("access_denied", "Cannot log in: the provider denied access", {
        reason: "upstream_denied",
        cause,
        detail,
      });
    case "login_required":
    case "interaction_required":
    case "account_selection_required":
      return new OAuthError("login_required", "Cannot log in: the provider wants the person to log in", {
        reason: "upstream_login_required",
        cause,
        detail,
      });
    case "consent_required":
      return new OAuthError("consent_required", "Cannot log in: the provider wants the person to consent", {
        reason: "upstream_consent_required",
        cause,
        detail,
      });
    case "temporarily_unavailable":
    case "server_error":
      return unavailable(
        "Cannot log in now: the provider has a problem, try again",
        "upstream_error",
        cause,
        detail,
      );
    default:
      return refused("upstream_refused", cause, detail);
  }
}
