/**
 * GET and POST /oauth-userinfo/{slug}: the userinfo endpoint (OpenID Connect Core §5.3).
 *
 * @module
 */

import { answerWithChallenge, readBearerToken } from "../_shared/http/bearer.ts";
import type { Dependencies } from "../_shared/dependencies.ts";
import { endpoint } from "../_shared/http/endpoint.ts";
import { OAuthError } from "../_shared/errors.ts";
import { readSlug } from "../_shared/http/route.ts";
import { parseScope } from "../_shared/tokens/scope.ts";
import { cacheServers } from "../_shared/database/server_cache.ts";
import { verifyAccessToken } from "../_shared/tokens/signing.ts";
import { buildResource, buildServerUrls } from "../_shared/urls.ts";
import { describeUser } from "../_shared/tokens/user_claims.ts";

/** Builds the endpoint. `index.ts` passes real dependencies, tests pass fakes. */
export function userinfoEndpoint(dependencies: Dependencies): (request: Request) => Promise<Response> {
  const { config, database, signingKeys } = dependencies;
  const findServer = cacheServers(dependencies);
  const options = {
    name: "oauth-userinfo",
    methods: ["GET", "POST"],
    crossOrigin: true,
    exit: answerWithChallenge,
  };
  return endpoint(options, dependencies, async ({ request, path }) => {
    const slug = readSlug(path);
    const server = await findServer(slug);
    const token = await verifyAccessToken(
      readBearerToken(request),
      {
        issuer: buildServerUrls(config.publicUrl, slug).issuer,
        audience: buildResource(server, config.publicUrl),
      },
      signingKeys,
    );

    const reading = await database.readUserinfo({ p_slug: slug, p_family_id: token.familyId });
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
