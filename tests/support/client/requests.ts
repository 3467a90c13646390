/**
 * Valid requests to each endpoint. A test states its one change; null leaves a parameter out.
 *
 * The URLs are those that the platform hands to a function.
 *
 * @module
 */

import { RESOURCE } from "../database/records.ts";

/** Changes to the parameters of a valid request. */
export type Changes = Record<string, string | string[] | null>;

/** An S256 challenge and the verifier behind it (RFC 7636, appendix B). */
export const CODE_VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/** The challenge of `CODE_VERIFIER`. */
export const CODE_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/** A refresh token in its format. */
export const REFRESH_TOKEN = `gpr_${"h".repeat(22)}${"s".repeat(43)}`;

/** GET /oauth-authorize/demo with everything an authorization request needs. */
export function authorizeRequest(changes: Changes = {}, headers: Record<string, string> = {}): Request {
  const search = change({
    response_type: "code",
    client_id: "client-1",
    redirect_uri: "https://app.example.com/callback",
    scope: "openid email",
    state: "client-state",
    resource: RESOURCE,
    code_challenge: CODE_CHALLENGE,
    code_challenge_method: "S256",
  }, changes);
  return new Request(`http://edge/oauth-authorize/demo?${search}`, { headers });
}

/** POST /oauth-authorize/demo from our own consent page. */
export function approvalRequest(changes: Changes, headers: Record<string, string | null> = {}): Request {
  const sent = { "Origin": "https://auth.example.com", "Sec-Fetch-Site": "same-origin", ...headers };
  return new Request("http://edge/oauth-authorize/demo", {
    method: "POST",
    headers: Object.entries(sent).filter((header): header is [string, string] => header[1] !== null),
    body: change({ decision: "approve" }, changes),
  });
}

/** POST /oauth-register/demo with the least a client must say. */
export function registerRequest(
  changes: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Request {
  return new Request("http://edge/oauth-register/demo", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ redirect_uris: ["https://app.example.com/callback"], ...changes }),
  });
}

/** POST /oauth-token/demo with the authorization code grant of a public client. */
export function codeGrantRequest(changes: Changes = {}, headers: Record<string, string> = {}): Request {
  return tokenRequest(
    change({
      grant_type: "authorization_code",
      client_id: "client-1",
      code: "code-1",
      redirect_uri: "https://app.example.com/callback",
      code_verifier: CODE_VERIFIER,
      resource: RESOURCE,
    }, changes),
    headers,
  );
}

/** POST /oauth-token/demo with the refresh token grant of a public client. */
export function refreshGrantRequest(changes: Changes = {}, headers: Record<string, string> = {}): Request {
  return tokenRequest(
    change({ grant_type: "refresh_token", client_id: "client-1", refresh_token: REFRESH_TOKEN }, changes),
    headers,
  );
}

/** POST /oauth-token/demo with any body. */
export function tokenRequest(body: BodyInit, headers: Record<string, string> = {}): Request {
  return new Request("http://edge/oauth-token/demo", { method: "POST", headers, body });
}

/** The `Authorization` header of HTTP Basic. */
export function basic(clientId: string, secret: string): Record<string, string> {
  return { Authorization: `Basic ${btoa(`${clientId}:${secret}`)}` };
}

/** Parameters with changes; a list repeats the parameter. */
export function change(parameters: Record<string, string>, changes: Changes): URLSearchParams {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...parameters, ...changes })) {
    for (const single of [value].flat()) {
      if (single !== null) {
        search.append(name, single);
      }
    }
  }
  return search;
}
