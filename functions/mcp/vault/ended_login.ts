/**
 * Logins that have ended, or will.
 *
 * @module
 */

import { OAuthError } from "../../_shared/errors.ts";

/** The login cannot be renewed. It is valid as long as its token is. */
export class Unrenewable extends Error {}

/** The client is told to log in again. */
export function endedLogin(reason: string, cause?: unknown): OAuthError {
  return new OAuthError("invalid_token", "Cannot accept access token: its login has ended, log in again", {
    reason,
    cause,
  });
}
