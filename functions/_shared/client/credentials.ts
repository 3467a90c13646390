/**
 * How a client names itself at the token, revocation and introspection endpoints (RFC 6749 §2.3.1).
 *
 * Basic and post are accepted alike; which secret is right is decided in SQL.
 *
 * @module
 */

import { OAuthError } from "../errors.ts";
import type { Parameters } from "../http/body.ts";
import { hashSecret } from "../secrets/secrets.ts";

/** A client's id, and the hash of the secret it sent. */
export interface ClientCredentials {
  clientId: string;
  secretHash: string | null;
}

/** Every 401 says how to authenticate (RFC 9110 §11.6.1, RFC 6749 §5.2). */
const CHALLENGE = { "WWW-Authenticate": 'Basic realm="gatepost"' };

/** Reads the client's credentials from the header or the form, never from both. */
export async function readClientCredentials(request: Request, form: Parameters): Promise<ClientCredentials> {
  const authorization = request.headers.get("Authorization");
  if (authorization === null) {
    const clientId = form.get("client_id");
    if (clientId === undefined) {
      throw new OAuthError("invalid_client", "Cannot tell who asks: client_id is missing", {
        reason: "client_id_missing",
        headers: CHALLENGE,
      });
    }
    const secret = form.get("client_secret");
    return { clientId, secretHash: secret === undefined ? null : await hashSecret(secret) };
  }

  const { clientId, secret } = parseBasic(authorization);
  if (form.has("client_secret") || (form.has("client_id") && form.get("client_id") !== clientId)) {
    throw new OAuthError("invalid_request", "Cannot tell who asks: the client names itself in two ways", {
      reason: "client_named_twice",
    });
  }
  return { clientId, secretHash: secret === "" ? null : await hashSecret(secret) };
}

/** The refusal that all failures of client authentication share. */
export function refusedClient(reason: string): OAuthError {
  return new OAuthError(
    "invalid_client",
    "Cannot authenticate client: it is unknown here or its secret is wrong",
    { reason, headers: CHALLENGE },
  );
}

/** Both halves are form-encoded (RFC 6749 §2.3.1); clients that send them as they are lose nothing, ours need no encoding. */
function parseBasic(authorization: string): { clientId: string; secret: string } {
  const encoded = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(authorization)?.[1];
  try {
    const decoded = new TextDecoder("utf-8", { fatal: true }).decode(
      Uint8Array.from(atob(encoded ?? "?"), (character) => character.charCodeAt(0)),
    );
    const colon = decoded.indexOf(":");
    const [clientId, secret] = [decoded.slice(0, colon), decoded.slice(colon + 1)].map((half) =>
      decodeURIComponent(half.replaceAll("+", " "))
    );
    // A NUL, which PostgreSQL cannot store, is in no id of ours.
    if (colon > 0 && clientId !== undefined && secret !== undefined && !clientId.includes("\0")) {
      return { clientId, secret };
    }
  } catch {
    // Malformed base64, UTF-8 or percent-encoding: refused below like everything that is not Basic.
  }
  throw refusedClient("authorization_malformed");
}
