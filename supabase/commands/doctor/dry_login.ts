/**
 * A login at the provider that makes no end user: it shows what the provider says of the person.
 *
 * The same code as in a login reads it. The redirect URI is one of this machine,
 * and has to be registered at the provider for as long as this is tried.
 *
 * @module
 */

import * as oauth from "oauth4webapi";
import { OAuthError } from "../../../functions/_shared/errors.ts";
import {
  configSecretOf,
  parseEncryptionKeys,
  sealSecret,
} from "../../../functions/_shared/secrets/encryption.ts";
import { buildAuthorizationRequest } from "../../../functions/_shared/upstream/authorization_request.ts";
import type { Examination } from "../../../functions/_shared/upstream/doctor/examination.ts";
import type { UpstreamIdentity } from "../../../functions/_shared/upstream/identity.ts";
import { redeemUpstreamCode } from "../../../functions/_shared/upstream/login.ts";
import { readIdentity } from "../../../functions/_shared/upstream/read_identity.ts";
import { findUpstream, type UpstreamDependencies } from "../../../functions/_shared/upstream/upstream.ts";
import { generateEncryptionKeys } from "../../local/make_keys.ts";
import { Problem } from "../../local/problem.ts";
import type { CallbackListener } from "../login/callback_listener.ts";
import { HERE } from "./examine_here.ts";

/** What a login came to. */
export interface DryLogin {
  identity: UpstreamIdentity;
  /** Whether the login can be renewed without the person. */
  hasRefreshToken: boolean;
  /** Scopes that were granted, if the provider says so. */
  scope: string | null;
}

/** Logs in; `visit` sends the person to the provider. */
export async function logInDryly(
  { config, clientSecret }: Examination,
  callback: CallbackListener,
  visit: (url: URL) => Promise<void>,
): Promise<DryLogin> {
  const dependencies = dryDependencies();
  const { encryptionKeys } = dependencies;
  const sealed = {
    ...config,
    client_secret_ciphertext: clientSecret === undefined
      ? null
      : await sealSecret(clientSecret, configSecretOf(config), encryptionKeys),
  };
  const [state, nonce, codeVerifier] = [
    oauth.generateRandomState(),
    oauth.generateRandomNonce(),
    oauth.generateRandomCodeVerifier(),
  ];
  try {
    const upstream = await findUpstream(sealed, dependencies);
    const codeChallenge = await oauth.calculatePKCECodeChallenge(codeVerifier);
    const request = { callbackUrl: callback.redirectUri, state, nonce, codeChallenge, hints: {} };
    await visit(new URL(buildAuthorizationRequest(upstream, request, dependencies)));
    const expected = { callbackUrl: callback.redirectUri, state, nonce, codeVerifier };
    const grant = await redeemUpstreamCode(upstream, await callback.arrived, expected, dependencies);
    const { identity } = await readIdentity(upstream, grant, dependencies);
    return { identity, hasRefreshToken: grant.refreshToken !== null, scope: grant.scope };
  } catch (error) {
    throw error instanceof OAuthError
      ? new Problem(`The login failed: ${error.reason} ${JSON.stringify(error.detail ?? {})}`, {
        cause: error,
      })
      : error;
  }
}

/** Keys for this login alone, and no database. */
function dryDependencies(): UpstreamDependencies {
  return {
    ...HERE,
    encryptionKeys: parseEncryptionKeys(generateEncryptionKeys()),
    database: {
      call: (name) => {
        throw new Error(`A dry login calls no ${name}`);
      },
    },
  };
}
