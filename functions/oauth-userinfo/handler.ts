/**
 * GET and POST /oauth-userinfo/{slug}: the userinfo endpoint (OpenID Connect Core §5.3).
 *
 * @module
 */

import * as z from "zod/mini";
import { answerWithChallenge, readBearerToken } from "../_shared/http/bearer.ts";
import { buildEndpoint, type EndpointDependencies } from "../_shared/http/endpoint.ts";
import { OAuthError } from "../_shared/errors.ts";
import { readSlug } from "../_shared/http/route.ts";
import { parseScope } from "../_shared/tokens/scope.ts";
import { type Database, defineCall } from "../_shared/database/database.ts";
import { nullableText } from "../_shared/database/rows.ts";
import { buildFindServer } from "../_shared/database/server_cache.ts";
import { verifyAccessToken } from "../_shared/tokens/signing.ts";
import type { SigningKeys } from "../_shared/tokens/signing_keys.ts";
import { buildResource, buildServerUrls } from "../_shared/urls.ts";
import { describeUser } from "../_shared/tokens/user_claims.ts";

const readUserinfo = defineCall(
  "read_userinfo",
  z.discriminatedUnion("outcome", [
    z.object({
      outcome: z.literal("found"),
      mcp_server_user_id: z.string(),
      organization_id: z.string(),
      email: nullableText,
      email_verified: z.boolean(),
      profile: z.record(z.string(), z.unknown()),
    }),
    z.object({ outcome: z.literal("ended") }),
  ]),
);

/** What the endpoint needs from outside. */
export interface UserinfoDependencies extends EndpointDependencies {
  publicUrl: string;
  database: Database;
  signingKeys: SigningKeys;
}

/** Builds the endpoint. `index.ts` passes real dependencies, tests pass fakes. */
export function buildUserinfoEndpoint(
  dependencies: UserinfoDependencies,
): (request: Request) => Promise<Response> {
  const { publicUrl, database, signingKeys } = dependencies;
  const findServer = buildFindServer(dependencies);
  const options = {
    name: "oauth-userinfo",
    methods: ["GET", "POST"],
    crossOrigin: true,
    exit: answerWithChallenge,
  };
  return buildEndpoint(options, dependencies, async ({ request, path }) => {
    const slug = readSlug(path);
    const server = await findServer(slug);
    const token = await verifyAccessToken(
      readBearerToken(request),
      {
        issuer: buildServerUrls(publicUrl, slug).issuer,
        audience: buildResource(server, publicUrl),
      },
      signingKeys,
    );

    const reading = await readUserinfo(database, { p_slug: slug, p_family_id: token.familyId });
    if (reading.outcome === "ended") {
      throw new OAuthError("invalid_token", "Cannot accept access token: it is expired or not valid here", {
        reason: "access_token_revoked",
      });
    }
    return Response.json(
      describeUser(
        {
          subject: reading.mcp_server_user_id,
          email: reading.email,
          emailVerified: reading.email_verified,
          profile: reading.profile,
        },
        parseScope(token.scope),
      ),
    );
  });
}
