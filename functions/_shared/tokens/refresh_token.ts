/**
 * The format of a refresh token: a handle that finds its family, and a secret that changes at each rotation.
 *
 * `gpr_`, 22 characters of handle (132 bits), 43 of secret (258 bits). The
 * database holds the SHA-256 of both.
 *
 * @module
 */

import { hashSecret, randomSecret } from "../secrets/secrets.ts";

const FORMAT = /^gpr_([A-Za-z0-9_-]{22})([A-Za-z0-9_-]{43})$/;

/** A refresh token and what the database knows of it. */
export interface RefreshToken {
  token: string;
  handle: string;
  handleHash: string;
  secretHash: string;
}

/** Makes the first refresh token of a family, or with a handle the next one. */
export function makeRefreshToken(handle: string = randomSecret(22)): RefreshToken {
  return buildRefreshToken(handle, randomSecret());
}

/** Parses a presented token; `undefined` when it has not the format of a refresh token. */
export function parseRefreshToken(token: string): RefreshToken | undefined {
  const [, handle, secret] = FORMAT.exec(token) ?? [];
  return handle && secret ? buildRefreshToken(handle, secret) : undefined;
}

function buildRefreshToken(handle: string, secret: string): RefreshToken {
  return {
    token: `gpr_${handle}${secret}`,
    handle,
    handleHash: hashSecret(handle),
    secretHash: hashSecret(secret),
  };
}
