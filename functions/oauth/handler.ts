/**
 * GET /oauth/{slug}/.well-known/…: the discovery documents of one server.
 *
 * Where they stand is decided in `document_path.ts`, what they say in the
 * modules beside it. Every other path is a 404, because clients probe for
 * documents and take any other answer for one.
 *
 * @module
 */

import type { Database } from "../_shared/database/database.ts";
import type { McpServer } from "../_shared/database/rows.ts";
import { buildEndpoint, type EndpointDependencies } from "../_shared/http/endpoint.ts";
import { notFound } from "../_shared/http/route.ts";
import { buildFindServer } from "../_shared/database/server_cache.ts";
import { describeAuthorizationServer } from "./authorization_server.ts";
import { type DocumentPath, parseDocumentPath } from "./document_path.ts";
import { describeProtectedResource } from "./protected_resource.ts";

/** What the endpoint needs from outside. */
export interface DiscoveryDependencies extends EndpointDependencies {
  publicUrl: string;
  database: Database;
}

/** Builds the endpoint. `index.ts` passes real dependencies, tests pass fakes. */
export function buildDiscoveryEndpoint(
  dependencies: DiscoveryDependencies,
): (request: Request) => Promise<Response> {
  const { publicUrl } = dependencies;
  const findServer = buildFindServer(dependencies);
  return buildEndpoint(
    { name: "oauth", methods: ["GET"], crossOrigin: true },
    dependencies,
    async ({ path }) => {
      const document = parseDocumentPath(path, publicUrl);
      if (!document) {
        throw notFound();
      }
      return Response.json(describe(document, await findServer(document.slug), publicUrl), {
        headers: { "Cache-Control": "public, max-age=60" },
      });
    },
  );
}

function describe(
  { kind, inserted }: DocumentPath,
  server: McpServer,
  publicUrl: string,
): Record<string, unknown> {
  // A server that asks nobody to log in has no authorization server.
  if (server.auth_type === "none") {
    throw notFound();
  }
  if (kind === "authorization-server") {
    return describeAuthorizationServer(server, publicUrl);
  }
  // The path says for which resource, and there is none of ours at it.
  if (inserted && server.resource !== null) {
    throw notFound();
  }
  return describeProtectedResource(server, publicUrl);
}
