/**
 * POST /oauth-configs/move: gives a config another issuer and takes its people along.
 *
 * `move_oauth_config_issuer` does it. This door exists for the client secret: a
 * new issuer needs it sealed, so that nobody who does not know it can have it
 * sent elsewhere. Nothing is changed unless the body says `"dry_run": false`.
 *
 * @module
 */

import * as z from "zod/mini";
import { defineCall } from "../_shared/database/database.ts";
import { defineRead, type UserDatabase } from "../_shared/database/user_database.ts";
import { OAuthError } from "../_shared/errors.ts";
import type { FetchDependencies } from "../_shared/upstream/upstream.ts";
import { checkIssuer } from "./check_issuer.ts";
import { type ClientSecretDependencies, sealClientSecret } from "./client_secret.ts";

/** Moves a config, or says why not. */
export const moveOAuthConfigIssuer = defineCall(
  "move_oauth_config_issuer",
  z.discriminatedUnion("outcome", [
    z.object({
      outcome: z.enum(["would_move", "moved", "conflict"]),
      id: z.string(),
      people: z.number(),
      conflicts: z.number(),
    }),
    z.object({
      outcome: z.literal("invalid"),
      reason: z.string(),
      argument: z.string(),
      expected: z.string(),
    }),
    z.object({ outcome: z.enum(["forbidden", "unknown_config"]) }),
  ]),
);

const readConfigOwner = defineRead("custom_oauth_configs", "organization_id");

const text = z.string().check(z.trim(), z.minLength(1), z.maxLength(2048));
const bodySchema = z.strictObject({
  id: text,
  issuer: text,
  client_secret: z.optional(text),
  dry_run: z._default(z.boolean(), true),
});

/** What a move needs from outside. */
export type MoveDependencies = FetchDependencies & ClientSecretDependencies;

/** Moves the config that a body names. */
export async function moveIssuer(
  database: UserDatabase,
  body: Record<string, unknown>,
  dependencies: MoveDependencies,
): Promise<Response> {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) {
    throw new OAuthError(
      "invalid_request",
      "Cannot move config: the body has to be id, issuer, client_secret where there is one, and dry_run",
      { reason: "config_malformed" },
    );
  }
  const { id, issuer, client_secret, dry_run } = parsed.data;
  const organizationId = await readConfigOwner(database, id);
  if (organizationId === undefined) {
    throw unknownConfig();
  }
  await checkIssuer(issuer, organizationId, dependencies);
  const move = await moveOAuthConfigIssuer(database, {
    p_oauth_config_id: id,
    p_issuer: issuer,
    p_dry_run: dry_run,
    ...(client_secret !== undefined && {
      p_client_secret_ciphertext: await sealClientSecret(client_secret, organizationId, id, dependencies),
    }),
  });
  switch (move.outcome) {
    case "would_move":
    case "moved":
      return Response.json(move);
    case "conflict":
      throw new OAuthError(
        "invalid_request",
        `Cannot move config: ${move.conflicts} of ${move.people} people are known at the new issuer as somebody else, merge them first`,
        { reason: "issuer_conflict" },
      );
    case "invalid": {
      const member = move.argument.replace("p_", "").replace("client_secret_ciphertext", "client_secret");
      throw new OAuthError(
        "invalid_request",
        `Cannot move config: ${member} has to be ${move.expected}`,
        { reason: move.reason },
      );
    }
    case "forbidden":
      throw new OAuthError("forbidden", "Cannot move config: only owners and admins may", {
        reason: "role_too_low",
      });
    case "unknown_config":
      throw unknownConfig();
  }
}

/** One answer for a config that does not exist and for one of another organization. */
function unknownConfig(): OAuthError {
  return new OAuthError("not_found", "Cannot move config: there is no such config for you", {
    reason: "unknown_config",
  });
}
