/**
 * Example: seals a provider's tokens for `provision_mcp_server_user`, in a service of your own.
 *
 * `supabase/README.md` says which key to give the service, and what the header means.
 *
 * @module
 */

import { base64url, CompactEncrypt } from "jose";

/** A key of `GATEPOST_ENCRYPTION_KEYS`. */
export interface SealingKey {
  kid: string;
  /** 256 bits in base64url. */
  k: string;
}

/** What the provider issued. */
export interface ProviderTokens {
  access_token: string;
  refresh_token?: string;
}

/** Seals both tokens for one new row of the vault: the arguments of the call. */
export async function sealTokens(
  { access_token, refresh_token }: ProviderTokens,
  organizationId: string,
  key: SealingKey,
): Promise<{ p_access_token: string; p_refresh_token: string | null }> {
  const row = `uoat_${base64url.encode(crypto.getRandomValues(new Uint8Array(9)))}`;
  const header = {
    alg: "dir",
    enc: "A256GCM",
    kid: key.kid,
    typ: "upstream-token",
    org: organizationId,
    row,
  };
  const seal = (token: string): Promise<string> =>
    new CompactEncrypt(new TextEncoder().encode(token))
      .setProtectedHeader(header)
      .encrypt(base64url.decode(key.k));
  return {
    p_access_token: await seal(access_token),
    p_refresh_token: refresh_token === undefined ? null : await seal(refresh_token),
  };
}
