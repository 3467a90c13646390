/**
 * Bearer tokens (RFC 6750): reading them, and the challenges that ask for one.
 *
 * Only the header is read. A token in a query or a form could be written to a log.
 *
 * @module
 */

import { OAuthError } from "../errors.ts";

/** The refusal of a request that came without a token: a challenge that names no error (RFC 6750 §3.1). */
const MISSING = "token_missing";

/** Reads the bearer token of a request, or throws the challenge that asks for one. */
export function readBearerToken(request: Request): string {
  const token = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(request.headers.get("Authorization") ?? "")?.[1];
  if (token === undefined) {
    throw new OAuthError("invalid_token", "Cannot answer without an access token: log in first", {
      reason: MISSING,
    });
  }
  return token;
}

/** The challenge exit: JSON, with `WWW-Authenticate` on 401 and 403. */
export function answerWithChallenge(error: OAuthError): Response {
  const headers = new Headers(error.headers);
  if (error.code === "invalid_token" || error.code === "insufficient_scope") {
    headers.set("WWW-Authenticate", toChallengeHeader(error));
  }
  return Response.json(
    { error: error.code, error_description: error.message },
    { status: error.status, headers },
  );
}

/** Adds parameters to the challenge of a thrown refusal. It keeps the parameters that it has. */
export function addChallenge(thrown: unknown, parameters: Record<string, string>): unknown {
  if (!(thrown instanceof OAuthError)) {
    return thrown;
  }
  const { code, message, reason, cause, headers } = thrown;
  const challenge = { ...parameters, ...thrown.challenge };
  return new OAuthError(code, message, { reason, cause, headers, challenge });
}

/** The headers of a challenge that asks for a token, for an answer that is not JSON. */
export function toChallengeHeaders(challenge: Record<string, string>): { "WWW-Authenticate": string } {
  return { "WWW-Authenticate": formatChallenge(challenge) };
}

function toChallengeHeader(error: OAuthError): string {
  return formatChallenge(
    error.reason === MISSING
      ? error.challenge
      : { error: error.code, error_description: error.message, ...error.challenge },
  );
}

function formatChallenge(named: Record<string, string>): string {
  const list = Object.entries(named).map(([name, value]) => `${name}="${value.replace(/["\\]/g, "")}"`);
  return ["Bearer", list.join(", ")].join(" ").trim();
}
