/**
 * POST /oauth-register/{slug}: dynamic client registration (RFC 7591).
 *
 * No URL in the metadata is fetched. The scope is not binding, because clients
 * ask for more later. The answer says what was kept. SQL decides whether the
 * server's policy allows the client.
 *
 * @module
 */

import * as z from "zod/mini";
import { type Database, defineCall } from "../_shared/database/database.ts";
import { readJsonObject } from "../_shared/http/body.ts";
import { buildEndpoint, type EndpointDependencies } from "../_shared/http/endpoint.ts";
import type { CleanUp } from "../_shared/database/clean_up.ts";
import { crowded, OAuthError } from "../_shared/errors.ts";
import type { FindSource } from "../_shared/http/source.ts";
import { readSlug, unknownServer } from "../_shared/http/route.ts";
import { hashSecret, randomSecret } from "../_shared/secrets/secrets.ts";
import { parseRegistration } from "../_shared/client/metadata.ts";

const registerMcpClient = defineCall(
  "register_mcp_client",
  z.discriminatedUnion("outcome", [
    z.object({ outcome: z.literal("registered"), client_id: z.string(), created_at: z.string() }),
    z.object({
      outcome: z.enum(["unknown_server", "crowded", "closed", "token_required", "redirect_host_refused"]),
    }),
  ]),
  ["p_initial_access_token_hash", "p_client_secret_hash", "p_client_name", "p_source"],
);

/** What the endpoint needs from outside. */
export interface RegistrationDependencies extends EndpointDependencies {
  database: Database;
  allowPrivateUpstreams: boolean;
  findSource: FindSource;
  cleanUp: CleanUp;
}

/** Builds the endpoint. `index.ts` passes real dependencies, tests pass fakes. */
export function buildRegistrationEndpoint(
  dependencies: RegistrationDependencies,
): (request: Request) => Promise<Response> {
  const options = { name: "oauth-register", methods: ["POST"], crossOrigin: true };
  return buildEndpoint(options, dependencies, async ({ request, path }) => {
    const slug = readSlug(path);
    const metadata = parseRegistration(
      await readJsonObject(request, "kept"),
      dependencies.allowPrivateUpstreams,
    );
    const initialAccessToken = /^Bearer (\S+)$/i.exec(request.headers.get("Authorization") ?? "")?.[1];
    const hasSecret = !["none", "private_key_jwt"].includes(metadata.token_endpoint_auth_method);
    const secret = hasSecret ? randomSecret() : undefined;

    const registration = await registerMcpClient(dependencies.database, {
      p_slug: slug,
      p_initial_access_token_hash: initialAccessToken ? hashSecret(initialAccessToken) : null,
      p_client_secret_hash: secret ? hashSecret(secret) : null,
      p_token_endpoint_auth_method: metadata.token_endpoint_auth_method,
      p_client_name: metadata.client_name ?? null,
      p_redirect_uris: metadata.redirect_uris,
      p_grant_types: metadata.grant_types,
      p_client_metadata: metadata,
      p_source: await dependencies.findSource(request),
    });
    dependencies.cleanUp();
    switch (registration.outcome) {
      case "registered":
        return Response.json(
          {
            client_id: registration.client_id,
            client_id_issued_at: Math.floor(Date.parse(registration.created_at) / 1000),
            ...(secret ? { client_secret: secret, client_secret_expires_at: 0 } : {}),
            ...metadata,
          },
          { status: 201 },
        );
      case "unknown_server":
        throw unknownServer();
      case "crowded":
        throw crowded("Cannot register client now: too many others register at this moment, try again later");
      case "closed":
        throw new OAuthError(
          "forbidden",
          "Cannot register client: this server registers no clients by itself",
          { reason: "registration_closed" },
        );
      case "redirect_host_refused":
        throw new OAuthError(
          "invalid_redirect_uri",
          "Cannot register client: this server takes no clients with these redirect URIs",
          { reason: "redirect_host_refused" },
        );
      case "token_required":
        throw new OAuthError("invalid_token", "Cannot register client: an initial access token is required", {
          reason: "initial_access_token_wrong",
          headers: { "WWW-Authenticate": "Bearer" },
        });
    }
  });
}
