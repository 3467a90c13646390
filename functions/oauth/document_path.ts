/**
 * Where the discovery documents of a server are.
 *
 * Below the issuer: OpenID Connect Discovery §4 puts one there, and the 401 of
 * an MCP server can name any place. At the root of the origin, with the whole
 * path of issuer or resource behind it (RFC 8414 §3.1, RFC 9728 §3.1): clients
 * that start from a URL alone look nowhere else. A proxy hands such a request
 * over as it came; where the origin is not ours, none comes.
 *
 * @module
 */

import { isSlug } from "../_shared/http/route.ts";

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
  const [slug = "", wellKnown, name = "", ...rest] = inserted ? turn(path, publicUrl) : path;
  const kind = KINDS.get(name);
  return isSlug(slug) && wellKnown === ".well-known" && kind && rest.length === 0
    ? { slug, kind, inserted }
    : undefined;
}

/** `.well-known/{name}/{path of the public URL}/{oauth or mcp}/{slug}` in the order that it has below the issuer. */
function turn([wellKnown = "", name = "", ...path]: string[], publicUrl: string): string[] {
  const publicPath = new URL(publicUrl).pathname.split("/").filter((segment) => segment !== "");
  const expected = [...publicPath, KINDS.get(name) === "protected-resource" ? "mcp" : "oauth"];
  const [slug = "", ...rest] = path.slice(expected.length);
  return expected.every((segment, index) => path[index] === segment) ? [slug, wellKnown, name, ...rest] : [];
}
