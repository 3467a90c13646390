/**
 * The lease of a vault row: the right to refresh its token. One worker at a time has it.
 *
 * @module
 */

import * as z from "zod/mini";
import { defineCall } from "../../_shared/database/database.ts";
import { nullableTime, oauthConfigSchema } from "../../_shared/database/rows.ts";

const leasedSchema = z.object({
  outcome: z.literal("leased"),
  refresh_token_id: z.string(),
  refresh_token_ciphertext: z.string(),
  profile_refreshed_at: nullableTime,
  config: oauthConfigSchema,
});

/** What the holder of the lease refreshes with. */
export type Lease = z.infer<typeof leasedSchema>;

/** Asks for the lease, or for the token that another worker has stored meanwhile. */
export const leaseUpstreamRefresh = defineCall(
  "lease_upstream_refresh",
  z.discriminatedUnion("outcome", [
    leasedSchema,
    z.object({
      outcome: z.literal("fresh"),
      access_token_ciphertext: z.string(),
      expires_at: nullableTime,
      refreshed_at: nullableTime,
    }),
    z.object({
      outcome: z.enum(["busy", "ended", "no_refresh_token", "credentials_changed", "config_disabled"]),
    }),
  ]),
);

/** Stores what the provider sent, and gives the lease back. */
export const storeUpstreamRefresh = defineCall(
  "store_upstream_refresh",
  z.enum(["stored", "lease_lost", "ended"]),
  ["p_refresh_token", "p_scope", "p_expires_at"],
);

/** Gives the lease back and leaves the row as it is. */
export const releaseUpstreamRefresh = defineCall(
  "release_upstream_refresh",
  z.enum(["released", "lease_lost"]),
);

/** Counts a refusal whose meaning is not known, and gives the lease back. */
export const countUpstreamRefusal = defineCall(
  "count_upstream_refusal",
  z.enum(["counted", "ended", "lease_lost"]),
);

/** Tells the owner that the provider refuses the client, and gives the lease back. */
export const reportClientRefusal = defineCall(
  "report_client_refusal",
  z.enum(["reported", "lease_lost"]),
);

/** Ends the login of a row. With the lease, it ends every login that uses the same refresh token. */
export const endUpstreamToken = defineCall(
  "end_upstream_token",
  z.enum(["ended", "already_ended", "changed", "refused_again"]),
  ["p_lease_hash"],
);
