/**
 * What the endpoint asks the database for, as the user who is signed in.
 *
 * @module
 */

import * as z from "zod/mini";
import { defineCall } from "../_shared/database/database.ts";
import { defineRead, type UserDatabase } from "../_shared/database/user_database.ts";

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

const readOrganization = defineRead("organizations", "id");
const readConfig = defineRead("custom_oauth_configs", "organization_id");

/** What a change is made to: a config, or an organization that gets a new one. */
export interface ChangeTarget {
  p_id?: string;
  p_organization_id?: string;
}

/** The organization that a change is made in, unless the user does not belong to it. */
export async function findOrganization(
  database: UserDatabase,
  { p_id, p_organization_id }: ChangeTarget,
): Promise<string | undefined> {
  return p_id === undefined
    ? await readOrganization(database, p_organization_id!)
    : await readConfig(database, p_id);
}
