/**
 * How Gatepost proves to a provider that it is the provider's client (RFC 6749 §2.3.1).
 *
 * @module
 */

import * as oauth from "oauth4webapi";
import * as z from "zod/mini";
import { defineCall } from "../database/database.ts";
import type { OAuthConfig } from "../database/rows.ts";
import { configSecretOf, openSecret, sealSecret } from "../secrets/encryption.ts";
import { refused } from "./failure.ts";
import type { UpstreamDependencies } from "./upstream.ts";

const resealOAuthConfig = defineCall(
  "reseal_oauth_config",
  z.enum(["resealed", "changed"]),
);

/**
 * Builds the authentication of a config's client. A secret under an old key is sealed again.
 *
 * @throws {OAuthError} with the reason `client_secret_unreadable` when the secret cannot be opened: the owner saves it anew
 */
export async function buildClientAuthentication(
  config: OAuthConfig,
  { database, encryptionKeys }: Pick<UpstreamDependencies, "database" | "encryptionKeys">,
): Promise<oauth.ClientAuth> {
  const ciphertext = config.client_secret_ciphertext;
  if (config.token_endpoint_auth_method === "none" || ciphertext === null) {
    return oauth.None();
  }
  const place = configSecretOf(config);
  const { text: secret, stale } = await openSecret(ciphertext, place, encryptionKeys).catch((cause) => {
    throw refused("client_secret_unreadable", cause);
  });
  if (stale) {
    await resealOAuthConfig(database, {
      p_oauth_config_id: config.id,
      p_known_ciphertext: ciphertext,
      p_new_ciphertext: await sealSecret(secret, place, encryptionKeys),
    });
  }
  return buildAuthentication(config.token_endpoint_auth_method, secret);
}

/** The authentication by a method, with a secret in the clear; without a secret only the client id is sent. */
export function buildAuthentication(method: string, secret: string | undefined): oauth.ClientAuth {
  if (method === "none" || secret === undefined) {
    return oauth.None();
  }
  return method === "client_secret_post" ? oauth.ClientSecretPost(secret) : buildBasicAuthentication(secret);
}

/**
 * HTTP Basic, with as few encoded characters as possible.
 *
 * Some providers decode id and secret as a form, as the standard says, and some
 * do not decode them. If only the characters are encoded that a form cannot
 * hold, both read the same in most cases. oauth4webapi's own function also
 * encodes `-`, `_`, `.` and `~`.
 */
function buildBasicAuthentication(secret: string): oauth.ClientAuth {
  return (_server, client, _body, headers) => {
    const credentials = `${encode(client.client_id).replaceAll(":", "%3A")}:${encode(secret)}`;
    headers.set("Authorization", `Basic ${btoa(credentials)}`);
  };
}

/** Encodes the characters that have a meaning in a form: per cent, plus, ampersand, blanks, all that is not ASCII. */
function encode(text: string): string {
  return text.replace(/[^\x21-\x7e]+|[%+&]/gu, (characters) => encodeURIComponent(characters));
}
