/**
 * The protected resource's metadata (RFC 9728 §2), which the 401 of an MCP server names.
 *
 * @module
 */

import type { McpServer } from "../_shared/database/rows.ts";
import { buildResource, buildServerUrls } from "../_shared/urls.ts";

/** Builds the document. `offline_access` is for the authorization server and not for the resource, so it is left out. */
export function describeProtectedResource(server: McpServer, publicUrl: string): Record<string, unknown> {
  return {
    resource: buildResource(server, publicUrl),
    resource_name: server.name,
    authorization_servers: [buildServerUrls(publicUrl, server.slug).issuer],
    scopes_supported: server.scopes_supported.filter((scope) => scope !== "offline_access"),
    bearer_methods_supported: ["header"],
  };
}
