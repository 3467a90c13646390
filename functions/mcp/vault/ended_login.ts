/**
 * The refusal of a login that has ended.
 *
 * @module
 */

import { OAuthError } from "../../_shared/errors.ts";

/** The client is told to log in again. */
export function endedLogin(reason: string, cause?: unknown): OAuthError {
  return new OAuthError("invalid_token", "Cannot accept access token: its login has ended, log in again", {
    reason,
    cause,
  });
}
