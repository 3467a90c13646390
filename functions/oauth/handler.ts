/**
 * GET /oauth/{slug}/.well-known/…: the discovery documents of one server.
 *
 * What they say is decided in the modules beside this one; every other path is
 * a 404, because clients probe for documents and take any other answer for one.
 *
 * @module
 */

import type { Dependencies } from "../_shared/dependencies.ts";
import { endpoint } from "../_shared/endpoint.ts";
import { notFound, readSlug } from "../_shared/route.ts";
import { cacheServers } from "../_shared/server_cache.ts";
import { describeAuthorizationServer } from "./authorization_server.ts";
import { describeProtectedResource } from "./protected_resource.ts";

/** Builds the endpoint. `index.ts` passes real dependencies, tests pass fakes. */
export function discoveryEndpoint(
  dependencies: Dependencies,
): (request: Request) => Promise<Response> {
  const findServer = cacheServers(dependencies);
  return endpoint(
    { name: "oauth", methods: ["GET"], crossOrigin: true },
    dependencies,
    async ({ path }) => {
      const describe = findDocument(path.slice(1));
      const server = await findServer(readSlug(path.slice(0, 1)));
      return Response.json(describe(server, dependencies.config.publicUrl), {
        headers: { "Cache-Control": "public, max-age=60" },
      });
    },
  );
}

function findDocument(
  path: string[],
): typeof describeAuthorizationServer | typeof describeProtectedResource {
  switch (path.join("/")) {
    case ".well-known/openid-configuration":
    case ".well-known/oauth-authorization-server":
      return describeAuthorizationServer;
    case ".well-known/oauth-protected-resource":
      return describeProtectedResource;
    default:
      throw notFound();
  }
}
