/**
 * What a redeemed code or a rotated refresh token grants, as SQL returns it.
 *
 * @module
 */

import * as z from "zod/mini";
import { nullableText, nullableTime } from "../_shared/database/rows.ts";

/** The members of a grant, beside its outcome. */
export const GRANT_MEMBERS = {
  family_id: z.string(),
  organization_id: z.string(),
  mcp_server_user_id: z.string(),
  client_id: z.string(),
  resource: z.string(),
  scope: z.string(),
  nonce: nullableText,
  auth_time: nullableTime,
  access_token_seconds: z.number(),
  email: nullableText,
  email_verified: z.boolean(),
  profile: z.record(z.string(), z.unknown()),
};

/** What is granted, to whom and for whom. */
export type TokenGrant = z.infer<z.ZodMiniObject<typeof GRANT_MEMBERS>>;
