/**
 * How a client names itself at the token, revocation and introspection endpoints (RFC 6749 §2.3, RFC 7521 §4.2).
 *
 * This module reads and does not check: `authenticate.ts` checks an assertion,
 * SQL decides whether a secret is right. Basic and post are both accepted.
 *
 * @module
 */

import { OAuthError } from "../errors.ts";
import type { Parameters } from "../http/body.ts";
import { hashSecret } from "../secrets/secrets.ts";
import { ASSERTION_TYPE, CLIENT_CHALLENGE, refusedAssertion } from "./assertion.ts";

/** A client's id and the hash of its secret, or its assertion, which names the client, too. */
export type ClientCredentials =
  | { kind: "secret"; clientId: string; secretHash: string | null }
  | { kind: "assertion"; clientId: string | undefined; assertion: string };

/** Reads the client's credentials from the header or the form. Refuses a client that sends two. */
export function readClientCredentials(request: Request, form: Parameters): ClientCredentials {
  const authorization = request.headers.get("Authorization");
  if (form.has("client_assertion") || form.has("client_assertion_type")) {
    return readAssertion(form, authorization);
  }
  if (authorization === null) {
    const clientId = form.get("client_id");
    if (clientId === undefined) {
      throw new OAuthError("invalid_client", "Cannot tell who asks: client_id is missing", {
        reason: "client_id_missing",
        headers: CLIENT_CHALLENGE,
      });
    }
    const secret = form.get("client_secret");
    return { kind: "secret", clientId, secretHash: secret === undefined ? null : hashSecret(secret) };
  }

  const { clientId, secret } = parseBasic(authorization);
  if (form.has("client_secret") || (form.has("client_id") && form.get("client_id") !== clientId)) {
    throw namedTwice();
  }
  return { kind: "secret", clientId, secretHash: secret === "" ? null : hashSecret(secret) };
}

/** The refusal that all failures of a client's secret share. */
export function refusedClient(reason: string): OAuthError {
  return new OAuthError(
    "invalid_client",
    "Cannot authenticate client: it is unknown here or its secret is wrong",
    { reason, headers: CLIENT_CHALLENGE },
  );
}

function readAssertion(form: Parameters, authorization: string | null): ClientCredentials {
  if (authorization !== null || form.has("client_secret")) {
    throw namedTwice();
  }
  const assertion = form.get("client_assertion");
  if (assertion === undefined || form.get("client_assertion_type") !== ASSERTION_TYPE) {
    throw refusedAssertion("assertion_type_unknown");
  }
  return { kind: "assertion", clientId: form.get("client_id"), assertion };
}

function namedTwice(): OAuthError {
  return new OAuthError("invalid_request", "Cannot tell who asks: the client names itself in two ways", {
    reason: "client_named_twice",
  });
}

/**
 * Both halves are form-encoded (RFC 6749 §2.3.1), and many clients send them as they are.
 *
 * Gatepost's own ids and secrets are the same in both ways. The URL of a metadata document is not: unencoded it has a
 * colon, and that colon is not the end of the id.
 */
function parseBasic(authorization: string): { clientId: string; secret: string } {
  const encoded = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(authorization)?.[1];
  try {
    const decoded = new TextDecoder("utf-8", { fatal: true }).decode(
      Uint8Array.from(atob(encoded ?? "?"), (character) => character.charCodeAt(0)),
    );
    const isPlainUrl = /^https?:\/\//.test(decoded);
    const colon = isPlainUrl ? decoded.lastIndexOf(":") : decoded.indexOf(":");
    const halves = [decoded.slice(0, colon), decoded.slice(colon + 1)] as const;
    const [clientId, secret] = isPlainUrl ? halves : [decodeHalf(halves[0]), decodeHalf(halves[1])];
    // No id of Gatepost has a NUL, and PostgreSQL cannot store one.
    if (colon > 0 && !clientId.includes("\0")) {
      return { clientId, secret };
    }
  } catch {
    // Malformed base64 or UTF-8 is refused below, like every other scheme.
  }
  throw refusedClient("authorization_malformed");
}

/** Decodes a half. If it is not form-encoded, the client sent it as it is. */
function decodeHalf(half: string): string {
  try {
    return decodeURIComponent(half.replaceAll("+", " "));
  } catch {
    return half;
  }
}
