/**
 * Giving the upstream's tokens back to it.
 *
 * Ours are revoked already, whatever the upstream answers: a failure here is
 * nothing the client could mend. A provider that ends a person's whole grant
 * with one token ends their other logins, too; those are asked to log in again.
 *
 * @module
 */

import type { OAuthConfig } from "../_shared/database/rows.ts";
import { openSecret } from "../_shared/secrets/encryption.ts";
import { findUpstream, type UpstreamDependencies } from "../_shared/upstream/upstream.ts";
import { revokeUpstreamToken } from "../_shared/upstream/tokens.ts";

/** What a revoked token leaves to be given back. */
export interface UpstreamTokens {
  access_token_ciphertext: string | null;
  refresh_token_ciphertext: string | null;
  config: OAuthConfig | null;
}

/** Revokes the refresh token, or the access token where there is none, if the upstream has an endpoint for it. */
export async function revokeUpstream(
  revocation: UpstreamTokens,
  dependencies: UpstreamDependencies,
): Promise<void> {
  const ciphertext = revocation.refresh_token_ciphertext ?? revocation.access_token_ciphertext;
  if (!ciphertext || !revocation.config) {
    return;
  }
  try {
    const upstream = await findUpstream(revocation.config, dependencies);
    const { text } = await openSecret(ciphertext, "upstream-token", dependencies.encryptionKeys);
    await revokeUpstreamToken(upstream, text, dependencies);
  } catch {
    // Said above: the answer to the client is the same.
  }
}
