/**
 * What the endpoint asks the database for, as the user who is signed in.
 *
 * @module
 */

import * as z from "zod/mini";
import { defineCall } from "../_shared/database/database.ts";
import { defineRead } from "../_shared/database/user_database.ts";

/** Saves a config, or says why not. */
export const saveOAuthConfig = defineCall(
  "save_oauth_config",
  z.discriminatedUnion("outcome", [
    z.object({ outcome: z.enum(["created", "saved"]), id: z.string() }),
    z.object({
      outcome: z.literal("invalid"),
      reason: z.string(),
      argument: z.string(),
      expected: z.string(),
    }),
    z.object({ outcome: z.enum(["forbidden", "unknown_organization", "unknown_config", "quota_reached"]) }),
  ]),
);

/** The id of an organization that the user belongs to; undefined for any other. */
export const readOrganization = defineRead("organizations", "id");
