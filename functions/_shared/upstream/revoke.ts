/**
 * Revoking the provider's tokens at the provider.
 *
 * Gatepost's tokens are revoked already, so the client need not know of a
 * failure here. Some providers end all logins of a person with one token. Then
 * the person has to log in again in other clients, too. What speaks to the
 * provider is loaded where a token of a provider is revoked.
 *
 * @module
 */

import type { OAuthConfig } from "../database/rows.ts";
import { type OAuthError, toOAuthError } from "../errors.ts";
import { openSecret, upstreamTokenOf } from "../secrets/encryption.ts";
import type { UpstreamDependencies } from "./upstream.ts";

/** The provider's tokens of a revoked login. */
export interface UpstreamTokens {
  organization_id: string | null;
  upstream_token_id: string | null;
  /** The entry that holds the refresh token: of this login, or of the one that lent it. */
  refresh_token_id: string | null;
  access_token_ciphertext: string | null;
  refresh_token_ciphertext: string | null;
  config: OAuthConfig | null;
}

/**
 * Revokes the refresh token, or the access token where there is none, if the upstream has an endpoint for it.
 *
 * Returns what went wrong, for the log.
 */
export async function revokeUpstream(
  revocation: UpstreamTokens,
  dependencies: UpstreamDependencies,
): Promise<OAuthError | undefined> {
  const { organization_id, access_token_ciphertext, refresh_token_ciphertext } = revocation;
  const [id, ciphertext] = refresh_token_ciphertext === null
    ? [revocation.upstream_token_id, access_token_ciphertext]
    : [revocation.refresh_token_id, refresh_token_ciphertext];
  if (!organization_id || !id || !ciphertext || !revocation.config) {
    return undefined;
  }
  try {
    const [{ findUpstream }, { revokeUpstreamToken }] = await Promise.all([
      import("./upstream.ts"),
      import("./tokens.ts"),
    ]);
    const upstream = await findUpstream(revocation.config, dependencies);
    const { text } = await openSecret(
      ciphertext,
      upstreamTokenOf(organization_id, id),
      dependencies.encryptionKeys,
    );
    await revokeUpstreamToken(upstream, text, dependencies);
    return undefined;
  } catch (thrown) {
    return toOAuthError(thrown);
  }
}
