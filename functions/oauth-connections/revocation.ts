/**
 * Ending connections: here at once, and at the provider where it has an endpoint for that.
 *
 * Another worker of the gateway refuses the app when its cache has run out, half a
 * minute later at the latest.
 *
 * @module
 */

import * as z from "zod/mini";
import { defineCall } from "../_shared/database/database.ts";
import { nullableText, oauthConfigSchema } from "../_shared/database/rows.ts";
import { OAuthError } from "../_shared/errors.ts";
import type { Answer } from "../_shared/http/endpoint.ts";
import { noteEndedFamily } from "../_shared/tokens/ended_families.ts";
import { refusedToken } from "../_shared/tokens/signing.ts";
import { revokeUpstream, type UpstreamTokens } from "../_shared/upstream/revoke.ts";
import type { UpstreamDependencies } from "../_shared/upstream/upstream.ts";
import type { ConnectionsLogin } from "./access.ts";

export const revokeOwnConnections = defineCall(
  "revoke_own_connections",
  z.discriminatedUnion("outcome", [
    z.object({
      outcome: z.literal("revoked"),
      family_ids: z.array(z.string()),
      upstream_tokens: z.array(z.object({
        organization_id: z.string(),
        upstream_token_id: z.string(),
        refresh_token_id: z.string(),
        access_token_ciphertext: z.string(),
        refresh_token_ciphertext: nullableText,
        config: oauthConfigSchema,
      })),
    }),
    z.object({ outcome: z.enum(["unknown_connection", "ended"]) }),
  ]),
  ["p_connection_id"],
);

/** A revocation that was done: how many logins it ended, and what the provider made of it. */
export type Revocation = { ended: number } & Pick<Answer, "reason" | "detail">;

/** Ends one connection, or all for null. */
export async function revokeConnections(
  { slug, familyId }: ConnectionsLogin,
  connectionId: string | null,
  dependencies: UpstreamDependencies,
): Promise<Revocation> {
  const revocation = await revokeOwnConnections(dependencies.database, {
    p_slug: slug,
    p_family_id: familyId,
    p_connection_id: connectionId,
  });
  switch (revocation.outcome) {
    case "revoked": {
      revocation.family_ids.forEach(noteEndedFamily);
      const failure = await tellProviders(revocation.upstream_tokens, dependencies);
      return {
        ended: revocation.family_ids.length,
        ...(failure && { reason: failure.reason, detail: failure.detail }),
      };
    }
    case "unknown_connection":
      throw new OAuthError("not_found", "Cannot disconnect: there is no such connection", {
        reason: "unknown_connection",
      });
    case "ended":
      throw refusedToken("access_token_revoked");
  }
}

/** At a time, so that somebody with hundreds of logins does not flood a provider. */
const AT_A_TIME = 10;

/** Revokes tokens at their providers. Returns the first failure, for the log: the person is disconnected either way. */
async function tellProviders(
  tokens: readonly UpstreamTokens[],
  dependencies: UpstreamDependencies,
): Promise<OAuthError | undefined> {
  const failures: (OAuthError | undefined)[] = [];
  for (let start = 0; start < tokens.length; start += AT_A_TIME) {
    const some = tokens.slice(start, start + AT_A_TIME);
    failures.push(...await Promise.all(some.map((token) => revokeUpstream(token, dependencies))));
  }
  return failures.find((failure) => failure !== undefined);
}
