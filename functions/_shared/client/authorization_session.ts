/**
 * The session of a login, from the approval until it completes or fails: who takes it, and how its failure is told.
 *
 * @module
 */

import * as z from "zod/mini";
import { type Database, defineCall } from "../database/database.ts";
import { oauthConfigSchema, serverSchema } from "../database/rows.ts";
import { type OAuthError, toOAuthError } from "../errors.ts";

/** Takes a session for the browser that opened it. */
export const claimAuthorizationSession = defineCall(
  "claim_authorization_session",
  z.discriminatedUnion("outcome", [
    z.object({
      outcome: z.literal("claimed"),
      session_id: z.string(),
      request_id: z.nullish(z.string()),
      request_ciphertext: z.string(),
      redirect_uri: z.string(),
      client_id: z.string(),
      server: serverSchema,
      config: oauthConfigSchema,
    }),
    z.object({
      outcome: z.enum(["unknown", "expired", "replayed", "other_browser", "no_sign_in", "config_changed"]),
      session_id: z.nullish(z.string()),
      request_id: z.nullish(z.string()),
    }),
  ]),
);

const failAuthorizationSession = defineCall(
  "fail_authorization_session",
  z.enum(["failed", "set_back", "unknown"]),
);

/** Tells SQL that a login failed, and answers what went wrong with that. */
export function failSession(
  sessionId: string,
  error: OAuthError,
  mayRetry: boolean,
  { database }: { database: Database },
): Promise<OAuthError | undefined> {
  return failAuthorizationSession(database, {
    p_session_id: sessionId,
    p_reason: error.reason,
    p_retry: mayRetry,
    ...(error.detail && { p_detail: error.detail }),
  }).then(() => undefined, toOAuthError);
}
