/**
 * GET /oauth/{slug}/.well-known/…: the discovery documents of one server, and its logo for people.
 *
 * `document_path.ts` decides where they are, the modules beside it what they
 * say. Every other path is a 404, because clients look for documents at many
 * paths and take any other answer for a document.
 *
 * @module
 */

import type { Database } from "../_shared/database/database.ts";
import type { McpServer } from "../_shared/database/rows.ts";
import { buildEndpoint, type EndpointDependencies } from "../_shared/http/endpoint.ts";
import { isSlug, notFound } from "../_shared/http/route.ts";
import { buildFindServer } from "../_shared/database/server_cache.ts";
import { describeAuthorizationServer } from "./authorization_server.ts";
import { type DocumentPath, parseDocumentPath } from "./document_path.ts";
import { serveLogo } from "./logo.ts";
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
    { name: "oauth", methods: ["GET"], crossOrigin: true, route: "/{slug}/.well-known/{document}" },
    dependencies,
    async ({ path }) => {
      const [slug = "", name, ...rest] = path;
      if (isSlug(slug) && name === "logo" && rest.length === 0) {
        return await serveLogo(slug, dependencies.database);
      }
      const document = parseDocumentPath(path, publicUrl);
      if (!document) {
        throw notFound();
      }
      return Response.json(describeDocument(document, await findServer(document.slug), publicUrl), {
        headers: { "Cache-Control": "public, max-age=60" },
      });
    },
  );
}

function describeDocument(
  { kind, inserted }: DocumentPath,
  server: McpServer,
  publicUrl: string,
): Record<string, unknown> {
  // A server without sign-in has no authorization server.
  if (server.auth_type === "none") {
    throw notFound();
  }
  if (kind === "authorization-server") {
    return describeAuthorizationServer(server, publicUrl);
  }
  // The path names the gateway's resource, and this server has another one.
  if (inserted && server.resource !== null) {
    throw notFound();
  }
  return describeProtectedResource(server, publicUrl);
}
