/**
 * Where the discovery documents of a server are.
 *
 * Below the issuer always: OpenID Connect Discovery §4 puts one there, and the
 * 401 of an MCP server can name any place. At the root of the origin, with the
 * path of issuer or resource behind it (RFC 8414 §3.1, RFC 9728 §3.1), only
 * where the whole origin is ours: elsewhere such a path never reaches us, and
 * what does reach us there is not meant for us.
 *
 * @module
 */

import { isSlug } from "../_shared/http/route.ts";
import { ownsOrigin } from "../_shared/urls.ts";

/** A document of one server. */
export interface DocumentPath {
  slug: string;
  kind: "authorization-server" | "protected-resource";
  /** Whether the path stands behind the document's name and not before it. */
  inserted: boolean;
}

const KINDS = new Map<string, DocumentPath["kind"]>([
  ["openid-configuration", "authorization-server"],
  ["oauth-authorization-server", "authorization-server"],
  ["oauth-protected-resource", "protected-resource"],
]);

/** Parses the path of a document; `undefined` for every other one. */
export function parseDocumentPath(path: string[], publicUrl: string): DocumentPath | undefined {
  const inserted = path[0] === ".well-known";
  if (inserted && !ownsOrigin(publicUrl)) {
    return undefined;
  }
  const [slug = "", wellKnown, name = "", ...rest] = inserted ? turn(path) : path;
  const kind = KINDS.get(name);
  return isSlug(slug) && wellKnown === ".well-known" && kind && rest.length === 0
    ? { slug, kind, inserted }
    : undefined;
}

/** `.well-known/{name}/{oauth or mcp}/{slug}` in the order that it has below the issuer. */
function turn([wellKnown = "", name = "", functionName = "", slug = "", ...rest]: string[]): string[] {
  const expected = KINDS.get(name) === "protected-resource" ? "mcp" : "oauth";
  return functionName === expected ? [slug, wellKnown, name, ...rest] : [];
}
