/**
 * Redirects to a client: the answer of an authorization request, good or bad.
 *
 * Each has `iss` (RFC 9207) and the client's `state` without a change. The URI
 * is extended as text, so that no byte of the registered URI changes.
 *
 * @module
 */

import type { OAuthError } from "../errors.ts";
import type { Answer } from "../http/endpoint.ts";
import { findRequestId } from "../http/request_id.ts";
import type { VerifiedRedirectUri } from "./redirect_uri.ts";

/** Where an answer goes, and what every answer has. */
export interface ClientReturn {
  redirectUri: VerifiedRedirectUri;
  state: string | undefined;
  issuer: string;
}

/** Redirects with parameters of a successful answer. */
export function redirectToClient(client: ClientReturn, parameters: Record<string, string>): Response {
  const query = new URLSearchParams(parameters);
  if (client.state !== undefined) {
    query.set("state", client.state);
  }
  query.set("iss", client.issuer);
  const separator = client.redirectUri.includes("?") ? "&" : "?";
  return new Response(null, {
    status: 303,
    headers: { Location: `${client.redirectUri}${separator}${query}`, "Referrer-Policy": "no-referrer" },
  });
}

/** Redirects with an error (RFC 6749 §4.1.2.1). Its description names the request, by which the owner finds it. */
export function redirectError(client: ClientReturn, error: OAuthError): Answer {
  const requestId = findRequestId();
  const description = requestId === undefined ? error.message : `${error.message} (request ${requestId})`;
  const parameters = { error: error.code, error_description: description };
  return { response: redirectToClient(client, parameters), reason: error.reason, error };
}
